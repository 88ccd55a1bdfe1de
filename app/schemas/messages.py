"""Words for what a form can get wrong, in Chinese and English, and for the statuses of problems."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from app.domain.errors import FieldError, InvalidError

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求无法读取", "Malformed request"),
    401: ("请先登录", "Not authenticated"),
    403: ("没有权限", "Forbidden"),
    404: ("未找到", "Not found"),
    405: ("不支持该方法", "Method not allowed"),
    409: ("与当前状态冲突", "Conflict"),
    412: ("内容已更新", "Precondition failed"),
    413: ("内容过大", "Too large"),
    415: ("不支持的内容类型", "Unsupported media type"),
    416: ("没有这一段", "Range not satisfiable"),
    422: ("内容有误", "Invalid input"),
    429: ("尝试过多", "Too many attempts"),
    500: ("系统错误", "Internal error"),
    503: ("暂不可用", "Unavailable"),
}

_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("必填", "is required"),
    "extra_forbidden": ("没有这个字段", "is not a known field"),
    "extra_forbidden_among": ("没有这个字段，可用的有：{known}", "is not a known field; there are {known}"),
    "string_type": ("应为文本", "must be a string"),
    "string_too_short": ("至少 {min_length} 个字符", "must have at least {min_length} character(s)"),
    "string_too_long": ("过长，最多 {max_length} 个字符", "must have at most {max_length} characters"),
    "string_pattern_mismatch": ("格式不正确", "must match {pattern}"),
    "string_unicode": ("不是有效的 Unicode 文本", "must be valid Unicode"),
    "enum": ("须为以下之一：{expected}", "must be one of {expected}"),
    "literal_error": ("须为以下之一：{expected}", "must be one of {expected}"),
    "content_type": ("Content-Type 须为 application/json", "Content-Type must be application/json"),
    "bool_type": ("应为 true 或 false", "must be true or false"),
    "bool_parsing": ("应为 true 或 false", "must be true or false"),
    "int_type": ("应为整数", "must be an integer"),
    "int_parsing": ("应为整数", "must be an integer"),
    "int_parsing_size": ("数字过大", "is too large a number"),
    "int_from_float": ("应为整数", "must be an integer"),
    "float_type": ("应为数字", "must be a number"),
    "float_parsing": ("应为数字", "must be a number"),
    "finite_number": ("应为有限的数字", "must be a finite number"),
    "greater_than_equal": ("不能小于 {ge}", "must be at least {ge}"),
    "greater_than": ("必须大于 {gt}", "must be greater than {gt}"),
    "less_than_equal": ("不能大于 {le}", "must be at most {le}"),
    "less_than": ("必须小于 {lt}", "must be less than {lt}"),
    "model_type": ("应为 JSON 对象", "must be a JSON object"),
    "model_attributes_type": ("应为 JSON 对象", "must be a JSON object"),
    "dict_type": ("应为 JSON 对象", "must be a JSON object"),
    "list_type": ("应为列表", "must be a list"),
    "too_long": ("最多 {max_length} 项", "must have at most {max_length} items"),
    "too_short": ("至少 {min_length} 项", "must have at least {min_length} items"),
    "date_from_datetime_parsing": ("应为日期，如 2026-12-31", "must be a date such as 2026-12-31"),
    "date_parsing": ("应为日期，如 2026-12-31", "must be a date such as 2026-12-31"),
    "date_type": ("应为日期，如 2026-12-31", "must be a date such as 2026-12-31"),
    "datetime_parsing": ("应为时间，如 2026-12-31T09:00:00+08:00", "must be an instant with offset (RFC 3339)"),
    "datetime_from_date_parsing": (
        "应为时间，如 2026-12-31T09:00:00+08:00",
        "must be an instant with offset (RFC 3339)",
    ),
    "moment": (
        "应为日期（如 2026-11-01，指当天零时）或带时区的时间（如 2026-11-01T09:00:00+08:00）",
        "must be a day such as 2026-11-01 (its beginning) or an instant with offset such as 2026-11-01T09:00:00+08:00",
    ),
    "no_such_day": ("没有这一天，请核对日期", "is a day that does not exist"),
    "moment_too_early": ("不能早于 2000 年", "must not be before the year 2000"),
    "timezone_aware": ("时间须带时区，如 +08:00", "must have a UTC offset"),
    "nul_character": ("不能包含空字符（NUL）", "must not contain NUL characters"),
    "invalid_unicode": ("不是有效的 Unicode 文本", "must be valid Unicode"),
    "phone": (
        "不是有效的电话号码；请写作 13800000000 或 0990-5550000，不带分机号",
        "is not a phone number: write 13800000000 or 0990-5550000, without extension",
    ),
    "id_number": ("不是有效的 18 位身份证号", "is not an 18-digit identity number with a right check digit"),
    "reason_required": ("退回时须填写理由", "give a reason when sending back"),
    "answers_required": ("接通时须填写是否解决和满意度", "give resolved and satisfaction when reached"),
    "three_way_note_required": ("三方通话须填写通话记录", "say who spoke and what was agreed"),
    "one_of_until_and_working_days": (
        "until 与 working_days 须且只须填写一项",
        "give exactly one of until and working_days",
    ),
    "duplicate_items": ("每个单位只能填写一次", "name each unit once"),
    "nothing_to_change": ("至少填写一项要修改的内容", "give at least one thing to change"),
    "place_name": (
        "名称至少两个字（字母或数字），且不能只有数字或符号",
        "must have at least two letters or digits, one of them a letter",
    ),
    "alias_twice": ("别名不能重复", "must not have the same alias twice"),
    "boundary_type": (
        "须为 GeoJSON 的 Polygon 或 MultiPolygon，且含 coordinates",
        "must be a GeoJSON Polygon or MultiPolygon with coordinates",
    ),
    "boundary_ring": ("每个环至少有三个不同的点", "has a ring of less than three different points"),
    "boundary_open": ("每个环的首尾两点须相同", "has a ring that does not end where it begins"),
    "boundary_point": (
        "每个点写作 [经度, 纬度]，经度 -180 至 180，纬度 -90 至 90",
        "has a point that is not [lon, lat] with lon from -180 to 180 and lat from -90 to 90",
    ),
    "boundary_flat": ("每个环须围成面积", "has a ring that encloses no area"),
    "boundary_crossed": ("边界不能自相交", "has edges that cross each other"),
    "boundary_hole": ("内环须在外环之内", "has a hole outside its outer ring"),
    "boundary_size": ("边界最多 {most} 个点", "must have at most {most} points"),
    "house_numbers": (
        "门牌号写作 1-99、单1-99、双2-120、200-，多段用分号隔开",
        "is not a list of house numbers: write e.g. 1-99, 单1-99 (odd), 双2-120 (even), 200-, joined by ;",
    ),
    "span": ("时限写法如 2wh（工作小时）、5wd（工作日）、30m、24h", "is not a span: write e.g. 2wh, 5wd, 30m or 24h"),
}
_ABOUT = {
    "reason_required": "reason",
    "answers_required": "resolved",
    "three_way_note_required": "three_way_note",
    "one_of_until_and_working_days": "until",
}
"""Faults of a whole form that are about one field, or said beside the first of several."""
_NO_SUCH_DAY = ("day value is outside", "month value is outside")
"""How the library begins what it says of 31 November, whatever the field is."""
MOST_OF_A_NAME = 200
"""Characters of an unknown field's name that a pointer repeats; whoever sent more knows it."""
_FALLBACK = ("不正确", "is not valid")


def wants_english(accept_language: str) -> bool:
    """Whether English is preferred to Chinese: the first of the two that is named wins."""
    for part in accept_language.lower().split(","):
        name = part.split(";")[0].strip()
        if name.startswith("zh"):
            return False
        if name.startswith("en"):
            return True
    return False


def describe(item: dict[str, Any], *, english: bool, form: Any = None) -> dict[str, str]:
    """One fault of a form: `pointer` into the body (`/query/…`, `/header/…` for the rest), `code`, `message`.

    `form`: the type of what was to be filled in, where it is known; then an unknown field is told which there are.
    """
    if item["loc"] == ("body",) and isinstance(item.get("input"), bytes):
        item = {"type": "content_type", "loc": ("header", "Content-Type")}  # it was not said to be JSON, so not read
    where = [str(part)[:MOST_OF_A_NAME].replace("~", "~0").replace("/", "~1") for part in item["loc"]]
    if where[:1] == ["header"]:
        where[1] = where[1].title()
    if where and where[0] == "body":
        where = where[1:]
    if item["type"] in _ABOUT:
        where.append(_ABOUT[item["type"]])
    context = {key: _plain(value) for key, value in item.get("ctx", {}).items()}
    kind = "no_such_day" if context.get("error", "").startswith(_NO_SUCH_DAY) else item["type"]
    if kind == "extra_forbidden" and (names := _fields_at(form, item["loc"][item["loc"][0] == "body" : -1])):
        kind, context["known"] = "extra_forbidden_among", (", " if english else "、").join(names)
    words = _WORDS.get(kind, _FALLBACK)[english]
    if not english and "expected" in context:
        context["expected"] = context["expected"].replace(" or ", "、").replace(", ", "、").replace("'", "")
    try:
        message = words.format(**context)
    except KeyError:
        message = _FALLBACK[english]
    return {
        "pointer": "".join(f"/{part}" for part in where),
        "code": item["type"].replace("_", "-"),
        "message": message,
    }


def _fields_at(kind: Any, place: Sequence[str | int]) -> list[str]:
    """Names of the fields that a form has at a place; none where a place cannot be followed."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return _fields_at(fields.get(str(place[0])), place[1:]) if place else list(fields)
    inside = place[1:] if place and isinstance(place[0], int) else place
    return next(filter(None, (_fields_at(part, inside) for part in get_args(kind))), [])


def _plain(value: object) -> str:
    """A bound as people write it: 30, not 30.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def refused(error: ValidationError, prefix: str, form: type[BaseModel] | None = None) -> InvalidError:
    """What a model of ours (`form`) refused, as an error about the part of the body that `prefix` points to."""
    faults = []
    for item in error.errors(include_url=False):
        zh, en = (describe(dict(item), english=english, form=form) for english in (False, True))
        faults.append(FieldError(prefix + zh["pointer"], zh["code"], zh["message"], en["message"]))
    return InvalidError(faults)
