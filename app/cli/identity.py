"""Commands for users and keys, for whoever has a shell on the machine: the way in when nobody can log in."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from app.cli.base import CommandError, JsonFlag, console, report, with_installation
from app.cli.forms import faults, filled
from app.core.clock import now
from app.core.security import KeyRing
from app.domain.actors import Actor, ActorKind
from app.domain.errors import HotlineError, InvalidError
from app.domain.permissions import Permission
from app.schemas.administration import Page
from app.schemas.users import ApiKeyForm, ApiKeyPage, NewPassword, UserChange, UserForm, UserPage
from app.services import api_keys
from app.services import users as accounts
from app.services.installation import Installation

COMMAND_LINE = Actor(ActorKind.SYSTEM, "command line", frozenset(Permission))
T = TypeVar("T")
ListCall = Callable[[Installation, Any], Awaitable[dict[str, Any]]]
users = typer.Typer(no_args_is_help=True, help="Users: who may log in, in which roles.")
keys = typer.Typer(no_args_is_help=True, help="API keys for machines, and secret keys for the installation.")
Username = Annotated[str, typer.Argument(help="User name, e.g. li.ming.")]
RoleOption = Annotated[list[str], typer.Option("--role", help="A role; give it several times for several.")]
PasswordOption = Annotated[
    str | None,
    typer.Option(help="The password; better left out: it is then asked for, or read as a line from standard input."),
]


def register(app: typer.Typer) -> None:
    """Add the two groups of commands."""
    app.add_typer(users, name="users")
    app.add_typer(keys, name="keys")


@users.command("list")
def list_users(as_json: JsonFlag = False) -> None:
    """All users with roles and unit. Example: hotline users list --json."""
    rows = _run(lambda here: _all(here, accounts.list_users, UserPage))
    columns = ("username", "display_name", "roles", "unit_code", "active")
    _show("users", rows, columns, as_json=as_json)


@users.command("add")
def add_user(
    username: Username,
    role: RoleOption,
    name: Annotated[str, typer.Option(help="Name that colleagues see; the user name unless given.")] = "",
    unit: Annotated[str | None, typer.Option(help="Code of the unit; a handler needs one.")] = None,
    password: PasswordOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Add a user. Example: hotline users add li.ming --name 李明 --role operator --unit centre."""
    form = filled(
        UserForm,
        username=username,
        display_name=name or username,
        roles=role,
        unit_code=unit,
        password=_password(password),
    )
    made = _run(lambda here: accounts.create_user(here, COMMAND_LINE, form, None))
    report(made.body, as_json=as_json)


@users.command("disable")
def disable_user(username: Username, as_json: JsonFlag = False) -> None:
    """Deactivate a user; tokens and keys end at once. Example: hotline users disable li.ming."""
    _change_user(username, as_json, active=False)


@users.command("enable")
def enable_user(username: Username, as_json: JsonFlag = False) -> None:
    """Activate a user again. Example: hotline users enable li.ming."""
    _change_user(username, as_json, active=True)


@users.command("roles")
def set_roles(username: Username, role: RoleOption, as_json: JsonFlag = False) -> None:
    """Replace a user's roles. Example: hotline users roles li.ming --role dispatcher --role supervisor."""
    _change_user(username, as_json, roles=role)


@users.command("password")
def set_password(username: Username, password: PasswordOption = None, as_json: JsonFlag = False) -> None:
    """Set a user's password; all its tokens end. Example: hotline users password li.ming."""
    form = filled(NewPassword, new_password=_password(password))
    _run(lambda here: accounts.set_password(here, COMMAND_LINE, username, form.new_password))
    report({"username": username, "password": "changed"}, as_json=as_json)


@keys.command("list")
def list_keys(as_json: JsonFlag = False) -> None:
    """All API keys, without the keys themselves. Example: hotline keys list --json."""
    rows = _run(lambda here: _all(here, lambda h, page: api_keys.list_keys(h, COMMAND_LINE, page), ApiKeyPage))
    _show("keys", rows, ("id", "name", "prefix", "username", "scopes", "expires_at", "revoked_at"), as_json=as_json)


@keys.command("add")
def add_key(
    username: Annotated[str, typer.Argument(help="The user that the key acts as.")],
    scope: Annotated[list[str], typer.Option(help="A permission that the user has; several times for several.")],
    name: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it ends; never unless given.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make an API key, shown this once. Example: hotline keys add unit-housing --scope request.read --scope work_order.handle."""
    expires_at = now() + timedelta(days=days) if days else None
    form = filled(ApiKeyForm, name=name, username=username, scopes=scope, expires_at=expires_at)
    made = _run(lambda here: api_keys.create_key(here, COMMAND_LINE, form, None))
    report(_plain(made.body), as_json=as_json)


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="Number of the key, from `hotline keys list`.")],
    as_json: JsonFlag = False,
) -> None:
    """End an API key at once. Example: hotline keys revoke 3."""
    _run(lambda here: api_keys.revoke_key(here, COMMAND_LINE, key_id))
    report({"id": key_id, "revoked": True}, as_json=as_json)


@keys.command("new")
def new_secret_key(as_json: JsonFlag = False) -> None:
    """Print a fresh value for HOTLINE_SECRET_KEYS. Example: HOTLINE_SECRET_KEYS=$(hotline keys new).

    To rotate, put the new key before the old ones: its name must differ from theirs.
    """
    key = KeyRing.new_key(f"k{datetime.now(UTC):%Y%m%d%H%M%S}")
    if as_json:
        report({"secret_key": key}, as_json=True)
    else:
        typer.echo(key)


def _run(work: Callable[[Installation], Awaitable[T]]) -> T:
    try:
        return with_installation(work)
    except InvalidError as error:
        raise CommandError(faults(error)) from None
    except HotlineError as error:
        raise CommandError(str(error)) from None


def _password(given: str | None) -> str:
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _change_user(username: str, as_json: bool, **changes: Any) -> None:
    form = filled(UserChange, **changes)
    report(_plain(_run(lambda here: accounts.change_user(here, COMMAND_LINE, username, form))), as_json=as_json)


async def _all(here: Installation, read: ListCall, page: type[Page]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = await read(here, page(limit=200, cursor=cursor))
        rows += answer["items"]
        if not (cursor := answer["next_cursor"]):
            return rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _show(what: str, rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        report({what: [_plain(row) for row in rows]}, as_json=True)
        return
    table = Table(*columns)
    for row in rows:
        cells = (row[column] for column in columns)
        table.add_row(
            *(", ".join(cell) if isinstance(cell, list) else str(cell) if cell is not None else "" for cell in cells)
        )
    console.print(table)
