"""What the columns of a file of requests are called: common Chinese and English names, or whatever is mapped by hand."""

from collections.abc import Mapping, Sequence

from app.services.intake.tables import FileError

KNOWN_COLUMNS: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "content", "description", "内容", "诉求内容", "留言详情", "留言内容", "事项描述", "来电内容", "反映内容",
        "诉求描述", "问题描述", "工单内容", "来信内容",
    ),
    "title": ("title", "subject", "标题", "主题", "留言主题", "诉求标题", "诉求主题", "工单标题", "来信标题"),
    "external_ref": (
        "external_ref", "id", "ref", "编号", "留言编号", "工单编号", "流水号", "诉求编号", "工单号", "受理编号", "来信编号",
    ),
    "kind": ("kind", "诉求类型", "诉求性质", "工单类型"),
    "channel": ("channel", "来源", "渠道", "来源渠道", "诉求来源", "受理渠道"),
    "urgency": ("urgency", "紧急程度"),
    "address": ("address", "地址", "事发地址", "诉求地址", "事发地点", "诉求地点", "问题地址", "发生地址"),
    "area_code": ("area_code", "区划代码", "行政区划代码"),
    "category_code": ("category_code", "分类代码", "事项分类", "事项分类代码"),
    "requester.name": (
        "name", "requester.name", "姓名", "诉求人", "联系人", "来电人", "反映人", "诉求人姓名", "来电人姓名", "联系人姓名",
    ),
    "requester.phone": (
        "phone", "requester.phone", "电话", "手机", "联系电话", "手机号", "来电号码", "来电电话", "诉求人电话", "手机号码",
        "电话号码",
    ),
    "requester.id_number": ("id_number", "requester.id_number", "身份证号", "身份证号码"),
    "anonymous": ("anonymous", "是否匿名"),
    "confidential": ("confidential", "是否保密"),
    "publish_consent": ("publish_consent", "是否同意公开"),
    "notify": ("notify", "是否短信通知"),
}  # fmt: skip
"""Field → what its column may be called; the first that a file has is taken."""
FIELDS = tuple(KNOWN_COLUMNS)


def heading_row(rows: Sequence[Sequence[str]], given: Mapping[str, str]) -> int:
    """Place of the first row that names the column of the text: the `given` one, else a known one; 0 when none does."""
    known = [{name.lower() for name in row}.intersection(KNOWN_COLUMNS["text"]) for row in rows]
    mapped = [given.get("text") in row for row in rows]
    return next((place for named in (mapped, known) for place, found in enumerate(named) if found), 0)


def find_columns(columns: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Field → the column that it is taken from: the `given` one, "" for none, else the first that is known for it.

    Raises FileError for what cannot be meant so, and when no column holds the text.
    """
    for name, column in given.items():
        if name not in FIELDS:
            raise FileError(f"'{name}' is not a field; fields are {', '.join(FIELDS)}")
        if column and column not in columns:
            raise FileError(f"there is no column '{column}'; columns are {', '.join(columns)}")
    names = [column.strip().lower() for column in columns]
    if twice := {column for name, column in zip(names, columns, strict=True) if name and names.count(name) > 1}:
        raise FileError(f"there are two columns named {', '.join(sorted(twice))}; rename one")
    by_name = dict(zip(names, columns, strict=True))
    found = {name: column for name, column in given.items() if column}
    for name, columns_of in KNOWN_COLUMNS.items():
        if name not in given and (column_of := next((n for n in columns_of if n in by_name), None)):
            found[name] = by_name[column_of]
    if "text" not in found:
        raise FileError(f"no column holds the text; say which with --map text=COLUMN (columns: {', '.join(columns)})")
    return found
