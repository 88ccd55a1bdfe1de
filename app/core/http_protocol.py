"""One connection and the gate that a whole call has to pass.

uvicorn's own protocol begins every call it hears of. Here a call is admitted when its body is there, so that a slow
sender holds nothing but the connection.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from starlette.types import Scope

from app.core.admission import Admitted, Gate, Stay
from app.core.http_gone import ToWhoIsThere
from app.core.http_limits import LimitedProtocol
from app.core.lazily import without

with without("watchfiles"):  # nothing is reloaded here
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

HELD_BYTES = 32 * 1024
"""A longer body is not waited for: its call begins with it, among those that take long by nature."""
LINGER_SECONDS = 2.0
"""The rest of a refused body is read and thrown away for so long: a caller who is cut off does not see the answer."""
UNREAD_BYTES = 32 * 1024
"""With more of its answers unread, a connection's next call is not begun: it would wait for its reader in a place."""
DEAF_SECONDS = 0.1
"""A connection whose calls are refused one after the other is read no more often."""


class _Call:
    """A call of a connection that waits at its gate."""

    __slots__ = ("_cycle", "_gate", "_protocol", "since")

    def __init__(self, protocol: "AdmittingProtocol", cycle: RequestResponseCycle, gate: Gate) -> None:
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


class AdmittingProtocol(LimitedProtocol):
    """A connection whose calls are begun when they are let in; answers 503 by itself."""

    _refused = False
    _put_off: Callable[[], None] | None = None
    _begun: RequestResponseCycle | None = None
    _stay: Stay | None = None
    _sender = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more in the house."""
        super().connection_made(transport)
        self._house.crowd.arrive(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller went away."""
        self._held = self._put_off = None
        if self._begun is not None and not self._begun.response_complete:
            self._begun.disconnected = True  # uvicorn tells the call that was heard last, behind which others may wait
            self._begun.message_event.set()
        if self._stay is not None:
            self._stay.lose()
        self._have_sent()
        self._house.crowd.depart(self)
        super().connection_lost(exc)

    # what arrives

    def on_headers_complete(self) -> None:
        """A call sent ahead waits for the answer to the one before it."""
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
        app = Admitted(ToWhoIsThere(cast(Any, self.app), cycle, self.transport), gate)
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

    def resume_writing(self) -> None:
        """The caller reads; a call that was put off may begin."""
        super().resume_writing()
        put_off, self._put_off = self._put_off, None
        if put_off is not None and not self.transport.is_closing():
            self.transport.set_write_buffer_limits()
            put_off()
