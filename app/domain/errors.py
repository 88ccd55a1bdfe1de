"""What can go wrong, by meaning. Only `routers/problems.py` knows which HTTP status that is.

Each message exists in Chinese and English; `code` is stable and machine-readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.words import ACTIONS, OBSTACLES, STATES


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: where (`pointer`, RFC 6901), what (`code`), and what would be right."""

    pointer: str
    code: str
    zh: str
    en: str


class HotlineError(Exception):
    """Base of all expected failures."""

    code = "error"

    def __init__(self, zh: str, en: str, *, code: str | None = None) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        if code:
            self.code = code


class NotFoundError(HotlineError):
    """The thing does not exist, or this actor may not know that it does."""

    code = "not-found"


class ForbiddenError(HotlineError):
    """The actor may see the thing but not do this to it."""

    code = "forbidden"


class UnauthenticatedError(HotlineError):
    """Nobody we know: the token is missing, wrong or out of date."""

    code = "unauthenticated"


class InvalidError(HotlineError):
    """The input cannot be taken as it is; `errors` say where and what would be right."""

    code = "invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("提交的内容有误，请按提示修改。", "The input is not valid; see `errors`.")
        self.errors = tuple(errors)


class ConflictError(HotlineError):
    """The input is fine, but the present state of things does not allow it."""

    code = "conflict"


class IllegalTransitionError(ConflictError):
    """The workflow table has no such step from the present state."""

    code = "illegal-transition"

    def __init__(self, action: str, state: str, available_actions: Sequence[str], obstacle: str | None = None) -> None:
        zh, en = f"当前状态为“{STATES.get(state, state)}”", f"in state '{state}'"
        if obstacle in OBSTACLES:
            zh, en = OBSTACLES[obstacle][0], f"now: {OBSTACLES[obstacle][1]}"
        super().__init__(f"{zh}，不能{ACTIONS.get(action, action)}。", f"'{action}' is not possible {en}.")
        self.state = state
        self.available_actions = list(available_actions)


class StaleVersionError(HotlineError):
    """`If-Match` named a version that is no longer the present one."""

    code = "stale-version"

    def __init__(self, current: int) -> None:
        super().__init__(
            f"内容已被他人更新（当前版本 {current}），请刷新后重试。",
            f"The resource has changed; its version is now {current}. Read it again and retry.",
        )
        self.current = current


class ThrottledError(HotlineError):
    """Too many attempts; `retry_after` is in seconds."""

    code = "too-many-attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__("尝试次数过多，请稍后再试。", f"Too many attempts; try again in {retry_after} seconds.")
        self.retry_after = retry_after


class TooManyPollsError(HotlineError):
    """The account has as many calls waiting in the feed as it may (`most`); one of them ends soon."""

    code = "too-many-polls"
    retry_after = 5

    def __init__(self, most: int) -> None:
        super().__init__(
            f"同一账号最多同时等待 {most} 个轮询，请等其他轮询结束后再试。",
            f"At most {most} polls of one account may wait at a time; try again when another has ended.",
        )


class FileTooLargeError(HotlineError):
    """An upload has more bytes than the settings allow (`limit`)."""

    code = "too-large"

    def __init__(self, limit: int) -> None:
        size = f"{limit / 2**20:.3g} MB"
        super().__init__(f"文件过大，每个文件不超过 {size}，请压缩后再上传。", f"A file may have at most {size}.")


class UnavailableError(HotlineError):
    """The database is out of reach, or others kept getting there first; the caller may try again."""

    code = "unavailable"

    def __init__(self) -> None:
        super().__init__("系统暂时不可用，请稍后重试。", "The service is temporarily unavailable; try again soon.")


def invalid(pointer: str, code: str, zh: str, en: str) -> InvalidError:
    """An `InvalidError` about a single field."""
    return InvalidError([FieldError(pointer, code, zh, en)])


def refuse_empty(changes: object) -> None:
    """A change that names nothing is a mistake of the caller."""
    if not changes:
        raise invalid("", "nothing-to-change", "至少填写一项要修改的内容。", "Give at least one thing to change.")


def not_found() -> NotFoundError:
    """The one look of "does not exist" and "not for you": they must not differ."""
    return NotFoundError("未找到相关内容。", "Not found.")
