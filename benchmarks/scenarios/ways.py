"""How a request gets to where each step begins, as steps of the service; a step is `who subject action [choice]`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.site import Site

HELPER = "fire-rescue"
TEAM, TOWNSHIP = "team-shimen", "township-qingshi"
"""A village team, and the township above it, which may pass work down and summon others."""
_SOON = (datetime.now(UTC) + timedelta(days=20)).replace(microsecond=0)
_SLIP = {"level": "orange", "reply_by": _SOON.isoformat(), "text": "请说明超期原因。"}
FORMS: dict[str, dict[str, Any]] = {
    "classify": {"urgency": "urgent"},
    "answer": {"text": "已向来电人说明政策和办理地点。"},
    "decline": {"reason": "military", "text": "不属于热线受理范围，请向有关部门反映。"},
    "transfer": {"to": "110", "reason": "属警情，已转接。"},
    "handover": {"question": "参保年限怎样认定？"},
    "handback": {"reason": "不属专家解答范围。"},
    "shield": {"unit_codes": ["tax"], "reason": "反映的是该单位。"},
    "hold": {"reason": "等待资金到位。", "review_on": str(_SOON.date())},
    "contact": {"method": "电话", "outcome": "已与来电人联系，约定明日上门。"},
    "progress": {"text": "已安排人员到现场查看，正在采购配件。"},
    "submit": {"result": "已更换损坏的灯头，照明恢复，来电人表示满意。", "outcome": "solved"},
    "return": {"reason": "not_our_duty", "text": "属供水单位职责。", "suggested_unit_code": "water"},
    "extend": {"reason": "需要采购配件。", "working_days": 1},
    "assist": {"unit_code": HELPER, "task": "请派人到场查看。"},
    "whistle": {"unit_codes": [HELPER], "task": "请到现场会商。", "place": "村委会"},
    "attendance": {"present": True},
    "refuse": {"reason": "理由不充分。"},
    "review approve": {"decision": "approve"},
    "review send_back": {"decision": "send_back", "reason": "请补充照片。"},
    "callbacks reached": {"outcome": "reached", "resolved": "yes", "satisfaction": 5},
    "callbacks unhappy": {"outcome": "reached", "resolved": "no", "satisfaction": 1},
    "callbacks no_answer": {"outcome": "no_answer"},
    "callbacks refused": {"outcome": "refused"},
    "rating": {"resolved": "yes", "satisfaction": 5},
    "exclude": {"reason": "unreasonable", "text": "与办理单位无关。"},
    "reopen": {"reason": "领导批示再办。"},
    "supplements": {"text": "补充：门牌已更换，请从北门进。"},
    "supervisions": _SLIP,
    "instructions": {"leader": "市长", "reply_by": _SOON.isoformat(), "text": "请尽快办理。"},
    "reply": {"text": "已整改，情况如下。"},
    "send_back": {"reason": "整改不到位。", "reply_by": _SOON.isoformat()},
    "reveal": {"reason": "需要联系诉求人。"},
}
"""Action and choice → a form that fits; actions that need nothing are missing."""


@dataclass(frozen=True)
class Way:
    """The measured step, what comes before it, the unit that leads, and whether it follows another request."""

    step: str
    before: tuple[str, ...] = ()
    unit: str = TEAM
    followed: bool = False

    @property
    def by_code(self) -> bool:
        """Whether a citizen takes it, by ticket number and query code."""
        return self.step.startswith("citizen ")


_DISPATCHED = ("dispatcher request dispatch",)
_WORKING = (*_DISPATCHED, "unit order accept")
_SUBMITTED = (*_WORKING, "unit order submit")
_RESOLVED = (*_SUBMITTED, "dispatcher request review approve")
_RATED = (*_RESOLVED, "callback request callbacks reached")
_ASSISTED = (*_WORKING, "unit order assist")
_HELPED = (*_ASSISTED, "helper help accept")
_WHISTLED = (*_WORKING, "unit order whistle")
_DELEGATED = (*_WORKING, "unit order delegate", "team help accept")
_SLIPPED = (*_WORKING, "supervisor request supervisions")
STEPS: dict[str, Way] = {
    # The unit that leads
    "accept": Way("unit order accept", _DISPATCHED),
    "contact": Way("unit order contact", _WORKING),
    "progress": Way("unit order progress", _WORKING),
    "submit": Way("unit order submit", _WORKING),
    "apply to return": Way("unit order return", _WORKING),
    "apply to extend": Way("unit order extend", _WORKING),
    "apply to hold": Way("unit order hold", _WORKING),
    "assist": Way("unit order assist", _WORKING),
    "delegate": Way("unit order delegate", _WORKING, TOWNSHIP),
    "whistle": Way("unit order whistle", _WORKING, TOWNSHIP),
    "withdraw": Way("dispatcher order withdraw", _WORKING),
    "reveal to the unit": Way("unit order reveal", _WORKING),
    # The units that help
    "helper accepts": Way("helper help accept", _ASSISTED),
    "helper contacts": Way("team help contact", _DELEGATED, TOWNSHIP),
    "helper progresses": Way("helper help progress", _HELPED),
    "helper submits": Way("helper help submit", _HELPED),
    "helper withdrawn": Way("unit help withdraw", _ASSISTED),
    "attendance": Way("unit help attendance", _WHISTLED, TOWNSHIP),
    # What was applied for
    "approve return": Way("dispatcher application approve", (*_WORKING, "unit order return")),
    "approve extension": Way("dispatcher application approve", (*_WORKING, "unit order extend")),
    "approve hold": Way("dispatcher application approve", (*_WORKING, "unit order hold")),
    "refuse": Way("dispatcher application refuse", (*_WORKING, "unit order return")),
    "cancel": Way("unit application cancel", (*_WORKING, "unit order return")),
    # The centre
    "classify": Way("dispatcher request classify"),
    "dispatch": Way("dispatcher request dispatch"),
    "dispatch elsewhere": Way("dispatcher request dispatch elsewhere", _DISPATCHED),
    "answer": Way("dispatcher request answer"),
    "decline": Way("dispatcher request decline"),
    "transfer": Way("dispatcher request transfer"),
    "transfer from a unit": Way("dispatcher request transfer", _WORKING),
    "handover": Way("operator request handover"),
    "handback": Way("expert request handback", ("operator request handover",)),
    "shield": Way("dispatcher request shield"),
    "hold": Way("dispatcher request hold", _WORKING),
    "resume": Way("dispatcher request resume", (*_WORKING, "dispatcher request hold")),
    "review, approve": Way("dispatcher request review approve", _SUBMITTED),
    "review, send back": Way("dispatcher request review send_back", _SUBMITTED),
    "merge": Way("dispatcher request merge", _WORKING, followed=True),
    "unmerge": Way("dispatcher request unmerge", (*_WORKING, "dispatcher request merge"), followed=True),
    # The citizen, and what follows
    "callback, reached": Way("callback request callbacks reached", _RESOLVED),
    "callback, done again": Way("callback request callbacks unhappy", _RESOLVED),
    "callback, no answer": Way("callback request callbacks no_answer", _RESOLVED),
    "callback, refused": Way("callback request callbacks refused", _RESOLVED),
    "citizen rates": Way("citizen ticket rating", _RESOLVED),
    "citizen adds facts": Way("citizen ticket supplements", _WORKING),
    "citizen chases": Way("citizen ticket reminders", _WORKING),
    "reopen": Way("supervisor request reopen", _RESOLVED),
    "close": Way("dispatcher request close", _RATED),
    "exclude": Way("supervisor request exclude", _RATED),
    "supplements": Way("operator request supplements", _WORKING),
    "reminders": Way("operator request reminders", _WORKING),
    "reveal": Way("dispatcher request reveal", _WORKING),
    # Supervision
    "supervisions": Way("supervisor request supervisions", _WORKING),
    "instructions": Way("supervisor request instructions", _WORKING),
    "slip, reply": Way("unit slip reply", _SLIPPED),
    "slip, settle": Way("supervisor slip settle", (*_SLIPPED, "unit slip reply")),
    "slip, send back": Way("supervisor slip send_back", (*_SLIPPED, "unit slip reply")),
}
"""Every step that a user can take, by the name it has in the table."""
PLACES = {
    "request": "v1/requests", "order": "v1/work-orders", "help": "v1/work-orders", "slip": "v1/supervisions",
    "application": "v1/applications", "ticket": "public/requests",
}  # fmt: skip
"""Subject → where it lives in the API."""


@dataclass
class Life:
    """A filed request and what is taken on it; `numbers` by subject."""

    site: Site
    unit: str
    numbers: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def begin(cls, site: Site, way: Way) -> "Life":
        """File a request that nobody is sure about and go the whole way to the measured step."""
        numbers = {}
        if way.followed:
            master = await cls.begin(site, Way("", _WORKING))
            numbers["master"] = master.ticket_no
        form = {"channel": "phone", "text": "你好，想咨询一下。", "requester": {"name": "李秀英"}}
        filed = await site.post("operator", "/v1/requests", form, 201)
        numbers |= {"request": filed["ticket_no"], "code": filed["query_code"]}
        life = cls(site, way.unit, numbers)
        for step in way.before:
            await life.take(step)
        return life

    @property
    def ticket_no(self) -> str:
        """Its number."""
        return self.numbers["request"]

    def tickets(self) -> list[str]:
        """Its number, and its master's if it follows one."""
        return [self.ticket_no, *([self.numbers["master"]] if "master" in self.numbers else [])]

    def user(self, step: str) -> str:
        """The user who takes the step."""
        who = step.split()[0]
        units = {"unit": self.unit, "helper": HELPER, "team": TEAM}
        return f"unit-{units[who]}" if who in units else who

    def number(self, step: str) -> str:
        """The number that the step is taken on."""
        subject = step.split()[1]
        return self.numbers["request" if subject == "ticket" else subject]

    def place(self, step: str) -> str:
        """Where such subjects live in the API."""
        return PLACES[step.split()[1]]

    def body(self, step: str) -> dict[str, Any] | None:
        """The form of the step, None when it needs none."""
        action, _, choice = step.split(" ", 2)[2].partition(" ")
        body = dict(FORMS.get(f"{action} {choice}".strip(), {}))
        if action in ("dispatch", "reopen", "supervisions", "instructions"):
            body["unit_code"] = "water" if choice == "elsewhere" else self.unit
        if action == "merge":
            body["into"] = self.numbers["master"]
        if action == "delegate":
            body["unit_code"] = TEAM
        if step.startswith("citizen "):
            body["code"] = self.numbers["code"]
        return body or None

    async def take(self, step: str) -> None:
        """Take a step and note the numbers of what it opened."""
        action = step.split()[2]
        path = f"/{self.place(step)}/{self.number(step)}/{action}"
        user = None if step.startswith("citizen ") else self.user(step)
        answer = await self.site.post(user, path, self.body(step))
        self._note(action, answer)

    def _note(self, action: str, answer: dict[str, Any]) -> None:
        if action in ("assist", "delegate", "whistle"):
            self.numbers["help"] = f"{self.ticket_no}-2"
        elif action in ("return", "extend", "hold") and answer.get("open_application"):
            self.numbers["application"] = answer["open_application"]
        elif action == "dispatch":
            self.numbers["order"] = f"{self.ticket_no}-1"
        elif action == "supervisions":
            self.numbers["slip"] = f"{self.ticket_no}-S1"
