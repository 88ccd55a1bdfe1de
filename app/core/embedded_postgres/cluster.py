"""Creates the database cluster on first use, so that a crash half-way never leaves a half that looks whole.

The password file comes first; the data directory is built under another name and renamed when it is whole.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app.core.embedded_postgres.binaries import environment
from app.core.embedded_postgres.errors import EmbeddedPostgresError, not_writable
from app.core.embedded_postgres.identity import Identity
from app.core.embedded_postgres.layout import Layout

SUPERUSER = "hotline"
_UNFINISHED = "data.initdb."


def create(layout: Layout, binaries: Path, identity: Identity, *, sync: bool) -> None:
    """Run initdb into a sibling folder and rename it into place when complete.

    `sync=False` skips flushing to disk, for data that may be lost. Raises EmbeddedPostgresError.
    """
    try:
        # A name of its own each time: the initdb of a starter that was killed may still be writing to the last one.
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=layout.root))  # mode 0700
        if identity.dropped:
            os.chown(unfinished, identity.uid, identity.gid)
        if not layout.password_file.exists():
            _write_password(layout.password_file, identity)
        _run_initdb(layout, unfinished, binaries, identity, sync=sync)
        unfinished.rename(layout.data)
        _sync_folder(layout.root)
    except OSError as error:
        raise not_writable(layout.root, error) from error


def remove_leftovers(layout: Layout) -> None:
    """Delete what a first start that was killed half-way left behind."""
    for folder in layout.root.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _run_initdb(layout: Layout, unfinished: Path, binaries: Path, identity: Identity, *, sync: bool) -> None:
    command = [
        str(binaries / "initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        f"--pwfile={layout.password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        # libc's locale matters little beside the builtin one, but only Linux is sure to have C.UTF-8.
        "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C",
        "--data-checksums",
        "--no-instructions",
        *([] if sync else ["--no-sync"]),
    ]
    done = subprocess.run(  # noqa: S603 - fixed arguments, the administrator chose the binaries
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        env=environment(binaries, layout.root),
        umask=0o077,
        start_new_session=True,
        **identity.popen_arguments(),
    )
    if done.returncode != 0:
        remove_leftovers(layout)
        raise EmbeddedPostgresError(
            f"The database in {layout.root} could not be created ({_reason(done.stderr, done.returncode)}); "
            "make sure that disk is writable and has at least 200 MB free, then start again."
        )


def _reason(stderr: str, code: int) -> str:
    """The line of initdb's output that names the cause."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "No space left" in line or "error:" in line or "FATAL" in line]
    return (telling or lines or [f"initdb ended with code {code}"])[0]


def _write_password(path: Path, identity: Identity) -> None:
    """A random password in a file only the server's user can read; it appears whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix="password.", dir=path.parent)  # mode 0600
    try:
        identity.own(descriptor)
        os.write(descriptor, secrets.token_urlsafe(24).encode())
        os.fsync(descriptor)
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
