"""Which operating-system user the server runs as, because PostgreSQL refuses to run as root.

An ordinary user keeps his own identity; root hands the server to an unprivileged service account. Nothing
outside the server's own folder is ever opened up for that account: where it cannot pass, we say so.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.core.embedded_postgres.errors import EmbeddedPostgresError

SERVICE_ACCOUNTS = ("postgres", "nobody")


class DropArguments(TypedDict, total=False):
    """Keyword arguments of `subprocess` that make a child run as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Identity:
    """The user the server runs as; `dropped` is true when this process is root and the server must not be."""

    uid: int
    gid: int
    dropped: bool

    @property
    def name(self) -> str:
        """The account's name, or its number where it has none."""
        return user_name(self.uid)

    def popen_arguments(self) -> DropArguments:
        """What to add to a `subprocess` call so that the child runs as this user."""
        if not self.dropped:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, descriptor: int) -> None:
        """Give an open file or folder of ours to this user."""
        if self.dropped:
            os.fchown(descriptor, self.uid, self.gid)


def user_name(uid: int) -> str:
    """The account's name, or `uid N` where the system knows none (common in containers)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def choose_identity(data: Path) -> Identity:
    """The identity for the server on `data`: ourselves, or for root a service account.

    Root keeps to the service account that already owns `data`, so a data directory survives the later arrival
    of a `postgres` account. Raises EmbeddedPostgresError when root finds no service account.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), dropped=False)
    accounts = []
    for name in SERVICE_ACCOUNTS:
        try:
            accounts.append(pwd.getpwnam(name))
        except KeyError:
            continue
    if not accounts:
        raise EmbeddedPostgresError(
            "PostgreSQL must not run as root and this system has neither a user 'postgres' nor 'nobody'; "
            "create a user 'postgres' or run this program as an ordinary user."
        )
    owner = data.stat().st_uid if data.exists() else None
    account = next((one for one in accounts if one.pw_uid == owner), accounts[0])
    return Identity(account.pw_uid, account.pw_gid, dropped=True)


def first_closed_folder(path: Path, identity: Identity) -> Path | None:
    """The outermost existing folder above `path` that the dropped user may not enter, or None."""
    if not identity.dropped:
        return None
    for folder in reversed(path.parents):
        try:
            status = folder.stat()
        except FileNotFoundError:
            return None
        if status.st_uid == identity.uid:
            may_enter = status.st_mode & stat.S_IXUSR
        elif status.st_gid == identity.gid:
            may_enter = status.st_mode & stat.S_IXGRP
        else:
            may_enter = status.st_mode & stat.S_IXOTH
        if not may_enter:
            return folder
    return None
