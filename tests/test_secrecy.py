"""What handlers, operators and auditors must not learn about those who ask in confidence, by any call."""

from typing import Any

import pytest

from support.api import Api

SECRET = "我叫赵铁柱，电话13812345678，住3号楼2单元501室，反映工地偷工减料。"
WORDS = ("赵铁柱", "13812345678", "501室", "张经理")
HANDLER = "unit-water"


@pytest.fixture(scope="module")
async def matter(api: Api) -> dict[str, Any]:
    """A confidential request with a handler, a supplement and a reason that say too much."""
    filed = await api.file(
        text=SECRET,
        confidential=True,
        external_ref="赵铁柱-1",
        requester={"name": "赵铁柱", "phone": "13812345678"},
        address="东河街道3号楼2单元501室",
        location={"lat": 31.2041, "lon": 105.6221},
    )
    ticket = filed["ticket_no"]
    reason = "来电人赵铁柱13812345678要求保密"
    order = await api.step("dispatcher", f"requests/{ticket}/dispatch", unit_code="water", reason=reason)
    await api.step("operator", f"requests/{ticket}/supplements", text="我叫赵铁柱，13812345678，补充一句。")
    return {"ticket_no": ticket, "work_order_no": order["work_order_no"]}


@pytest.mark.parametrize("reader", [HANDLER, "auditor", "operator"])
@pytest.mark.parametrize(
    "path",
    [
        "requests/{ticket_no}",
        "requests/{ticket_no}/timeline",
        "work-orders/{work_order_no}",
        "work-orders",
        "requests",
        "feed",
    ],
)
async def test_no_reader_without_the_right_learns_who_it_was(
    api: Api, matter: dict[str, Any], reader: str, path: str
) -> None:
    answer = await api.as_(reader).get(f"/v1/{path.format(**matter)}")
    assert answer.status_code == 200
    assert not [word for word in WORDS if word in answer.text]
    if path == "work-orders/{work_order_no}":
        body = answer.json()
        assert (body["requester"], body["address"], body["location"]) == (None, None, None)


@pytest.mark.parametrize("query", [{"phone": "13812345678"}, {"text": "赵铁柱"}, {"text": "偷工减料"}])
async def test_searching_is_no_oracle(api: Api, matter: dict[str, Any], query: dict[str, str]) -> None:
    found = (await api.as_(HANDLER).get("/v1/requests", params=query)).json()["items"]
    assert matter["ticket_no"] not in [item["ticket_no"] for item in found]


async def test_the_dispatcher_still_reads_it_all(api: Api, matter: dict[str, Any]) -> None:
    body = (await api.as_("dispatcher").get(f"/v1/requests/{matter['ticket_no']}")).json()
    assert "偷工减料" in body["text"]
    assert "13812345678" in body["text"]


async def test_an_anonymous_caller_is_revealed_to_no_unit(api: Api) -> None:
    filed = await api.file(anonymous=True, requester={"name": "钱七", "phone": "13712345678"})
    unit = "unit-" + filed["dispatch"]["unit"]["code"]
    answer = await api.as_(unit).post(f"/v1/requests/{filed['ticket_no']}/reveal", json={"reason": "联系"})
    assert answer.status_code == 403


async def test_a_unit_reveals_only_while_it_has_the_order(api: Api) -> None:
    filed = await api.file(requester={"name": "孙八", "phone": "13612345678"})
    path = f"requests/{filed['ticket_no']}/reveal"
    unit = "unit-" + filed["dispatch"]["unit"]["code"]
    assert (await api.step(unit, path, reason="联系诉求人"))["requester"]["phone"] == "13612345678"
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code="water")
    assert (await api.as_(unit).post(f"/v1/{path}", json={"reason": "再看一次"})).status_code == 403


async def test_a_caller_who_sees_little_is_told_of_no_strangers_matters(api: Api, matter: dict[str, Any]) -> None:
    cadre = {"username": "cadre.one", "display_name": "联户干部", "password": "long enough", "roles": ["cadre"]}
    assert (await api.as_("admin").post("/v1/users", json=cadre)).status_code == 201
    body = {"channel": "visit", "text": SECRET, "requester": {"phone": "13812345678"}}
    seen = (await api.as_("cadre.one").post("/v1/requests:preview", json=body)).json()
    assert seen["possible_duplicates"] == []
    taken = await api.as_("cadre.one").post(
        "/v1/requests", json={"channel": "phone", "text": "别的事情", "external_ref": "赵铁柱-1"}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "external-ref-taken")


@pytest.mark.parametrize("name", ["citizen", "system", "import", "simulator"])
async def test_no_user_takes_the_name_of_the_house(api: Api, name: str) -> None:
    body = {"username": name, "display_name": "某人", "password": "long enough", "roles": ["cadre"]}
    answer = await api.as_("admin").post("/v1/users", json=body)
    assert answer.json()["errors"][0]["code"] == "reserved"


async def test_answers_are_not_kept_on_the_way(api: Api, matter: dict[str, Any]) -> None:
    answer = await api.as_("dispatcher").get(f"/v1/requests/{matter['ticket_no']}")
    assert answer.headers["cache-control"] == "no-store"
