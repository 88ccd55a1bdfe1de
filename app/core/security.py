"""Keys and what is done with them: encryption of personal fields, keyed hashes, tokens, passwords.

Every purpose has its own key, derived from a master key by HKDF. Ciphertexts name their master key, so that
keys can be rotated while the service runs.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
MAX_KEY_ID = 64
_TOKENS_KEPT = 2000
_passwords = PasswordHash.recommended()
HASHES_AT_ONCE = max(1, (os.cpu_count() or 1) // 4)
"""Passwords hashed side by side: each takes 64 MB by design, and four threads of its own, so more at once gain nothing."""
_hashing = ThreadPoolExecutor(HASHES_AT_ONCE, "password")
_DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$r9XTeRBPfCx5NPkSjwD34w$IPvqLUP/ppEW1dNahex7PK+ZdLqXPub539/x41388hU"
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that cannot be mistaken for one another when read out on the phone."""
CODE_LENGTH = 9
"""30 signs to the 9th: 44 bits."""


class KeyRingError(ValueError):
    """The master keys cannot be read; the text says what would be right."""


class KeyRing:
    """Master keys by id: the first one encrypts, all decrypt, the last one hashes.

    Text form: `id:base64 of 32 bytes`, separated by commas. A key may stand in it twice: `k1,k2,k1` knows k2 and does
    not use it yet, for machines that learn of a new key one after another. `source` reads the text anew: it is asked
    when a key is met that is not known, and by `refresh`.
    """

    def __init__(self, text: str, source: Callable[[], str] | None = None) -> None:
        self._source = source
        self._derive = cache(self._derived)
        self._cipher = cache(self._made_cipher)
        self._read: dict[str, dict[str, Any]] = {}
        self._masters, self.current, self.oldest = _parse(text)

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the keys, the current one first."""
        return tuple(self._masters)

    def refresh(self) -> None:
        """Read the keys anew from where they are kept, if they are kept where they may change."""
        if self._source is None:
            return
        masters, current, oldest = _parse(self._source())
        if any(masters.get(key_id) not in (None, master) for key_id, master in self._masters.items()):
            raise KeyRingError("a secret key has been replaced by another of the same name")
        self._masters = self._masters | masters
        self.current, self.oldest = current, oldest

    def knows(self, key_id: str) -> bool:
        """Whether there is a key of this name, after a second look at the source when there was none."""
        if key_id not in self._masters:
            with suppress(OSError, KeyRingError):
                self.refresh()
        return key_id in self._masters

    @staticmethod
    def new_key(key_id: str = "k1") -> str:
        """A fresh random master key in text form."""
        return f"{key_id}:{base64.b64encode(os.urandom(32)).decode()}"

    def fingerprint(self) -> bytes:
        """Identifies the oldest key without giving it away."""
        return self._derive(self.oldest, "fingerprint")

    def encrypt(self, plain: bytes, purpose: str) -> bytes:
        """AES-256-GCM under the current key, bound to `purpose`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(self.current, purpose).encrypt(nonce, plain, purpose.encode())
        return self.current.encode() + b":" + nonce + sealed

    def decrypt(self, blob: bytes, purpose: str) -> bytes:
        """The plain bytes; raises KeyRingError when the key is unknown or the blob was tampered with."""
        key_id, _, rest = blob.partition(b":")
        name = key_id.decode("ascii", "replace")
        if not self.knows(name):
            raise KeyRingError(f"the secret key '{name}' that this was encrypted with is missing")
        try:
            return self._cipher(name, purpose).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            raise KeyRingError("an encrypted field does not fit its key") from None

    def lookup_hash(self, value: str, purpose: str) -> bytes:
        """Keyed hash for equality search; the same for the same value as long as the oldest key stays."""
        return hmac.digest(self._derive(self.oldest, purpose), value.encode(), "sha256")

    def issue_token(self, subject: int, version: int, lifetime: timedelta) -> str:
        """A signed login token of a user."""
        now = datetime.now(UTC)
        claims = {"sub": str(subject), "ver": version, "iat": now, "exp": now + lifetime}
        return jwt.encode(claims, self._derive(self.current, "token"), "HS256", {"kid": self.current})

    def read_token(self, token: str) -> dict[str, Any] | None:
        """The claims of a valid token, else None.

        A signature is checked once: it stays right for as long as the process knows the key, which it does not forget.
        """
        claims = self._read.get(token)
        if claims is None:
            claims = self._checked(token)
            if claims is None:
                return None
            if len(self._read) >= _TOKENS_KEPT:
                self._read.clear()
            self._read[token] = claims
        return claims if claims["exp"] > time.time() else None

    def _checked(self, token: str) -> dict[str, Any] | None:
        try:
            key_id = str(jwt.get_unverified_header(token).get("kid"))
            if not self.knows(key_id):
                return None
            key = self._derive(key_id, "token")
            claims: dict[str, Any] = jwt.decode(token, key, ["HS256"], options={"require": ["sub", "exp"]})
        except (jwt.InvalidTokenError, UnicodeError):
            return None
        return claims

    def _derived(self, key_id: str, purpose: str) -> bytes:
        info = f"hotline/{purpose}".encode()
        return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(self._masters[key_id])

    def _made_cipher(self, key_id: str, purpose: str) -> AESGCM:
        """To be kept: OpenSSL looks the cipher up anew for each, which takes as long as a short text does."""
        return AESGCM(self._derive(key_id, purpose))


def _parse(text: str) -> tuple[dict[str, bytes], str, str]:
    """Keys by id, the current and the oldest id; raises KeyRingError."""
    masters: dict[str, bytes] = {}
    oldest = ""
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        oldest, _, encoded = part.partition(":")
        try:
            master = base64.b64decode(encoded, validate=True)
        except ValueError:
            master = b""
        if len(master) != 32 or not (oldest.isascii() and oldest.isalnum()) or len(oldest) > MAX_KEY_ID:
            raise KeyRingError("a secret key is written id:base64 of 32 bytes; `hotline keys new` makes one")
        if masters.setdefault(oldest, master) != master:
            raise KeyRingError(f"two different secret keys are named '{oldest}'")
    if not masters:
        raise KeyRingError("there is no secret key; `hotline keys new` makes one")
    return masters, next(iter(masters)), oldest


async def hash_password(password: str) -> str:
    """argon2id, in a thread: it takes tens of milliseconds by design."""
    return await asyncio.get_running_loop().run_in_executor(_hashing, _passwords.hash, password)


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; costs the same when there is no such user (`password_hash` None)."""
    known = password_hash or _DUMMY_HASH
    right = await asyncio.get_running_loop().run_in_executor(_hashing, _passwords.verify, password, known)
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
    """What the citizen meant: any case, with blanks or hyphens, as wide as Chinese keyboards type."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code).upper())
