"""Takes the calls whose arguments can be found in a straight line past the framework; hands it all the others.

Finding the route, the exit stacks and the copies of the scope cost the framework more than a look-up takes.
What is refused and how it is said is the same: the same handlers turn errors into problem documents.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.routers.paths import Paths
from app.routers.strict import StrictRoute


class Straight:
    """Middleware that stands before the framework's router; made when all routes are known."""

    def __init__(self, app: ASGIApp, application: Starlette) -> None:
        self._framework, self._handlers = app, application.exception_handlers
        self._paths: Paths[StrictRoute] = Paths()
        for route in application.routes:
            if isinstance(route, StrictRoute) and route.straight:
                self._paths.add(route.path, route.methods or set(), route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        found = self._paths.find(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if found is None or scope.get("root_path"):
            await self._framework(scope, receive, send)
            return
        route, scope["path_params"] = found
        scope["route"], scope["endpoint"] = route, route.endpoint
        request = route.request_class(scope, receive, send)
        try:
            response = await route.answer(request)
        except Exception as error:
            response = self._problem(request, error)
            error.__traceback__ = None  # some errors are constants, which would gather the tracebacks of all calls
        await response(scope, receive, send)

    def _problem(self, request: Request, error: Exception) -> Response:
        """What the handler for this kind of error says; raises the error again when only `Exception` has one."""
        for kind in type(error).__mro__:
            if kind is not Exception and (handler := self._handlers.get(kind)):
                answer: Response = handler(request, error)
                return answer
        raise error
