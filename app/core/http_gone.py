"""Lets a call whose caller went away run to its end in peace, and says of it that nobody waited for the answer."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.lazily import without

with without("watchfiles"):  # nothing is reloaded here
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

GONE = "hotline.gone"
"""Key in the scope of a call whose caller went away before the answer was out."""


class ToWhoIsThere:
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
