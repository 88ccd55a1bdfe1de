"""What stands still with an order that its unit wants to put on hold, and who hears of a slip; steps at given instants."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.clock import now
from app.domain.states import Subject
from app.schemas import centre_steps, unit_steps
from app.services.authentication import actor_of
from app.services.ledger.balance import balance
from app.services.steps import take_step
from app.services.sweep import sweep_one
from app.services.workflow.door import Command
from support.api import Api
from support.feed import poll
from support.lives import ABOVE, UNIT, live


async def take(api: Api, who: str, subject: Subject, action: str, number: str, form: Any, at: datetime) -> Any:
    """A step of a user at an instant of one's choice."""
    reference = api.here.reference.now
    user = next(user for user in reference.identities.users.values() if user.username == who)
    return await take_step(api.here, actor_of(reference, user), Command(subject, action, number, form), at)


async def order(api: Api, number: str) -> dict[str, Any]:
    async with api.here.database.connection() as connection:
        return dict(await connection.fetchrow("SELECT * FROM work_order WHERE work_order_no = $1", number) or {})


async def apply_for_hold(api: Api, order_no: str, at: datetime) -> str:
    form = unit_steps.ApplyHold(review_on=(at + timedelta(days=30)).date(), reason="等待资金到位。")
    await take(api, f"unit-{UNIT}", Subject.WORK_ORDER, "hold", order_no, form, at)
    return f"{order_no}-A1"


async def test_a_helper_asked_while_a_hold_is_applied_for_waits_as_well(api: Api) -> None:
    life, begin = await live(api, "in progress"), now() + timedelta(seconds=5)
    application = await apply_for_hold(api, life.order_no, begin)
    asked = unit_steps.Assist(unit_code=ABOVE, task="请提供管线图纸。")
    await take(api, f"unit-{UNIT}", Subject.WORK_ORDER, "assist", life.order_no, asked, begin + timedelta(hours=1))
    helper = f"{life.ticket_no}-2"
    before = await order(api, helper)
    assert before["held_at"] == begin + timedelta(hours=1)
    refused = unit_steps.Refuse(reason="请按原时限办理。")
    await take(api, "dispatcher", Subject.APPLICATION, "refuse", application, refused, begin + timedelta(days=20))
    after = await order(api, helper)
    assert after["held_at"] is None
    assert after["resolve_due_at"] > before["resolve_due_at"] + timedelta(days=15)
    found = await balance(api.here)
    assert found.balanced, found.discrepancies


async def test_lateness_is_not_called_out_for_time_that_stood_still(api: Api) -> None:
    life = await live(api, "in progress")
    begun = await order(api, life.order_no)
    late = begun["resolve_due_at"] + timedelta(hours=1)
    application = await apply_for_hold(api, life.order_no, late)
    assert begun["resolve_escalate_at"] < late + timedelta(days=20)
    refused = unit_steps.Refuse(reason="请抓紧办理。")
    await take(api, "dispatcher", Subject.APPLICATION, "refuse", application, refused, late + timedelta(days=20))
    after = await order(api, life.order_no)
    assert after["resolve_due_at"] == begun["resolve_due_at"]
    assert after["resolve_notice_at"] > late + timedelta(days=20)
    assert after["resolve_escalate_at"] > begun["resolve_escalate_at"] + timedelta(days=15)
    assert await sweep_one(api.here, life.ticket_no, late + timedelta(days=20, minutes=1)) == 0
    assert await sweep_one(api.here, life.ticket_no, after["resolve_escalate_at"]) == 2
    assert (await order(api, life.order_no))["escalated_at"] is not None
    found = await balance(api.here)
    assert found.balanced, found.discrepancies


@pytest.mark.parametrize("action", ["supervisions", "instructions"])
async def test_a_slip_is_news_to_the_unit_that_it_names(api: Api, action: str) -> None:
    life, at = await live(api, "in progress"), now()
    form = (
        centre_steps.Supervise(level="red", reply_by=at + timedelta(days=2), text="请说明原因。", unit_code=ABOVE)
        if action == "supervisions"
        else centre_steps.Instruct(leader="周副市长", reply_by=at + timedelta(days=2), text="请核查。", unit_code=ABOVE)
    )
    await take(api, "supervisor", Subject.REQUEST, action, life.ticket_no, form, at)
    async with api.here.database.connection() as connection:
        told = await connection.fetchrow(
            """SELECT e.unit_code, e.work_order_no FROM event e JOIN service_request r ON r.id = e.request_id
            WHERE r.ticket_no = $1 AND e.payload ? 'supervision'""",
            life.ticket_no,
        )
    assert dict(told or {}) == {"unit_code": ABOVE, "work_order_no": None}
    items = (await poll(api, f"unit-{UNIT}"))["items"]
    assert not any(item["kind"].startswith(("supervision", "instruction")) for item in items)
