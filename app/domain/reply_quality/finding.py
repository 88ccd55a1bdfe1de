"""What can be wrong with a reply: each fault with its weight, and what would be right, in words for the clerk."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`warning`: a citizen will complain about it; `hint`: it could be better."""

    WARNING = "warning"
    HINT = "hint"


class Code(StrEnum):
    """A kind of fault."""

    TOO_SHORT = "too-short"
    ONLY_PHRASES = "only-phrases"
    ONLY_PASSED_ON = "only-passed-on"
    OTHER_MATTER = "other-matter"
    PERSONAL_DATA = "personal-data"
    PLACEHOLDER = "placeholder"
    BLAMING = "blaming"
    COPIED = "copied"
    NO_ACTION = "no-action"
    NO_DATE = "no-date"
    NO_OUTCOME = "no-outcome"
    OPEN_ENDED = "open-ended"
    POINT_UNANSWERED = "point-unanswered"
    IMPERATIVE = "imperative"
    STOCK_PHRASE = "stock-phrase"
    NAMED_PERSON = "named-person"
    WRONG_SALUTATION = "wrong-salutation"
    IMPOSSIBLE_DATE = "impossible-date"
    NO_GREETING = "no-greeting"
    NO_CONTACT = "no-contact"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of a code; `cost`: points off 100."""

    severity: Severity
    cost: int
    zh: str
    en: str
    advice_zh: str
    advice_en: str


_W, _H = Severity.WARNING, Severity.HINT
FAULTS: dict[Code, Fault] = {
    Code.TOO_SHORT: Fault(_W, 45, "内容太少，没有告诉市民任何办理情况。", "It says next to nothing.", "请写明查到了什么、做了什么、结果怎样。", "Say what was found, what was done and what came of it."),
    Code.ONLY_PHRASES: Fault(_W, 40, "通篇是套话，没有具体内容。", "Nothing but set phrases.", "请用具体的事实代替，例如“11月23日已更换6盏路灯”。", "Put facts instead: what was done, where, when."),
    Code.ONLY_PASSED_ON: Fault(_W, 40, "只说已转办或正在调查，没有结果。", "It only says that the matter was passed on or is being looked into.", "请等有结果再提交；确需时间的，写明由谁办、何时答复。", "Submit once there is a result, or say who acts and by when."),
    Code.OTHER_MATTER: Fault(_W, 30, "答复内容与市民反映的事看不出关联。", "The reply does not seem to speak of the citizen's matter.", "请核对是否答非所问或贴错答复，并点明市民反映的具体事项和地点。", "Check that it belongs to this request, and name the matter and the place."),
    Code.PERSONAL_DATA: Fault(_W, 25, "含有手机号、身份证号、车牌等个人信息。", "It holds personal data: a mobile, identity or plate number.", "请删去，联系方式改用单位的固定电话。", "Take it out; give the office's land line instead."),
    Code.PLACEHOLDER: Fault(_W, 25, "有未填写的空位或占位符。", "A blank of the template was left.", "请填上实际内容，或删去。", "Fill it in or take it out."),
    Code.BLAMING: Fault(_W, 30, "语气生硬，有责怪或推脱市民的说法。", "It blames the citizen or brushes him off.", "请改为客观说明情况；不属本单位职责的，写明应找哪个部门。", "State facts; if it is another office's duty, say which."),
    Code.COPIED: Fault(_W, 30, "与本单位之前的答复几乎一样。", "Nearly the same as an earlier reply of this unit.", "请针对这件诉求写明实际办理情况。", "Say what was done in this very matter."),
    Code.NO_ACTION: Fault(_H, 15, "没有写明做了什么，也没有政策或事实说明。", "It neither says what was done nor explains anything.", "请写明谁在何时做了什么，或依据什么规定。", "Say who did what, or which rule applies."),
    Code.NO_DATE: Fault(_H, 5, "没有写明办理时间。", "It does not say when.", "请写明何时到现场、何时办结或何时能办好。", "Give the day of the visit, of the result, or by when it will be done."),
    Code.NO_OUTCOME: Fault(_H, 10, "没有写明结果或下一步安排。", "It gives neither a result nor a next step.", "请写明是否解决；没有解决的，写明原因和下一步。", "Say whether it is solved; if not, why and what comes next."),
    Code.OPEN_ENDED: Fault(_H, 10, "问题还没解决，却没有说什么时候能办好。", "It is not solved, and no time is named.", "请给出预计完成或再次答复的时间。", "Say when it is expected, or when you will reply again."),
    Code.POINT_UNANSWERED: Fault(_H, 12, "市民列出的问题，有的没有回应。", "A point that the citizen listed is not answered.", "请逐条回应。", "Answer point by point."),
    Code.IMPERATIVE: Fault(_H, 12, "有命令式的说法。", "It gives orders.", "请改用“请您”“建议您”等说法，并说明理由。", "Ask, and give the reason."),
    Code.STOCK_PHRASE: Fault(_H, 4, "有套话。", "A set phrase.", "可以删去，或写成具体做法和时间。", "Leave it out, or say what will be done and when."),
    Code.NAMED_PERSON: Fault(_H, 5, "写了具体人名。", "It names a person.", "公开答复一般不写市民或经办人的全名，可写单位和岗位。", "Name the office or the post instead."),
    Code.WRONG_SALUTATION: Fault(_H, 10, "称呼不对：答复的对象是市民。", "The salutation is not the citizen's.", "请用“市民朋友”“您好”等称呼。", "Address the citizen."),
    Code.IMPOSSIBLE_DATE: Fault(_H, 10, "日期不存在。", "There is no such date.", "请核对日期。", "Check the date."),
    Code.NO_GREETING: Fault(_H, 3, "没有问候。", "No greeting.", "请以“您好”开头。", "Begin with 您好."),
    Code.NO_CONTACT: Fault(_H, 2, "没有留联系电话。", "No number to ring.", "请写明承办科室的固定电话，方便市民再问。", "Give the office's land line for further questions."),
    Code.TOO_LONG: Fault(_H, 5, "篇幅过长，市民不易看到结果。", "Too long to see the result.", "请先写结果，再写经过，控制在一千五百字以内。", "Put the result first and keep it under 1,500 characters."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in a reply; `start` and `end` say where, or are None when the whole is meant. `about`: which point."""

    code: Code
    start: int | None = None
    end: int | None = None
    about: str | None = None

    @property
    def fault(self) -> Fault:
        """What is said of it."""
        return FAULTS[self.code]
