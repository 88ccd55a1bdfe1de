"""Whole lives, step by step, through real HTTP."""

from support.api import Api


async def test_a_request_lives_from_filing_to_closing(api: Api) -> None:
    filed = await api.file(requester={"name": "张三", "phone": "13800000000"})
    ticket, order = filed["ticket_no"], filed["dispatch"]["work_order_no"]
    unit = "unit-" + filed["dispatch"]["unit"]["code"]
    assert filed["state"] == "assigned"
    assert (await api.step(unit, f"work-orders/{order}/accept"))["state"] == "accepted"
    await api.step(unit, f"work-orders/{order}/contact", method="电话", outcome="已说明")
    await api.step(unit, f"work-orders/{order}/progress", text="已安排抢修。")
    await api.step(unit, f"work-orders/{order}/submit", result="路灯已修复。", outcome="solved")
    done = await api.step("dispatcher", f"requests/{ticket}/review", decision="approve")
    assert done["state"] == "resolved"
    rated = await api.step(
        "callback", f"requests/{ticket}/callbacks", outcome="reached", resolved="yes", satisfaction=5
    )
    assert rated["state"] == "rated"
    assert (await api.step("dispatcher", f"requests/{ticket}/close"))["state"] == "closed"
    timeline = (await api.as_("auditor").get(f"/v1/requests/{ticket}/timeline")).json()["items"]
    assert [item["seq"] for item in timeline] == list(range(1, 10))
    progress = await api.as_().get(f"/public/requests/{ticket}", params={"code": filed["query_code"]})
    assert progress.json()["result"] == "路灯已修复。"
