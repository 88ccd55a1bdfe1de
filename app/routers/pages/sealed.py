"""Cookies that only this installation can read: they carry a query code from one page to the next.

So a code stands in no URL, no log and no referrer; the cookie is sealed, short-lived and out of reach of scripts.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from fastapi import Request, Response

from app.core.security import KeyRing, KeyRingError

PURPOSE = "page"


@dataclass(frozen=True, slots=True)
class SealedCookie:
    """A kind of cookie: its name, how long it lives, and whether a link from elsewhere may carry it."""

    name: str
    lives: timedelta
    same_site: Literal["strict", "lax"]

    def put(
        self, request: Request, response: Response, keys: KeyRing, path: str, at: datetime, data: dict[str, Any]
    ) -> None:
        """Give the browser the sealed data, for this path only."""
        plain = {"name": self.name, "until": (at + self.lives).timestamp(), "data": data}
        sealed = base64.urlsafe_b64encode(keys.encrypt(orjson.dumps(plain), PURPOSE)).decode()
        response.set_cookie(
            self.name,
            sealed,
            max_age=int(self.lives.total_seconds()),
            path=path,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite=self.same_site,
        )

    def get(self, request: Request, keys: KeyRing, at: datetime) -> dict[str, Any] | None:
        """The data, None when there is none, it is out of date, or it was not sealed here for this use."""
        try:
            blob = base64.b64decode(request.cookies.get(self.name, ""), altchars=b"-_", validate=True)
            plain = orjson.loads(keys.decrypt(blob, PURPOSE))
        except (binascii.Error, ValueError, KeyRingError):
            return None
        if plain["name"] != self.name or plain["until"] < at.timestamp():
            return None
        return dict(plain["data"])

    def drop(self, response: Response, path: str) -> None:
        """Make the browser forget it."""
        response.delete_cookie(self.name, path=path, httponly=True, samesite=self.same_site)
