"""Teaches a service by real steps: matters that the rules send to one unit, which gives them back, end with another."""

from typing import Any

from support.api import Api

AREA, TOWNSHIP = "990100001002", "990100001000"
BEFORE, AFTER = "urban-management", "power"
LAMPS = "0203"


async def file_lamp(api: Api, **changes: Any) -> dict[str, Any]:
    """A street lamp that the rules send to `BEFORE`."""
    return await api.file(category_code=LAMPS, area_code=AREA, **changes)


async def give_back(api: Api, filed: dict[str, Any], to: str = AFTER) -> None:
    """The unit returns it, and it is sent to another one."""
    order = filed["dispatch"]["work_order_no"]
    unit = f"unit-{filed['dispatch']['unit']['code']}"
    await api.step(unit, f"work-orders/{order}/accept")
    asked = await api.step(unit, f"work-orders/{order}/return", reason="not_our_duty", text="属供电单位职责")
    await api.step("dispatcher", f"applications/{asked['open_application']}/approve", reason="属实")
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code=to)


async def teach(api: Api, moved: int = 4, stayed: int = 1) -> str:
    """So many matters; returns the key of the lesson that they teach, known to the service."""
    filed = [await file_lamp(api) for _ in range(moved + stayed)]
    assert {one["dispatch"]["unit"]["code"] for one in filed} == {BEFORE}
    for one in filed[:moved]:
        await give_back(api, one)
    await api.here.reference.learn()
    return f"{LAMPS}~{TOWNSHIP}~{BEFORE}~{AFTER}"


async def walk(api: Api) -> None:
    """Every call about routing once, each answered as described."""
    admin, key = api.as_("admin"), await teach(api)
    one = f"/v1/routing-lessons/{key}"
    assert (await admin.get("/v1/routing-lessons")).json()["items"]
    assert (await admin.post(f"{one}/dismiss", json={"reason": "职责已调整"})).status_code == 200
    assert (await admin.post(f"{one}/dismiss", json={"reason": "职责已调整"})).json()["code"] == "lesson-decided"
    assert (await admin.get(one)).json()["history"]
    assert (await admin.post(f"{one}/restore")).status_code == 200
    assert (await admin.post(f"{one}/restore")).json()["code"] == "lesson-undecided"
    form = {"text": "清河佳苑南门外的路灯坏了。", "category_code": LAMPS, "area_code": AREA}
    assert (await admin.post("/v1/routing-rules:explain", json=form)).json()["obstacles"]
    assert (await admin.post("/v1/routing-rules:explain", json={"text": "你好"})).status_code == 200
    assert (await admin.get("/v1/routing-rules:report")).json()["lessons"]
    assert (await admin.post(f"{one}/adopt", json={})).status_code == 201
    assert (await admin.post(f"{one}/restore")).json()["rule"] is None
