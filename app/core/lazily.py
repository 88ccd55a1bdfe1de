"""Imports what a process needs, and not before: modules at first use, and libraries without what they bring along.

SQLAlchemy and the tables' classes, which administration needs, are 27 MB and 0.5 s of a start (decision 27).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module that nobody has needed yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def later(name: str) -> Any:
    """The module `name`. A name that does not exist is told at first use, so a test has to use it once.

    Write the real import under `if TYPE_CHECKING:` beside it; then types and the layers are checked as ever.
    """
    return _Later(name)


@contextmanager
def without(*names: str) -> Iterator[None]:
    """A library that is imported in this block finds none of these packages, as if they were not installed.

    For extras that a library loads whenever they are there, although nothing of ours uses them. Whoever imports them
    by name, before or later, has them. To be used at start-up, by the only thread, for packages not yet imported.
    """
    found = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None: the import system's word for "not there"
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(found)
