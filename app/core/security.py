"""Keys and what is done with them: encryption of personal fields, keyed hashes, tokens, passwords.

Every purpose has its own key, derived from a master key by HKDF. Ciphertexts name their master key, so that
keys can be rotated while the service runs.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pwdlib import PasswordHash

_NONCE_BYTES = 12
_passwords = PasswordHash.recommended()
_DUMMY_HASH = _passwords.hash("a password that nobody has")
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that cannot be mistaken for one another when read out on the phone."""
CODE_LENGTH = 9
"""30 signs to the 9th: 44 bits."""


class KeyRingError(ValueError):
    """The master keys cannot be read; the text says what would be right."""


class KeyRing:
    """Master keys by id, the first one current. Text form: `id:base64 of 32 bytes`, separated by commas."""

    def __init__(self, text: str) -> None:
        self._masters: dict[str, bytes] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            key_id, _, encoded = part.partition(":")
            try:
                master = base64.b64decode(encoded, validate=True)
            except ValueError:
                master = b""
            if len(master) != 32 or not key_id.isalnum():
                raise KeyRingError("a secret key is written id:base64 of 32 bytes; `hotline keys new` makes one")
            self._masters[key_id] = master
        if not self._masters:
            raise KeyRingError("there is no secret key; `hotline keys new` makes one")
        self._current = next(iter(self._masters))
        self._oldest = list(self._masters)[-1]
        self._derive = cache(self._derived)

    @staticmethod
    def new_key(key_id: str = "k1") -> str:
        """A fresh random master key in text form."""
        return f"{key_id}:{base64.b64encode(os.urandom(32)).decode()}"

    def fingerprint(self) -> bytes:
        """Identifies the oldest key without giving it away."""
        return self._derive(self._oldest, "fingerprint")

    def encrypt(self, plain: bytes, purpose: str) -> bytes:
        """AES-256-GCM under the current key, bound to `purpose`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._derive(self._current, purpose)).encrypt(nonce, plain, purpose.encode())
        return self._current.encode() + b":" + nonce + sealed

    def decrypt(self, blob: bytes, purpose: str) -> bytes:
        """The plain bytes; raises KeyRingError when the key is unknown or the blob was tampered with."""
        key_id, _, rest = blob.partition(b":")
        name = key_id.decode("ascii", "replace")
        if name not in self._masters:
            raise KeyRingError(f"the secret key '{name}' that this was encrypted with is missing")
        cipher = AESGCM(self._derive(name, purpose))
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            raise KeyRingError("an encrypted field does not fit its key") from None

    def lookup_hash(self, value: str, purpose: str) -> bytes:
        """Keyed hash for equality search; the same for the same value as long as the oldest key stays."""
        return hmac.digest(self._derive(self._oldest, purpose), value.encode(), "sha256")

    def issue_token(self, subject: int, version: int, lifetime: timedelta) -> str:
        """A signed login token of a user."""
        now = datetime.now(UTC)
        claims = {"sub": str(subject), "ver": version, "iat": now, "exp": now + lifetime}
        return jwt.encode(claims, self._derive(self._current, "token"), "HS256", {"kid": self._current})

    def read_token(self, token: str) -> dict[str, Any] | None:
        """The claims of a valid token, else None."""
        try:
            key_id = str(jwt.get_unverified_header(token).get("kid"))
            if key_id not in self._masters:
                return None
            key = self._derive(key_id, "token")
            claims: dict[str, Any] = jwt.decode(token, key, ["HS256"], options={"require": ["sub", "exp"]})
        except (jwt.InvalidTokenError, UnicodeError):
            return None
        return claims

    def _derived(self, key_id: str, purpose: str) -> bytes:
        info = f"hotline/{purpose}".encode()
        return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(self._masters[key_id])


async def hash_password(password: str) -> str:
    """argon2id, in a thread: it takes tens of milliseconds by design."""
    return await asyncio.to_thread(_passwords.hash, password)


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; costs the same when there is no such user (`password_hash` None)."""
    right = await asyncio.to_thread(_passwords.verify, password, password_hash or _DUMMY_HASH)
    return right and password_hash is not None


def new_api_key() -> str:
    """A random API key, shown once."""
    return "hk_" + secrets.token_urlsafe(32)


def hash_api_key(key: str) -> bytes:
    """How an API key is stored: it is random, so a plain hash suffices."""
    return hashlib.sha256(key.encode()).digest()


def new_query_code() -> str:
    """A random code (提取码) that opens a citizen's own request."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def normalise_query_code(code: str) -> str:
    """What the citizen meant: any case, with blanks or hyphens."""
    return code.upper().replace(" ", "").replace("-", "")
