"""Keeps a process small: few heaps for malloc, and memory handed back to the system after something large.

Settings of the C library and of Python's collector, nothing that a result could depend on; on a system
whose C library does not know them, they do nothing.
"""

import ctypes
import gc
import sys
from functools import cache
from typing import Any

_M_ARENA_MAX = -8
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_HEAPS = 2
"""glibc opens a heap of its own for each busy thread (eight a core), and what was freed in one is lost to the others."""
_LARGE = 256 * 1024


def few_heaps() -> None:
    """Tell malloc to make do with two heaps and to keep large blocks apart; to be called before any thread starts."""
    if libc := _glibc():
        libc.mallopt(_M_ARENA_MAX, _HEAPS)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE)


def give_back() -> None:
    """Collect what nobody refers to, and let malloc return its free pages to the system; takes some 0.1 s."""
    gc.collect()
    if libc := _glibc():
        libc.malloc_trim(0)


def settle() -> None:
    """After start-up: what lives now lives as long as the process, and the collector need not look at it again."""
    give_back()
    gc.freeze()


@cache
def _glibc() -> Any:
    """The C library where it is glibc, else None."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
