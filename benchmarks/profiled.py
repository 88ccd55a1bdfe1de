"""Runs `hotline` under cProfile, which SIGUSR1 starts and SIGUSR2 stops: only what is measured is profiled."""

import cProfile
import runpy
import signal
import sys
from types import FrameType


def main() -> None:
    """`profiled.py FILE ARGUMENT…`: the profile goes to FILE at each stop."""
    path, *arguments = sys.argv[1:]
    profiler = cProfile.Profile()

    def stop(_number: int, _frame: FrameType | None) -> None:
        profiler.disable()
        profiler.dump_stats(path)

    signal.signal(signal.SIGUSR1, lambda *_: profiler.enable())
    signal.signal(signal.SIGUSR2, stop)
    sys.argv = ["hotline", *arguments]
    runpy.run_module("app.cli", run_name="__main__", alter_sys=True)


main()
