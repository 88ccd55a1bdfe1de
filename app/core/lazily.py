"""Modules that are imported when something of them is first asked for: what most processes never need costs them nothing.

SQLAlchemy and the tables' classes, which administration needs, are 27 MB and 0.5 s of a start (decision 27).
"""

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
