"""Commands that keep running: serve, worker.

`serve` alone is one process. With more, a parent binds the port, keeps API processes and the worker alive and
holds on to the embedded PostgreSQL, but touches neither requests nor data itself.
"""

import asyncio
import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Annotated

import structlog
import typer
from prometheus_client import multiprocess

from app.cli.base import CommandError, explained
from app.core import processes
from app.core.logging import configure_logging
from app.core.memory import few_heaps
from app.core.processes import PARENT, Child, Supervisor, SupervisorError
from app.core.web_server import GRACE_SECONDS, WebServer, bind, port_user, url_of
from app.main import create_app, send_waiting_clients_home
from app.routers.admission import house
from app.services.installation import connect, database_url
from app.settings import Settings, settings_or_exit

log = structlog.get_logger(__name__)
FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_SELF = (sys.executable, "-m", "app.cli")
WorkersOption = Annotated[int, typer.Option(min=1, max=64, help="API processes.")]
WithWorkerFlag = Annotated[bool, typer.Option("--with-worker", help="Also run the background worker.")]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on, instead of HOTLINE_HOST.")]
PortOption = Annotated[int | None, typer.Option(min=0, max=65535, help="Port, instead of HOTLINE_PORT.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(worker)
    app.command(hidden=True)(api_process)
    app.command(hidden=True)(worker_process)


def serve(
    workers: WorkersOption = 1, with_worker: WithWorkerFlag = False, host: HostOption = None, port: PortOption = None
) -> None:
    """Serve the API and the pages until SIGTERM or Ctrl-C; then finish what has begun."""
    settings = begin()
    sock = listen(settings, host, port)
    with database_url(settings) as url:
        check(url, settings)
        serve_on(sock, settings, workers, with_worker)


def worker() -> None:
    """Do the background work (clocks, holds, cleaning) until SIGTERM or Ctrl-C."""
    settings = begin()
    with explained(settings):
        asyncio.run(_work(settings, lambda: print("hotline: worker running", flush=True)))


def api_process(descriptor: int) -> None:
    """One API process of `serve`, on the socket that the parent has bound."""
    settings = begin()
    with database_url(settings) as url:
        check(url, settings)  # the server would make a traceback of it
    _serve_api(socket.socket(fileno=descriptor), settings, processes.say_ready, watch_parent=True)
    _sweep_up_after_parent()


def worker_process() -> None:
    """The worker of `serve --with-worker`."""
    settings = begin()

    async def run() -> None:
        watching = asyncio.create_task(processes.stop_when_orphaned())
        await _work(settings, processes.say_ready)
        watching.cancel()

    with explained(settings):
        asyncio.run(run())
    _sweep_up_after_parent()


def listen(settings: Settings, host: str | None = None, port: int | None = None) -> socket.socket:
    """The service's socket; raises CommandError that says what to do when the address cannot be had."""
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    try:
        return bind(host, port)
    except OSError as error:
        user = f" by {found}" if (found := port_user(port)) else ""
        advice = {
            "EADDRINUSE": f"is already in use{user}; stop that or choose another with HOTLINE_PORT or --port.",
            "EACCES": "may not be opened by this user; choose one from 1024 on with HOTLINE_PORT or --port.",
        }
        other = f"cannot be opened ({error.strerror or error}); check HOTLINE_HOST and HOTLINE_PORT."
        raise CommandError(
            f"Port {port} on {host} {advice.get(errno.errorcode.get(error.errno or 0, ''), other)}"
        ) from error


def check(url: str, settings: Settings) -> None:
    """Find out before the port answers whether the installation can be used; raises with what to do."""

    async def open_and_close() -> None:
        async with connect(url, settings) as (database, _), database.connection() as connection:
            if PARENT not in os.environ and await connection.fetchval("SELECT demo FROM installation"):
                log.warning("demo", note="this is the demo city; its users share one known password")

    with explained(settings):
        asyncio.run(open_and_close())


def serve_on(sock: socket.socket, settings: Settings, workers: int, with_worker: bool) -> None:
    """Serve until told to stop: in this process if it is alone, else as the parent of several."""
    shape = f"{workers} API process{'es' if workers > 1 else ''}{', worker' if with_worker else ''}"
    ready = f"hotline: serving on {url_of(sock)} ({shape})"

    def when_ready() -> None:
        print(ready, flush=True)

    if workers == 1 and not with_worker:
        _serve_api(sock, settings, when_ready)
        return
    children = [
        Child(f"api-{n}", (*_SELF, "api-process", str(sock.fileno())), (sock.fileno(),)) for n in range(1, workers + 1)
    ]
    if with_worker:
        children.append(Child("worker", (*_SELF, "worker-process"), needed=False))
    figures = tempfile.mkdtemp(prefix="hotline-figures-")
    try:
        asyncio.run(_supervise(children, sock, figures, when_ready))
    except SupervisorError as error:
        raise CommandError(str(error)) from error
    finally:
        shutil.rmtree(figures, ignore_errors=True)


async def _supervise(children: list[Child], sock: socket.socket, figures: str, when_ready: Callable[[], None]) -> None:
    supervisor = Supervisor(
        children,
        environment={**os.environ, FIGURES: figures},
        grace=GRACE_SECONDS + 5,
        when_ready=when_ready,
        # A dead process's waiting clients and connections are gone; what it counted stays counted.
        when_dead=lambda pid: multiprocess.mark_process_dead(pid, figures),  # type: ignore[no-untyped-call]
        when_stopping=sock.close,
    )
    await supervisor.run()


def _serve_api(
    sock: socket.socket, settings: Settings, when_ready: Callable[[], None], *, watch_parent: bool = False
) -> None:
    app = create_app(settings)
    server = WebServer(
        app,
        house(app, settings),
        trusted_proxies=settings.trusted_proxies,
        when_ready=when_ready,
        before_stop=lambda: send_waiting_clients_home(app),
    )

    async def run() -> None:
        watching = asyncio.create_task(processes.stop_when_orphaned()) if watch_parent else None
        await server.serve([sock])
        if watching:
            watching.cancel()

    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(run())


async def _work(settings: Settings, when_ready: Callable[[], None]) -> None:
    from app.worker.run import run_worker  # an API process does without

    stop = asyncio.Event()

    def ready() -> None:
        """From now on a signal lets loops finish; before, there is nothing to finish, and a database may never answer."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        when_ready()

    await run_worker(settings, stop, ready)


def begin() -> Settings:
    """Settings and logs of a process that keeps running."""
    few_heaps()
    settings = settings_or_exit()
    configure_logging(settings.log_level, settings.log_format)
    # Until a loop takes the signal over: leave in order, so that PostgreSQL is left in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return settings


def _sweep_up_after_parent() -> None:
    """A parent that was killed could not remove the folder of the figures."""
    if processes.is_orphan():
        shutil.rmtree(os.environ.get(FIGURES, ""), ignore_errors=True)
