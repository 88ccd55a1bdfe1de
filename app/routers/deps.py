"""What routes ask for in their signatures: the installation, the actor, a permission, paging, preconditions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import OAuth2PasswordBearer

from app.core.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.domain.actors import Actor
from app.domain.errors import ForbiddenError, UnauthenticatedError, invalid
from app.domain.permissions import Permission
from app.services.authentication import authenticate
from app.services.idempotency import Claim, claim
from app.services.installation import Installation

_bearer = OAuth2PasswordBearer(
    "/v1/auth/token", auto_error=False, description="A login token, or an API key that begins with `hk_`."
)

_VERSION_TAG = re.compile('"([0-9]{1,9})"')


class Json(Response):
    """JSON that the services built themselves: serialised once, validated by no second model."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Bytes of the body; instants as RFC 3339 with offset."""
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


def get_installation(request: Request) -> Installation:
    """The running installation."""
    return cast(Installation, request.app.state.installation)


Here = Annotated[Installation, Depends(get_installation)]


def get_actor(here: Here, token: Annotated[str | None, Depends(_bearer)]) -> Actor:
    """Who calls; raises UnauthenticatedError."""
    actor = authenticate(here.reference.now, here.keys, token) if token else None
    if actor is None:
        raise not_logged_in()
    return actor


def not_logged_in() -> UnauthenticatedError:
    """Nobody whom we know calls."""
    return UnauthenticatedError(
        "请先登录，或检查令牌是否有效。", "Log in at /v1/auth/token; the token is missing, wrong or out of date."
    )


Caller = Annotated[Actor, Depends(get_actor)]


def get_actor_anew(here: Here, token: Annotated[str | None, Depends(_bearer)]) -> Callable[[], Actor]:
    """Asks who calls whenever it is called: a call that waits may outlive its caller's rights."""
    return partial(get_actor, here, token)


CallerAnew = Annotated[Callable[[], Actor], Depends(get_actor_anew)]


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency that lets through who has any of the permissions; the documentation reads them off it."""

    permissions: tuple[Permission, ...]

    def __call__(self, actor: Caller) -> Actor:
        """The caller; raises ForbiddenError."""
        if not any(actor.may(permission) for permission in self.permissions):
            needed = "、".join(self.permissions)
            raise ForbiddenError(
                f"您没有权限执行此操作（需要权限 {needed}）。",
                f"This needs permission {' or '.join(self.permissions)}.",
            )
        return actor


def requires(*permissions: Permission) -> Requires:
    """A dependency that lets through who has any of the permissions."""
    return Requires(permissions)


async def get_claim(
    request: Request, actor: Caller, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
) -> Claim | None:
    """The idempotency claim of a creating call, None without the header."""
    return await claim_of(request, actor, idempotency_key)


async def claim_of(request: Request, actor: Actor, key: str | None) -> Claim | None:
    """The claim of a call by any actor; raises InvalidError for a key that is not printable ASCII."""
    key = checked_key(key)
    return None if key is None else claim(actor, request.url.path, key, await request.body())


def checked_key(key: str | None) -> str | None:
    """The key itself; raises InvalidError when it is not printable ASCII."""
    if key is not None and not (key and key.isascii() and key.isprintable()):
        raise invalid(
            "/header/Idempotency-Key",
            "idempotency-key",
            "幂等键须为1至200个可见字符。",
            "1 to 200 printable characters.",
        )
    return key


Idempotency = Annotated[Claim | None, Depends(get_claim)]


def get_if_match(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version named by `If-Match: "7"`; `*` and absence mean any. Weak tags match nothing here (RFC 9110), so they
    are refused like lists: a step on a version that is only about the same is what the header shall prevent."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _VERSION_TAG.fullmatch(if_match.strip())
    if tag is None:
        raise invalid("/header/If-Match", "if-match", '须写成 If-Match: "版本号"。', 'Write If-Match: "<version>".')
    return int(tag[1])


IfMatch = Annotated[int | None, Depends(get_if_match)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items a page.")]
Cursor = Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before.")]
DEFAULT_PAGE = DEFAULT_LIMIT
