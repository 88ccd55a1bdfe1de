"""Lists, files and figures asked for by a unit, category or area that is not there: refused, for nothing would look like no work."""

import pytest

from support.api import Api
from support.problems import ENGLISH, problem
from support.statements import attach

WHOLE = ("/v1/requests", "/v1/requests:export", "/v1/statistics/summary")
UNITS = (*WHOLE, "/v1/work-orders", "/v1/work-orders:export", "/v1/applications", "/v1/supervisions")
NAMES = {"unit": ("watr", "承办单位"), "category": ("9999", "事项分类"), "area": ("98", "区划")}


@pytest.mark.parametrize(
    ("path", "name"),
    [*((path, "unit") for path in UNITS), *((path, name) for path in WHOLE for name in ("category", "area"))],
)
async def test_what_is_not_there_is_named(api: Api, path: str, name: str) -> None:
    client, (wrong, zh) = api.as_("supervisor"), NAMES[name]
    for words, language in ((zh, {}), (f"No such {name}", ENGLISH)):
        (fault,) = problem(await client.get(path, params={name: wrong}, headers=language), 422)["errors"]
        assert (fault["pointer"], fault["code"]) == (f"/query/{name}", f"unknown-{name}")
        assert words in fault["message"]
        assert wrong in fault["message"]


async def test_of_several_values_the_wrong_ones_are_named_without_asking_the_database(api: Api) -> None:
    client, statements = api.as_("supervisor"), await attach(api)
    asked = {"unit": "water,watr,gsa", "category": "02,0203", "area": "99,9901,98"}
    assert await statements.of(lambda: client.get("/v1/requests", params=asked)) == []
    said = problem(await client.get("/v1/requests", params=asked), 422)["errors"]
    assert [(fault["pointer"], fault["message"]) for fault in said] == [
        ("/query/unit", "没有这个承办单位：watr、gsa。"),
        ("/query/area", "没有这样的区划：98。"),
    ]


async def test_closed_units_and_beginnings_of_codes_are_known(api: Api) -> None:
    admin, supervisor = api.as_("admin"), api.as_("supervisor")
    form = {"code": "old-office", "name": "原城管办", "kind": "department", "active": False}
    assert (await admin.post("/v1/units", json=form)).status_code == 201
    for path in UNITS:
        assert (await supervisor.get(path, params={"unit": "old-office"})).status_code == 200
    for query in ("category=0", "category=02,0203", "area=9", "area=990100001"):
        assert (await supervisor.get(f"/v1/requests?{query}")).status_code == 200
    assert (await api.as_("unit-water").get("/v1/work-orders?unit=gas")).json()["items"] == []


async def test_a_saved_filter_is_checked_when_it_is_saved_and_when_it_is_used(api: Api) -> None:
    supervisor, body = api.as_("supervisor"), {"name": "水务", "noun": "work-orders", "query": {"unit": "watr"}}
    (fault,) = problem(await supervisor.post("/v1/saved-filters", json=body), 422)["errors"]
    assert (fault["pointer"], fault["code"]) == ("/query/unit", "unknown-unit")
    number = (await supervisor.post("/v1/saved-filters", json={**body, "query": {"unit": "water"}})).json()["id"]
    async with api.here.database.connection() as connection:  # as it may lie there from before such were refused
        await connection.execute("""UPDATE saved_filter SET query = '{"unit": "watr"}' WHERE id = $1""", number)
    for path in ("/v1/work-orders", "/v1/work-orders:export"):
        (fault,) = problem(await supervisor.get(path, params={"saved": number}), 422)["errors"]
        assert (fault["pointer"], fault["code"]) == ("/query/saved", "unknown-unit")
        assert "watr" in fault["message"]
        assert (await supervisor.get(path, params={"saved": number, "unit": "water"})).status_code == 200
