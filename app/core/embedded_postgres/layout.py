"""Where everything lies below the server's root folder, and whether that folder is ours to use.

The checks here only look: a folder that belongs to somebody else or holds damaged data is refused exactly as
it was found.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.embedded_postgres.errors import EmbeddedPostgresError, not_readable, not_writable
from app.core.embedded_postgres.identity import Identity, first_closed_folder, user_name

DEFAULT_PORT = 5432  # also part of the socket's name
_LONGEST_SOCKET_PATH = 103  # macOS; Linux allows 107
_ESSENTIAL = ("PG_VERSION", "global/pg_control", "base", "pg_wal", "pg_xact")
_HARMLESS = {"lost+found", ".DS_Store"}


@dataclass(frozen=True)
class Layout:
    """The paths below one root folder (absolute, links resolved)."""

    root: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "data"

    @property
    def password_file(self) -> Path:
        """The superuser's password, readable by the server's user only."""
        return self.root / "superuser.password"

    @property
    def start_lock(self) -> Path:
        """Held exclusively while a process decides about starting or stopping."""
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.root / "users.lock"

    @property
    def log(self) -> Path:
        """What the server writes to its standard error."""
        return self.root / "postgres.log"

    @property
    def binaries(self) -> Path:
        """Copies of binaries that the server's user could not reach in their own place."""
        return self.root / "binaries"

    def socket_directory(self, port: int) -> Path:
        """The folder of the server's socket: below root, or a short one when that path is unfit.

        A socket's path may have to about a hundred bytes, and a comma separates hosts in connection strings.
        """
        inside = self.root / "run"
        if len(os.fsencode(inside / f".s.PGSQL.{port}")) <= _LONGEST_SOCKET_PATH and not set(',"') & set(str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"epg-{digest}"
        if len(os.fsencode(short)) > _LONGEST_SOCKET_PATH - 20:
            short = Path("/tmp") / short.name  # noqa: S108 - verified to be our own private folder before use
        return short


def check_ownership(layout: Layout, identity: Identity) -> None:
    """Refuse a root folder that is not ours or that the server's user cannot reach; touches nothing."""
    root, data = layout.root, layout.data
    closed = first_closed_folder(root, identity)
    if closed is not None:
        raise EmbeddedPostgresError(
            f"PostgreSQL runs as user '{identity.name}' here, who may not enter the folder {closed}; choose a "
            f"data directory elsewhere, or allow it with: chmod o+x '{closed}'."
        )
    try:
        if not root.exists():
            return
        if not root.is_dir():
            raise EmbeddedPostgresError(f"{root} is a file, not a folder; choose another data directory.")
        if data.exists() and data.stat().st_uid != identity.uid:
            raise EmbeddedPostgresError(
                f"The data directory {data} belongs to user '{user_name(data.stat().st_uid)}' but PostgreSQL "
                f"would run as '{identity.name}'; give a copy back its owner (chown -R {identity.uid} '{data}'; cp -a keeps "
                "it), run this program as the owner or choose another data directory."
            )
        entries = {entry.name for entry in root.iterdir()} - _HARMLESS
    except OSError as error:
        raise not_readable(root, error) from error
    if entries and not entries & {layout.start_lock.name, layout.password_file.name}:
        raise EmbeddedPostgresError(
            f"The folder {root} already holds something else ({min(entries)}, …) and was left untouched; choose "
            "an empty folder as data directory."
        )


def needs_initialising(layout: Layout, major: int) -> bool:
    """Whether no database exists yet; raises if there is one that must not be opened. Touches nothing."""
    data = layout.data
    if not data.exists():
        if layout.log.exists():  # written by a server only, never before a first initialisation was complete
            raise EmbeddedPostgresError(
                f"The database in {data} is gone although a server has run here; restore it from a backup, "
                f"or delete {layout.root} to begin with an empty database."
            )
        return True
    missing = next((name for name in _ESSENTIAL if not (data / name).exists()), None)
    if missing is not None:
        raise _damaged(data, f"{missing} is missing")
    text = (data / "PG_VERSION").read_text(errors="replace").strip()
    if not text.isdecimal():
        raise _damaged(data, "PG_VERSION is unreadable")
    if (data / "global/pg_control").stat().st_size == 0:
        raise _damaged(data, "global/pg_control is empty")
    if int(text) != major:
        raise EmbeddedPostgresError(
            f"The database in {data} was made by PostgreSQL {text} but the binaries are version {major}; use "
            f"binaries of version {text}, or move the data over with pg_dump or pg_upgrade."
        )
    if not layout.password_file.exists():
        raise EmbeddedPostgresError(
            f"The password file {layout.password_file} is missing although the database exists; restore it from a "
            "backup."
        )
    return False


def _damaged(data: Path, what: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"The database in {data} is damaged ({what}) and was left untouched; restore it from a backup."
    )


def private_directory(path: Path, identity: Identity) -> None:
    """Make sure `path` is a folder that only the server's user can enter; raises if somebody else made it."""
    try:
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
            if identity.dropped:
                os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
        status = path.lstat()
    except OSError as error:
        raise not_writable(path, error) from error
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == identity.uid
    if not ours or status.st_mode & 0o077:
        raise EmbeddedPostgresError(
            f"{path} should be a private folder of user '{identity.name}' but is not; delete it and start again."
        )


def prepare_root(layout: Layout, identity: Identity) -> None:
    """Create the root folder where it is missing, passable for the server's user and closed to the rest."""
    mode = 0o711 if identity.dropped else 0o700
    try:
        missing = [folder for folder in (layout.root, *layout.root.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=mode, exist_ok=True)
        if identity.dropped:
            # The umask may have closed folders we just made; the root itself may come from mkdtemp (0700).
            for folder in {layout.root, *missing}:
                status = folder.stat()
                if status.st_mode & 0o111 != 0o111:
                    folder.chmod(status.st_mode | 0o111)
    except OSError as error:
        raise not_writable(layout.root, error) from error


def check_writable(layout: Layout) -> None:
    """Write, sync and delete a small file, so that a full disk is named as such before PostgreSQL trips."""
    try:
        descriptor, name = tempfile.mkstemp(prefix="probe.", dir=layout.root)
        try:
            os.write(descriptor, b"\0" * 8192)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            os.unlink(name)
    except OSError as error:
        raise not_writable(layout.root, error) from error


def free_megabytes(layout: Layout) -> int | None:
    """Free space on the disk that holds the root folder, None while there is no such folder."""
    return shutil.disk_usage(layout.root).free // 2**20 if layout.root.exists() else None
