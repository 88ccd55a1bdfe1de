"""Beats of the centre and the citizens: experts, other authorities, chasing, supervision, merging, call-backs, ratings."""

from datetime import datetime, timedelta

from app.domain.permissions import Permission as P
from app.domain.records import Exclusion, SlipLevel
from app.schemas import centre_steps, steps
from app.schemas.step_form import Empty
from app.services.simulation.month.beats import Beat, Make, When, centre, received, say, undecided, working
from app.services.simulation.month.stage import Stage, Ticket
from app.services.simulation.player import Move
from app.services.simulation.script import material


def _merged(ticket: Ticket) -> bool:
    return bool(ticket["state"] == "merged")


def _resolved(ticket: Ticket) -> bool:
    return bool(ticket["state"] == "resolved")


def _rated(ticket: Ticket) -> bool:
    return ticket["state"] in ("rated", "closed") and ticket["satisfaction"] is not None


def _has_slip(state: str) -> When:
    return lambda ticket: bool(ticket["slips"]) and ticket["slips"][0]["state"] == state


def _decline(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    reason = stage.rng.choice(tuple(steps.DeclineReason))
    text = stage.rng.choice(material()["decline_texts"][reason.value])
    return stage.centre(P.REQUEST_DECLINE, "decline", ticket, steps.Decline(reason=reason, text=text))


def _transfer(stage: Stage) -> steps.Transfer:
    return steps.Transfer(
        to="110", reason=say(stage, "transfer_reason"), three_way=True, three_way_note=say(stage, "three_way")
    )


def _merge(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    return stage.centre(P.REQUEST_MERGE, "merge", ticket, centre_steps.Merge(into=stage.master_of(ticket["ticket_no"])))


def issue(hours_to_reply: float, *, leader: bool = False) -> Beat:
    """A slip, or a leader's instruction, to be answered within so many hours."""

    def make(stage: Stage, ticket: Ticket, at: datetime) -> Move:
        by = at + timedelta(hours=hours_to_reply)
        if leader:
            said = centre_steps.Instruct(leader=say(stage, "leader"), reply_by=by, text=say(stage, "instruction"))
            return stage.centre(P.REQUEST_SUPERVISE, "instructions", ticket, said)
        form = centre_steps.Supervise(level=stage.rng.choice(tuple(SlipLevel)), reply_by=by, text=say(stage, "slip"))
        return stage.centre(P.REQUEST_SUPERVISE, "supervisions", ticket, form)

    return Beat(working, make, hours=3)


def _reply(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    unit = stage.cast.handler(ticket["slips"][0]["unit_code"])
    return stage.slip(unit, "reply", ticket, centre_steps.Reply(text=say(stage, "reply")))


def _settle(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    return stage.slip(stage.cast.staff(P.REQUEST_SUPERVISE, restricted=ticket["restricted"]), "settle", ticket, Empty())


def _not_enough(stage: Stage, ticket: Ticket, at: datetime) -> Move:
    form = centre_steps.SendBackReply(reason=say(stage, "reply_refused"), reply_by=at + timedelta(hours=48))
    return stage.slip(stage.cast.staff(P.REQUEST_SUPERVISE, restricted=ticket["restricted"]), "send_back", ticket, form)


def _overdue(ticket: Ticket) -> datetime | None:
    due: datetime | None = ticket["reply_by"]
    return due + timedelta(hours=3) if due else None


def rate(resolved: steps.Resolved, satisfaction: int, *, online: bool = False) -> Beat:
    """The citizen's opinion: on the web, or rung by an agent."""

    def make(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
        comment = stage.rng.choice(material()["comments"][str(satisfaction)])
        if online:
            said = steps.Rating(resolved=resolved, satisfaction=satisfaction, comment=comment)
            return stage.citizen("rating", ticket, said)
        call = steps.Callback(
            outcome=steps.CallOutcome.REACHED, resolved=resolved, satisfaction=satisfaction, comment=comment
        )
        return stage.centre(P.REQUEST_CALLBACK, "callbacks", ticket, call)

    return Beat(_resolved, make, hours=3)


def call(outcome: steps.CallOutcome) -> Beat:
    """A call that did not reach the citizen; the next one is on another half-day."""
    return Beat(_resolved, centre(P.REQUEST_CALLBACK, "callbacks", lambda _s: steps.Callback(outcome=outcome)), hours=5)


def citizen(action: str, key: str, form: type[steps.Supplement] | type[steps.Remind]) -> Make:
    """The citizen says something more."""
    return lambda stage, ticket, _at: stage.citizen(action, ticket, form(text=say(stage, key)))


HANDOVER = Beat(
    received, centre(P.REQUEST_HANDOVER, "handover", lambda s: centre_steps.Handover(question=say(s, "question"))), 0.3
)
HANDBACK = Beat(
    lambda ticket: ticket["desk"] is not None,
    centre(P.REQUEST_HANDOVER, "handback", lambda s: centre_steps.Handback(reason=say(s, "handback"))),
)
ANSWER = Beat(
    received, centre(P.REQUEST_ANSWER, "answer", lambda s: steps.Answer(text=s.rng.choice(material()["answers"])))
)
DECLINE = Beat(received, _decline, hours=0.5)
TRANSFER = Beat(undecided, centre(P.REQUEST_TRANSFER, "transfer", _transfer), hours=0.2, clock=True)
TRANSFER_LATER = Beat(working, centre(P.REQUEST_TRANSFER, "transfer", _transfer), hours=10)
CLASSIFY = Beat(
    undecided, centre(P.REQUEST_CLASSIFY, "classify", lambda _s: steps.Classify(category_code="0101")), hours=0.3
)
MERGE = Beat(undecided, _merge, hours=0.4)
UNMERGE = Beat(
    _merged, centre(P.REQUEST_MERGE, "unmerge", lambda s: centre_steps.Unmerge(note=say(s, "unmerge"))), hours=4
)
ADDS = Beat(working, citizen("supplements", "supplement", steps.Supplement), clock=True)
ADDS_AS_FOLLOWER = Beat(_merged, citizen("supplements", "supplement", steps.Supplement), clock=True)
CHASES = Beat(working, citizen("reminders", "remind", steps.Remind), hours=0.2, clock=True)
CHASES_AS_FOLLOWER = Beat(_merged, citizen("reminders", "remind", steps.Remind), hours=1, clock=True)
REPLY = Beat(_has_slip("open"), _reply, hours=4)
REPLY_LATE = Beat(_has_slip("open"), _reply, until=_overdue)
SETTLE = Beat(_has_slip("replied"), _settle, hours=3)
NOT_ENOUGH = Beat(_has_slip("replied"), _not_enough, hours=3)
EXCLUDE = Beat(
    _rated,
    centre(
        P.REQUEST_SUPERVISE,
        "exclude",
        lambda s: centre_steps.Exclude(reason=Exclusion.UNREASONABLE, text=say(s, "exclude")),
    ),
)
REOPEN = Beat(
    lambda ticket: ticket["state"] in ("rated", "closed"),
    centre(P.REQUEST_REOPEN, "reopen", lambda s: steps.Reopen(reason=say(s, "reopen"))),
    hours=6,
)
BAD_CALL = rate(steps.Resolved.NO, 1)
BAD_ONLINE = rate(steps.Resolved.NO, 2, online=True)
GOOD_ONLINE = rate(steps.Resolved.YES, 5, online=True)
GOOD_CALL = rate(steps.Resolved.YES, 4)
NO_ANSWER = call(steps.CallOutcome.NO_ANSWER)
HANGS_UP = call(steps.CallOutcome.REFUSED)
