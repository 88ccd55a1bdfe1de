"""One connection: limits on heads, bodies and readers, and the gate that a whole call has to pass.

uvicorn's own protocol takes heads of any size, waits for bodies and readers for ever, and begins every call it hears
of. Here a call is admitted when its body is there, so that a slow sender holds nothing but the connection.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.admission import Admitted, Gate, Stay
from app.core.crowd import Crowd
from app.core.http_answers import answer
from app.core.lazily import without
from app.core.shares import Shares

with without("watchfiles"):  # nothing is reloaded here
    import uvicorn
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES = 32 * 1024
HELD_BYTES = 32 * 1024
"""A longer body is not waited for: its call begins with it, among those that take long by nature."""
SLOWEST_BYTES = 8 * 1024
"""Bytes a second that the sender of a long body must keep up, so that no body takes longer than its size allows."""
LINGER_SECONDS = 2.0
"""The rest of a refused body is read and thrown away for so long: a caller who is cut off does not see the answer."""
UNREAD_BYTES = 32 * 1024
"""With more of its answers unread, a connection's next call is not begun: it would wait for its reader in a place."""
DEAF_SECONDS = 0.1
"""A connection whose calls are refused one after the other is read no more often."""


GONE = "hotline.gone"
"""Key in the scope of a call whose caller went away before the answer was out."""


class HeadTooLargeError(Exception):
    """The request line and headers exceed `MAX_HEAD_BYTES`."""


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
        super().__init__(app, http=LimitedProtocol, **options)


class _Call:
    """A call of a connection that waits at its gate."""

    __slots__ = ("_cycle", "_gate", "_protocol", "since")

    def __init__(self, protocol: "LimitedProtocol", cycle: RequestResponseCycle, gate: Gate) -> None:
        self._protocol, self._cycle, self._gate = protocol, cycle, gate
        self.since = 0.0

    @property
    def gone(self) -> bool:
        """Whether the caller went away."""
        return self._cycle.disconnected or self._protocol.transport.is_closing()

    def go_on(self) -> None:
        """Begin."""
        self._protocol.begin(self._cycle, self._gate)

    def turn_away(self) -> None:
        """Refuse."""
        self._protocol.refuse(self._cycle)


class _ToWhoIsThere:
    """The application for one call, whose answer to a caller who went away goes nowhere.

    The transport would raise at each write, in the middle of whatever writes; a caller who leaves is no fault of ours.
    """

    __slots__ = ("_app", "_cycle", "_transport")

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle, transport: asyncio.Transport) -> None:
        self._app, self._cycle, self._transport = app, cycle, transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the call."""
        cycle, is_closing = self._cycle, self._transport.is_closing

        async def send_if_there(message: Message) -> None:
            if cycle.disconnected or is_closing():
                cycle.disconnected = scope[GONE] = True  # uvicorn asks for no answer then
                return
            await send(message)
            if cycle.disconnected:  # while this waited for the reader
                scope[GONE] = True

        await self._app(scope, receive, send_if_there)


class LimitedProtocol(HttpToolsProtocol):
    """A connection that keeps to the house's limits; answers 408, 431 and 503 by itself."""

    _head_bytes = 0
    _in_head = True
    _in_body = False
    _refused = False
    _received = 0
    _held: RequestResponseCycle | None = None
    _put_off: Callable[[], None] | None = None
    _begun: RequestResponseCycle | None = None
    _stay: Stay | None = None
    _sender = ""
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A head must be whole soon; waiting for a caller who says nothing costs a descriptor."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._house = cast(ServerConfig, self.config).house
        self._expect(self._house.caller_seconds, self.send_off)
        self._house.crowd.arrive(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller went away."""
        self._satisfied()
        self._held = self._put_off = None
        if self._begun is not None and not self._begun.response_complete:
            self._begun.disconnected = True  # uvicorn tells the call that was heard last, behind which others may wait
            self._begun.message_event.set()
        self.resume_writing()
        if self._stay is not None:
            self._stay.lose()
        self._have_sent()
        self._house.crowd.depart(self)
        super().connection_lost(exc)

    def send_off(self) -> None:
        """End a connection of which nothing is expected any more."""
        self.transport.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing came; who has not even read the last answer would hold a closed connection open."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    # what arrives

    def data_received(self, data: bytes) -> None:
        """Count what arrives; from here on the rest of the head or body is waited for with a limit."""
        self._received += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("")
            elif self._deadline is None:
                self._expect(self._house.caller_seconds, self.send_off)
        elif self._in_body and self._deadline is None:
            self._watch_body()

    def on_message_begin(self) -> None:
        """A new head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole; the body has its own limits."""
        self._in_head, self._in_body = False, True
        self._satisfied()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._head_bytes = size
        if size > MAX_HEAD_BYTES:
            raise HeadTooLargeError
        super().on_headers_complete()
        if self.pipeline and self._stay is not None:
            self._stay.lose()  # no more is read until the call under way is answered: it does not wait from now on

    def on_body(self, body: bytes) -> None:
        """A piece of the body; a long one begins its call."""
        super().on_body(body)
        if self._held is not None and len(self._held.body) > HELD_BYTES:
            self._admit(self._held, self._house.long_gate_of)

    def on_message_complete(self) -> None:
        """The call is whole: it may ask to be let in."""
        super().on_message_complete()
        self._in_body = False
        self._satisfied()
        self._have_sent()
        if self._held is not None:
            self._admit(self._held, self._house.gate_of)

    # who is let in

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """uvicorn would begin a call whose head is there; here it is held until its body is."""
        self._unset_keepalive_if_required()
        if not cycle.more_body:
            self._admit(cycle, self._house.gate_of)
        elif cycle.waiting_for_100_continue:
            self._admit(cycle, self._house.long_gate_of)  # the caller asks whether the body is wanted
        else:
            self._held = cycle

    def _admit(self, cycle: RequestResponseCycle, gate_of: Callable[[Scope], Gate | None]) -> None:
        self._held = None
        if self._is_unread():
            self._put_off = partial(self._admit, cycle, gate_of)
            return
        gate = gate_of(cast(Scope, cycle.scope))
        self._house.crowd.work(self)
        if gate is None or gate.enter():
            self.begin(cycle, gate)
        else:
            gate.wait(_Call(self, cycle, gate))

    def _is_unread(self) -> bool:
        """Whether the answers before wait for their reader; if so, the transport says when they no longer do."""
        if not self.flow.write_paused and self.transport.get_write_buffer_size() > UNREAD_BYTES:
            self.transport.set_write_buffer_limits(UNREAD_BYTES)  # pauses at once
        return self.flow.write_paused

    def begin(self, cycle: RequestResponseCycle, gate: Gate | None) -> None:
        """Handle a call that has been let in."""
        if cycle.more_body and not self._may_send(cycle):
            if gate is not None:
                gate.leave()
            self.refuse(cycle)
            return
        self._refused = False
        self._begun = cycle
        app = Admitted(_ToWhoIsThere(cast(Any, self.app), cycle, self.transport), gate)
        self._stay = app.stay
        if self.pipeline or cycle.more_body or len(cycle.body) > HELD_BYTES:
            app.stay.lose()
        super()._start_asgi_task(cycle, cast(Any, app))

    def _may_send(self, cycle: RequestResponseCycle) -> bool:
        """Whether the sender of a long body has fewer on their way than one sender may."""
        senders, sender = self._house.senders, self._house.sender_of(cast(Scope, cycle.scope))
        if senders is None:
            return True
        if not senders.take(sender):
            return False
        self._sender = sender
        return True

    def _have_sent(self) -> None:
        """The body is there, or will not come."""
        if self._sender and self._house.senders is not None:
            self._house.senders.give_back(self._sender)
            self._sender = ""

    def refuse(self, cycle: RequestResponseCycle) -> None:
        """Answer a call that is not let in, without a task; a caller who has sent more calls ahead is disconnected."""
        cycle.response_started = cycle.response_complete = True
        last = cycle.more_body or bool(self.pipeline) or not cycle.keep_alive or self.flow.write_paused
        told = self._house.refusal(cast(Scope, cycle.scope))
        self.transport.write(told.replace(b"\r\n", b"\r\nconnection: close\r\n", 1) if last else told)
        if not last:
            self.on_response_complete()
            self._again_refused()
        elif cycle.more_body:
            self.flow.resume_reading()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)
        else:
            self.transport.close()

    def _again_refused(self) -> None:
        """Who asks again at once after a refusal is not heard for a moment: refusing costs time that others need."""
        if self._refused:
            self.flow.pause_reading()
            self.loop.call_later(DEAF_SECONDS, self.flow.resume_reading)
        self._refused = True

    def on_response_complete(self) -> None:
        """The call is answered."""
        self._house.crowd.rest(self)
        super().on_response_complete()

    # who keeps us waiting

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
            return
        if not cycle.response_started:
            self.transport.write(answer("too-slow"))
        self.transport.close()
        cycle.disconnected = True
        cycle.message_event.set()

    def pause_writing(self) -> None:
        """The caller does not read as fast as we answer; not reading at all ends the connection."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self._house.caller_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller reads; a call that was put off may begin."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()
        put_off, self._put_off = self._put_off, None
        if put_off is not None and not self.transport.is_closing():
            self.transport.set_write_buffer_limits()
            put_off()

    def send_400_response(self, msg: str) -> None:
        """A problem document instead of uvicorn's plain text; the connection ends."""
        self.transport.write(answer("head-too-large" if self._head_bytes > MAX_HEAD_BYTES else "malformed"))
        self.transport.close()
