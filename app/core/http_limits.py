"""One connection's limits on heads, bodies and readers: who sends or reads too slowly, or too much, is cut off.

uvicorn's own protocol takes heads of any size, and waits for bodies and readers for ever.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import cast

from app.core.http_answers import answer
from app.core.http_house import ServerConfig
from app.core.lazily import without

with without("watchfiles"):  # nothing is reloaded here
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES = 32 * 1024
MAX_AROUND_BYTES = 32 * 1024
"""Of trailers, chunk extensions and chunk sizes of one call, beside what each byte of its body allows."""
AROUND_EACH_BYTE = 8
"""A chunk of a single byte comes with five bytes around it."""
SLOWEST_BYTES = 8 * 1024
"""Bytes a second that the sender of a long body must keep up, so that no body takes longer than its size allows."""


class RefusedError(Exception):
    """Tells the parser to stop; `LimitedProtocol._fault` says why."""


class _Nowhere(list[tuple[bytes, bytes]]):
    """Where trailers go: nobody reads them, and there may be many."""

    def append(self, _header: tuple[bytes, bytes]) -> None:
        """Forget it."""


NOWHERE = _Nowhere()


class LimitedProtocol(HttpToolsProtocol):
    """A connection that keeps to the house's limits; answers 400, 408 and 431 by itself."""

    _head_bytes = 0
    _in_head = True
    _in_body = False
    _fault = "malformed"
    _received = 0
    _accounted = 0
    """How much may have been received before what is neither head nor body of this call is too much, less the bound."""
    _held: RequestResponseCycle | None = None
    """A call that is not begun before its body is there, which must be soon; any other body may be long."""
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A head must be whole soon; waiting for a caller who says nothing costs a descriptor."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._house = cast(ServerConfig, self.config).house
        self._expect(self._house.caller_seconds, self.send_off)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._satisfied()
        self.resume_writing()
        super().connection_lost(exc)

    def send_off(self) -> None:
        """End a connection of which nothing is expected any more."""
        self.transport.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing came; who has not even read the last answer would hold a closed connection open."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def data_received(self, data: bytes) -> None:
        """Count what arrives; from here on the rest of the head or body is waited for with a limit."""
        self._received += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._fault = "head-too-large"
                self.send_400_response("")
            elif self._deadline is None:
                self._expect(self._house.caller_seconds, self.send_off)
        elif self._in_body:
            if self._received - self._accounted > MAX_AROUND_BYTES:
                self._cut_off("around-too-large")
            elif self._deadline is None:
                self._watch_body()

    def on_message_begin(self) -> None:
        """A new head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole; the body has its own limits."""
        self._satisfied()
        size, hosts = len(self.url), 0
        for name, value in self.headers:
            size += len(name) + len(value) + 4
            if name == b"host":
                hosts += 1
        self._head_bytes = size
        if size > MAX_HEAD_BYTES:
            self._fault = "head-too-large"
            raise RefusedError
        if hosts != 1 and (hosts or self.parser.get_http_version() != "1.0"):
            self._fault = "wrong-host"
            raise RefusedError
        super().on_headers_complete()
        self._in_head, self._in_body = False, True
        self.headers = NOWHERE
        self._accounted = self._received  # the parser does not tell how much of what it is at belongs to the head

    def on_body(self, body: bytes) -> None:
        """A piece of the body, which pays for what surrounds it."""
        self._accounted += (1 + AROUND_EACH_BYTE) * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The call is whole."""
        super().on_message_complete()
        self._in_body = False
        self._satisfied()

    def _expect(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._satisfied()
        self._deadline = self.loop.call_later(seconds, otherwise)

    def _satisfied(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _watch_body(self) -> None:
        self._expect(self._house.caller_seconds, partial(self._body_due, self._received))

    def _body_due(self, before: int) -> None:
        """A short body must be whole by now, of a long one enough must have come, unless it is us who do not read."""
        cycle = self.cycle
        in_talk = self.flow.read_paused or (cycle.response_started and not cycle.response_complete)
        enough = self._received - before >= SLOWEST_BYTES * self._house.caller_seconds
        if in_talk or (self._held is None and enough):
            self._watch_body()
        else:
            self._cut_off("too-slow")

    def _cut_off(self, fault: str) -> None:
        """End a connection whose call is not whole; say why if this call is the next to be answered, and is not yet."""
        cycle = self.cycle
        if not self.pipeline and not cycle.response_started:
            self.transport.write(answer(fault))
        self.transport.close()
        cycle.disconnected = True
        cycle.message_event.set()

    def pause_writing(self) -> None:
        """The caller does not read as fast as we answer; not reading at all ends the connection."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self._house.caller_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller reads."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """A problem document instead of uvicorn's plain text; the connection ends."""
        if self._in_body:
            self._cut_off(self._fault)
        else:
            self.transport.write(answer(self._fault))
            self.transport.close()
