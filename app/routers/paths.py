"""Finds the route of a path in a few steps, however many routes there are.

The framework tries its routes one after another, which with two hundred of them takes longer than a look-up does.
Only plain templates are kept here (`/v1/requests/{ticket_no}/timeline`); literal segments go before named ones.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    literal: dict[str, "_Node[T]"] = field(default_factory=dict)
    named: "_Node[T] | None" = None
    routes: dict[str, tuple[T, tuple[str, ...]]] = field(default_factory=dict)


class Paths(Generic[T]):
    """Routes by method and path."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, template: str, methods: set[str], route: T) -> bool:
        """Keep a route unless an equal template has one; False when the template is not plain."""
        node, names = self._root, []
        for segment in template.split("/"):
            if segment.startswith("{") and segment.endswith("}") and segment[1:-1].isidentifier():
                names.append(segment[1:-1])
                node.named = node.named or _Node()
                node = node.named
            elif "{" in segment:
                return False
            else:
                node = node.literal.setdefault(segment, _Node())
        for method in methods:
            node.routes.setdefault(method, (route, tuple(names)))
        return True

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The route and the values of its names; None when there is none for this method."""
        return self._walk(self._root, path.split("/"), 0, method, ())

    def _walk(
        self, node: _Node[T], segments: list[str], place: int, method: str, values: tuple[str, ...]
    ) -> tuple[T, dict[str, str]] | None:
        if place == len(segments):
            found = node.routes.get(method)
            return (found[0], dict(zip(found[1], values, strict=True))) if found else None
        segment = segments[place]
        if (child := node.literal.get(segment)) and (
            found_below := self._walk(child, segments, place + 1, method, values)
        ):
            return found_below
        if node.named and segment:
            return self._walk(node.named, segments, place + 1, method, (*values, segment))
        return None
