"""Keeps a process small: few heaps for malloc, memory handed back to the system, and no file mapped that only start-up read.

Settings of the C library and of Python's collector and advice to the kernel, nothing that a result could depend on; on a system
whose C library does not know them, they do nothing.
"""

import ctypes
import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

_M_ARENA_MAX = -8
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_HEAPS = 2
"""glibc opens a heap of its own for each busy thread (eight a core), and what was freed in one is lost to the others."""
_LARGE = 256 * 1024
_MADV_DONTNEED = 4
_MAPPINGS = Path("/proc/self/smaps")


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
    let_go_of_files()
    gc.freeze()


def let_go_of_files() -> None:
    """Unmap what libraries' files only start-up needed: relocations, names of symbols, the code that set things up.

    What is needed again comes back from the kernel's cache of files, where it stays for all processes; a read of
    the disk is needed only if the system was short of memory meanwhile. To be called while no other thread maps or
    unmaps anything, as imports do.
    """
    if libc := _glibc():
        with suppress(OSError):
            for start, end in untouched_files(_MAPPINGS.read_bytes().decode(errors="replace").split("\n")):
                libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)


def untouched_files(mappings: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Out of the kernel's table: begin and end of what is as it is in a file, and cannot be written to.

    `Anonymous` counts the pages that were changed after they were read, such as relocated addresses: where there is
    one, unmapping would lose it.
    """
    span, readable = "", False
    for line in mappings:
        name, *rest = line.split() or [""]
        if not name.endswith(":"):
            span, readable = name, len(rest) >= 5 and rest[0] in ("r--p", "r-xp") and rest[4].startswith("/")
        elif readable and name == "Anonymous:" and rest[0] == "0":
            start, _, end = span.partition("-")
            yield int(start, 16), int(end, 16)


@cache
def _glibc() -> Any:
    """The C library where it is glibc, else None."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
