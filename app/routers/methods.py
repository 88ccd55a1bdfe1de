"""Which methods a path takes: HEAD wherever GET is (RFC 9110), and a refusal names them all."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match
from starlette.types import Scope


def answer_head(routes: Iterable[BaseRoute]) -> None:
    """Have HEAD handled as GET; whoever sends the answer leaves out its body. Before any call is answered."""
    for route in routes:
        methods: set[str] = getattr(route, "methods", None) or set()
        if "GET" in methods:
            methods.add("HEAD")


def allowed(scope: Scope) -> str:
    """The methods of a call's path, for `Allow`: those of every route that it leads to."""
    return ", ".join(
        sorted(
            {
                method
                for route in scope["app"].routes
                if route.matches(scope)[0] is not Match.NONE
                for method in route.methods
            }
        )
    )
