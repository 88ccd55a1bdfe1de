"""What all connections of a process share, and how it reaches each of them: uvicorn makes them from its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Scope

from app.core.admission import Gate
from app.core.crowd import Crowd
from app.core.lazily import without
from app.core.shares import Shares

with without("watchfiles"):  # nothing is reloaded here
    import uvicorn


@dataclass(frozen=True, slots=True)
class House:
    """What all connections of a process share."""

    crowd: Crowd
    gate_of: Callable[[Scope], Gate | None]
    """The gate of a call; None: let in always."""
    long_gate_of: Callable[[Scope], Gate | None]
    """The gate of a call with a long body; None: let in always."""
    sender_of: Callable[[Scope], str]
    """Who sends a call, for their share of long bodies."""
    senders: Shares | None
    """How many long bodies of one sender may be on their way at once; None: any number."""
    refusal: Callable[[Scope], bytes]
    """The whole answer to a call that is turned away."""
    caller_seconds: float
    """What a caller may take for a whole head (of a first call: from the connection on), for a short body, and for
    reading some 64 KB of an answer."""


class ServerConfig(uvicorn.Config):
    """uvicorn's settings and our house."""

    def __init__(self, app: ASGIApp, house: House, **options: Any) -> None:
        self.house = house
        super().__init__(app, **options)
