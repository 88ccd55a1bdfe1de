"""Units, areas and categories: trees without cycles, and nothing closed that is still in use."""

from typing import Any

import httpx

from support.api import Api


def refused(answer: httpx.Response, pointer: str, code: str) -> None:
    """The answer is a 422 about just this field."""
    assert answer.status_code == 422, answer.text
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


async def made(api: Api, path: str, **form: Any) -> dict[str, Any]:
    answer = await api.as_("admin").post(f"/v1/{path}", json=form)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patch(api: Api, path: str, **form: Any) -> httpx.Response:
    return await api.as_("admin").patch(f"/v1/{path}", json=form)


async def test_a_unit_from_its_first_day_to_its_last(api: Api) -> None:
    form = {"code": "parks", "name": "园林绿化中心", "kind": "department", "parent_code": "housing", "phone": "110"}
    unit = await made(api, "units", **form)
    assert unit == {**form, "area_code": None, "active": True}
    assert api.here.reference.now.units["parks"].name == "园林绿化中心"
    assert (await api.as_("admin").get("/v1/units/parks")).json() == unit
    again = await api.as_("admin").post("/v1/units", json=form)
    assert (again.status_code, again.json()["code"]) == (409, "already-exists")
    renamed = await patch(api, "units/parks", name="园林中心", phone=None)
    assert renamed.json() == {**unit, "name": "园林中心", "phone": None}
    assert (await patch(api, "units/parks", active=False)).json()["active"] is False
    assert (await api.as_("admin").get("/v1/units/nobody")).status_code == 404
    assert (await api.as_("admin").get("/v1/units/%00")).status_code == 404


async def test_units_that_make_no_sense(api: Api) -> None:
    admin = api.as_("admin")
    form = {"code": "odd", "name": "某单位", "kind": "department"}
    refused(await admin.post("/v1/units", json={**form, "code": "bad code"}), "/code", "string-pattern-mismatch")
    refused(await admin.post("/v1/units", json={**form, "parent_code": "nobody"}), "/parent_code", "unknown")
    refused(await admin.post("/v1/units", json={**form, "parent_code": "odd"}), "/parent_code", "unknown")
    refused(await admin.post("/v1/units", json={**form, "area_code": "990199999999"}), "/area_code", "unknown")
    refused(await admin.post("/v1/units", json={**form, "kind": "village_team"}), "/area_code", "required")
    refused(await admin.post("/v1/units", json={**form, "colour": "red"}), "/colour", "extra-forbidden")
    refused(await patch(api, "units/housing"), "", "nothing-to-change")
    refused(await patch(api, "units/housing", name=None), "/name", "string-type")
    refused(await patch(api, "units/housing", code="other"), "/code", "extra-forbidden")
    assert (await patch(api, "units/nobody", name="无")).status_code == 404
    assert "odd" not in api.here.reference.now.units


async def test_no_unit_stands_above_itself(api: Api) -> None:
    for code, parent in (("one", None), ("two", "one"), ("three", "two")):
        await made(api, "units", code=code, name=code, kind="department", parent_code=parent)
    for above in ("one", "two", "three"):
        refused(await patch(api, "units/one", parent_code=above), "/parent_code", "cycle")
    assert (await patch(api, "units/three", parent_code="one")).status_code == 200
    closing = await patch(api, "units/one", active=False)
    assert closing.json()["code"] == "in-use"
    assert "2" in closing.json()["detail"]
    for code in ("two", "three", "one"):
        assert (await patch(api, f"units/{code}", active=False)).status_code == 200
    refused(await patch(api, "units/two", active=True), "/parent_code", "closed")


async def test_a_unit_with_work_or_rules_stays_open(api: Api) -> None:
    await made(api, "units", code="lamps", name="路灯所", kind="department")
    rule = await made(api, "routing-rules", category_prefix="0203", unit_code="lamps", priority=900)
    filed = await api.file(area_code="990100001001")
    assert filed["dispatch"]["unit"]["code"] == "lamps", "a new rule holds at once"
    closing = await api.as_("admin").patch("/v1/units/lamps", json={"active": False}, headers={"Accept-Language": "en"})
    assert (
        closing.json()["detail"] == "The unit is in use: 1 open work orders, 1 routing rules, 0 active units below it."
    )
    assert (await api.as_("admin").delete(f"/v1/routing-rules/{rule['id']}")).status_code == 204
    assert (await patch(api, "units/lamps", active=False)).status_code == 409
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code="housing", reason="改派")
    assert (await patch(api, "units/lamps", active=False)).status_code == 200
    refused(
        await api.as_("admin").post("/v1/routing-rules", json={"category_prefix": "0203", "unit_code": "lamps"}),
        "/unit_code",
        "closed",
    )


async def test_areas_keep_their_levels(api: Api) -> None:
    admin = api.as_("admin")
    village = {"code": "990100001099", "name": "新园社区", "level": "village", "parent_code": "990100001000"}
    area = await made(api, "areas", **village, aliases=["新园"], lat=31.2, lon=105.6)
    assert area["active"]
    grid = {"code": "990100001098", "name": "第一网格", "level": "grid", "parent_code": "990100001099"}
    await made(api, "areas", **grid)
    other = {**village, "code": "990100001097"}
    refused(await admin.post("/v1/areas", json={**other, "code": "99"}), "/code", "string-pattern-mismatch")
    refused(await admin.post("/v1/areas", json={**other, "parent_code": "990100000000"}), "/parent_code", "level")
    refused(await admin.post("/v1/areas", json={**other, "parent_code": "990100002000"}), "/code", "prefix")
    refused(await admin.post("/v1/areas", json={**other, "parent_code": None}), "/parent_code", "required")
    refused(await admin.post("/v1/areas", json={**other, "parent_code": "990100099000"}), "/parent_code", "unknown")
    refused(await admin.post("/v1/areas", json={**other, "level": "county"}), "/parent_code", "level")
    refused(await admin.post("/v1/areas", json={**other, "lat": 31.2}), "/lat", "pair")
    refused(await admin.post("/v1/areas", json={**other, "lat": 91, "lon": 1}), "/lat", "less-than-equal")
    refused(await patch(api, "areas/990100001099", level="grid"), "/level", "extra-forbidden")
    refused(await patch(api, "areas/990100001099", parent_code="990100001098"), "/parent_code", "level")
    assert (await patch(api, "areas/990100001099", active=False)).json()["code"] == "in-use"
    for code in ("990100001098", "990100001099"):
        assert (await patch(api, f"areas/{code}", active=False)).status_code == 200
    refused(await patch(api, "areas/990100001098", active=True), "/parent_code", "closed")


async def test_categories_keep_their_two_levels(api: Api) -> None:
    admin = api.as_("admin")
    top = await made(api, "categories", code="98", name="试验一类")
    assert top["parent_code"] is None
    child = await made(api, "categories", code="9801", name="试验二类", keywords=["试验台"], usual_kind="help")
    assert child["parent_code"] == "98"
    assert (await made(api, "categories", code="9802", name="另一类", parent_code="98"))["parent_code"] == "98"
    refused(await admin.post("/v1/categories", json={"code": "9701", "name": "无上级"}), "/parent_code", "unknown")
    refused(
        await admin.post("/v1/categories", json={"code": "980", "name": "三位"}), "/code", "string-pattern-mismatch"
    )
    refused(
        await admin.post("/v1/categories", json={"code": "9803", "name": "错", "parent_code": "01"}),
        "/parent_code",
        "prefix",
    )
    refused(await patch(api, "categories/9801", usual_urgency="soon"), "/usual_urgency", "enum")
    assert (await patch(api, "categories/98", active=False)).json()["code"] == "in-use"
    await made(api, "units", code="trials", name="试验单位", kind="department")
    await made(api, "routing-rules", category_prefix="98", unit_code="trials")
    filed = await api.file(category_code="9801", text="试验台坏了，请派人看看。")
    assert filed["dispatch"]["unit"]["code"] == "trials", "new categories are known at once"
    for code in ("9801", "9802", "98"):
        assert (await patch(api, f"categories/{code}", active=False)).status_code == 200
    answer = await api.as_("operator").post(
        "/v1/requests", json={"channel": "phone", "text": "试验台坏了。", "category_code": "9801"}
    )
    assert answer.status_code == 422


async def test_a_category_says_what_it_takes_in_and_what_goes_elsewhere(api: Api) -> None:
    admin = api.as_("admin")
    light = (await admin.get("/v1/categories/0203")).json()
    assert "巷子要求装灯" in light["includes"]
    assert "2614村级公共设施" in light["excludes"]
    assert "街灯" in light["keywords"], "synonyms are stored with the keywords"
    found = (await api.as_("operator").get("/v1/categories", params={"q": "灯光照进卧室"})).json()["items"]
    assert [one["code"] for one in found] == ["0203"], "operators find a category by what it takes in"
    changed = (await patch(api, "categories/0203", excludes="路灯杆上的广告归0104户外广告与牌匾")).json()
    assert (changed["includes"], changed["excludes"]) == (light["includes"], "路灯杆上的广告归0104户外广告与牌匾")
    refused(await patch(api, "categories/0203", includes=None), "/includes", "string-type")
    refused(await patch(api, "categories/0203", includes="长" * 4001), "/includes", "string-too-long")
