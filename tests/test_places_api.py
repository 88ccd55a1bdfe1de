"""Places on the map through the API: positions, house numbers, boundaries, and what a point says at intake."""

import copy
from typing import Any

import pytest

from support.api import Api
from support.description import Witness

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[105.9, 31.3], [105.95, 31.3], [105.95, 31.35], [105.9, 31.35], [105.9, 31.3]]],
}
ROAD = {"name": "新园路", "kind": "road", "area_code": "990100001001"}
VILLAGE = "/v1/areas/990100001001"


async def preview(api: Api, **form: Any) -> tuple[dict[str, Any], list[str]]:
    text = form.pop("text", "路灯坏了三天，没有人来修。")
    answer = await api.as_("operator").post("/v1/requests:preview", json={"channel": "phone", "text": text, **form})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["classification"], [advice["code"] for advice in body["advice"]]


async def test_a_road_with_house_numbers_is_found_by_number(api: Api) -> None:
    witness = Witness(api, "admin", "operator")
    admin = api.as_("admin")
    odd = await admin.post("/v1/places", json={**ROAD, "numbers": "单1-99", "lat": 31.2, "lon": 105.62})
    assert odd.status_code == 201, odd.text
    assert (odd.json()["numbers"], odd.json()["lat"]) == ("单1-99", 31.2)
    even = await admin.post("/v1/places", json={**ROAD, "area_code": "990100001002", "numbers": "双2-"})
    assert even.status_code == 201, even.text
    found, advice = await preview(api, address="新园路15号")
    assert (found["area_code"], found["area_evidence"], advice) == ("990100001001", ["新园路"], [])
    assert found["area_confidence"] >= 0.9
    assert (await preview(api, address="新园路16号"))[0]["area_code"] == "990100001002"
    asked, advice = await preview(api, address="新园路")
    assert {choice["area_code"] for choice in asked["area_alternatives"]} == {"990100001001", "990100001002"}
    assert {choice["why"] for choice in asked["area_alternatives"]} == {"新园路"}
    assert (asked["area_code"], "ask_place" in advice) == ("990100001000", True)
    await admin.patch(f"/v1/places/{even.json()['id']}", json={"numbers": None})
    assert (await preview(api, address="新园路16号"))[0]["area_code"] == "990100001002"
    assert {status for _, _, status in witness.seen} == {200, 201}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"numbers": "九十"}, "/numbers", "house-numbers"),
        ({"numbers": ""}, "/numbers", "string-too-short"),
        ({"numbers": "1;" * 300}, "/numbers", "string-too-long"),
        ({"numbers": 5}, "/numbers", "string-type"),
        ({"numbers": "1\x00"}, "/numbers", "nul-character"),
        ({"name": "路"}, "/name", "place-name"),
        ({"name": "%"}, "/name", "place-name"),
        ({"name": "\u200b"}, "/name", "place-name"),
        ({"name": ".*+("}, "/name", "place-name"),
        ({"name": "12"}, "/name", "place-name"),
        ({"aliases": ["新园", "路\u200b"]}, "/aliases/1", "place-name"),
        ({"aliases": ["新园", "新園"]}, "/aliases", "alias-twice"),
        ({"aliases": [f"新园{number}" for number in range(51)]}, "/aliases", "too-long"),
        ({"lat": 31}, "/lat", "pair"),
        ({"lat": 91, "lon": 0}, "/lat", "less-than-equal"),
    ],
)
async def test_what_a_place_cannot_be(api: Api, change: dict[str, Any], pointer: str, code: str) -> None:
    refused = await api.as_("admin").post("/v1/places", json={**ROAD, **change})
    assert refused.status_code == 422
    assert (refused.json()["errors"][0]["pointer"], refused.json()["errors"][0]["code"]) == (pointer, code)


@pytest.mark.parametrize("change", [{"name": "村"}, {"aliases": ["新园", "…"]}, {"aliases": ["新园", "新园"]}])
async def test_an_area_has_names_that_can_be_found_in_texts(api: Api, change: dict[str, Any]) -> None:
    refused = await api.as_("admin").patch(VILLAGE, json=change)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] in ("place-name", "alias-twice")


async def test_a_boundary_is_in_force_at_once_and_can_be_taken_away(api: Api) -> None:
    admin = api.as_("admin")
    point = {"lat": 31.32, "lon": 105.92}
    assert (await preview(api, location=point))[0]["area_code"] != "990100001001"
    before = (await admin.get(VILLAGE)).json()["boundary"]
    changed = await admin.patch(VILLAGE, json={"boundary": {**SQUARE, "bbox": [1, 2]}})
    assert changed.json()["boundary"] == SQUARE
    found, advice = await preview(api, location=point)
    assert (found["area_code"], found["area_confidence"], advice) == ("990100001001", 0.95, [])
    assert (await admin.patch(VILLAGE, json={"boundary": None})).json()["boundary"] is None
    assert (await preview(api, location=point))[0]["area_code"] != "990100001001"
    assert (await admin.patch(VILLAGE, json={"boundary": before})).status_code == 200


@pytest.mark.parametrize(
    ("boundary", "code"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "boundary-type"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 1]]]}, "boundary-ring"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 1], [0, 0.5]]]}, "boundary-open"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [999, 0], [0, 1], [0, 0]]]}, "boundary-point"),
        ({"type": "Polygon", "coordinates": [[[0, 0]] * 1001]}, "boundary-size"),
        ({"type": "Polygon", "coordinates": {"a": 1}}, "boundary-type"),
        ("POLYGON((0 0,1 0,0 1,0 0))", "dict-type"),
        ([], "dict-type"),
    ],
)
async def test_what_a_boundary_cannot_be(api: Api, boundary: Any, code: str) -> None:
    refused = await api.as_("admin").patch(VILLAGE, json={"boundary": boundary})
    assert refused.status_code == 422
    assert (refused.json()["errors"][0]["pointer"], refused.json()["errors"][0]["code"]) == ("/boundary", code)
    assert "{" not in refused.json()["errors"][0]["message"]


async def test_a_point_settles_agrees_or_is_asked_about(api: Api) -> None:
    willow = {"lat": 31.11092, "lon": 105.72535}
    assert (await preview(api, address="新民村", location=willow))[0]["area_code"] == "990100102201"
    agreed, _ = await preview(api, address="柳林镇新民村", location=willow)
    alone, _ = await preview(api, address="柳林镇新民村")
    assert agreed["area_confidence"] > alone["area_confidence"]
    asked, advice = await preview(api, address="迎晖社区", location=willow)
    assert (asked["area_code"], "ask_place" in advice) == (None, True)
    assert {choice["area_code"] for choice in asked["area_alternatives"]} == {"990100001001", "990100102201"}
    given, advice = await preview(api, address="迎晖社区", location=willow, area_code="990100001001")
    assert (given["area_code"], given["area_confidence"], advice) == ("990100001001", 1.0, [])


async def test_what_lies_outside_is_said(api: Api) -> None:
    for form in ({"address": "成都市人民东路88号"}, {"location": {"lat": 39.9, "lon": 116.4}}):
        found, advice = await preview(api, **copy.deepcopy(form))
        assert (found["area_code"], found["area_alternatives"], advice) == (None, [], ["outside_city"])
    filed = await api.file(address="成都市人民东路88号", text="路灯坏了三天，没有人来修。")
    assert filed["classification"]["area_code"] is None
