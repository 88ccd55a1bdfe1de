"""Why a text goes where, what the rules are worth, and from which confidence on the machine dispatches."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.cli.base import CommandError
from app.cli.judged_file import read_judged_file
from app.core.clock import now
from app.domain.coverage import NEVER, Judged
from app.services.routing import thresholds
from app.services.routing.thresholds import propose, read_judged
from support.api import TEXT, Api
from support.lessons import AFTER, AREA, BEFORE, LAMPS, teach
from support.product import Product
from support.statements import attach
from support.story import actor

EXPLAIN, REPORT = "/v1/routing-rules:explain", "/v1/routing-rules:report"


async def explained(api: Api, who: str = "dispatcher", **form: Any) -> dict[str, Any]:
    answer = await api.as_(who).post(EXPLAIN, json=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_explanation_says_what_filing_does(api: Api) -> None:
    told = await explained(api, text=TEXT)
    filed = (await api.as_("operator").post("/v1/requests:preview", json={"channel": "phone", "text": TEXT})).json()
    assert told["classification"] == filed["classification"]
    assert told["suggested_units"] == filed["suggested_units"]
    assert told["dispatched"] is bool(filed["dispatch"])
    assert told["classification"]["evidence"], "the words that decided"
    assert [seen["verdict"] for seen in told["rules"]][-1] == "taken"
    assert told["rules"][-1]["rule"]["id"] == told["suggested_units"][0]["rule_id"]


@pytest.mark.parametrize(
    ("form", "obstacle"),
    [
        ({"text": "。。。"}, "no-category"),
        ({"text": TEXT, "kind": "report"}, "confidential"),
        ({"text": TEXT, "category_code": LAMPS, "confidential": True}, "confidential"),
        ({"text": TEXT, "category_code": LAMPS, "area_code": AREA, "accused_unit_codes": [BEFORE]}, None),
    ],
)
async def test_what_keeps_the_machine_back(api: Api, form: dict[str, Any], obstacle: str | None) -> None:
    told = await explained(api, **form)
    codes = [one["code"] for one in told["obstacles"]]
    assert not told["dispatched"]
    assert told["unit"] is None
    if obstacle:
        assert obstacle in codes
    else:
        assert set(codes) & {"avoided", "no-rule"}
        assert "avoided" in [seen["verdict"] for seen in told["rules"]]


async def test_questions_that_make_no_sense(api: Api) -> None:
    client = api.as_("dispatcher")
    for form in ({}, {"text": ""}, {"text": "\x00"}, {"text": 5}, {"text": "a", "kind": "x"}, {"text": "a", "b": 1},
                 {"text": "路灯", "category_code": "9999"}, {"text": "路灯", "area_code": "1"},
                 {"text": "路灯", "accused_unit_codes": ["none"]}, {"text": "灯" * 20_001}):  # fmt: skip
        assert (await client.post(EXPLAIN, json=form)).status_code == 422, form
    for since in ("x", "2020-01-01", "2999-01-01"):
        assert (await client.get(REPORT, params={"since": since})).status_code == 422, since
    for who, explained_to, reported_to in ((None, 401, 401), ("unit-gas", 200, 403), ("supervisor", 200, 200)):
        assert (await api.as_(who).post(EXPLAIN, json={"text": TEXT})).status_code == explained_to
        assert (await api.as_(who).get(REPORT)).status_code == reported_to


async def test_a_threshold_of_its_own(api: Api) -> None:
    admin = api.as_("admin")
    usual = api.here.settings.auto_dispatch_confidence
    assert (await explained(api, text=TEXT))["threshold"] == usual
    for code, value, threshold in (("02", 0.75, 0.75), (LAMPS, 0.999, 0.999), (LAMPS, None, 0.75), ("02", None, usual)):
        changed = await admin.patch(f"/v1/categories/{code}", json={"auto_dispatch_confidence": value})
        assert changed.json()["auto_dispatch_confidence"] == value
        told = await explained(api, text=TEXT)
        assert told["threshold"] == threshold
        assert ("below-threshold" in [one["code"] for one in told["obstacles"]]) is (told["confidence"] < threshold)
    for wrong in (-0.1, 1.1, "much", True):
        answer = await admin.patch(f"/v1/categories/{LAMPS}", json={"auto_dispatch_confidence": wrong})
        assert answer.status_code == 422, wrong


async def test_the_report_names_what_is_wrong_with_the_rules(api: Api) -> None:
    key = await teach(api)
    admin = api.as_("admin")
    rules: list[int] = []
    for form in (
        {"category_prefix": "0203", "unit_code": "power", "priority": -5, "note": "covered"},
        {"category_prefix": "0203", "area_prefix": "990100001", "kind": "praise", "unit_code": "power", "note": "never"},
        {"category_prefix": "02", "area_prefix": "990100001002", "unit_code": "tax", "note": "crossing"},
    ):  # fmt: skip
        rules.append((await admin.post("/v1/routing-rules", json=form)).json()["id"])
    await admin.post("/v1/categories", json={"code": "9801", "name": "新事项", "parent_code": None})
    report = (await admin.get(REPORT, params={"since": str(now().date() - timedelta(days=2))})).json()
    covered, never, crossing = rules
    assert covered in [row["rule"]["id"] for row in report["covered"]]
    assert never in [rule["id"] for rule in report["never_hit"]]
    assert crossing in [row["second"]["id"] for row in report["crossing"]]
    assert [row["hits"] for row in report["hit"]] == sorted((row["hits"] for row in report["hit"]), reverse=True)
    assert report["hit"][0]["hits"] >= 5
    worst = report["returns"][0]
    assert (worst["unit"]["code"], worst["cases"], worst["came_back"], worst["share"]) == (BEFORE, 5, 4, 0.8)
    assert worst["endings"][0]["unit"]["code"] == AFTER
    assert [lesson["id"] for lesson in report["lessons"]] == [key]
    told = await explained(api, text=TEXT, category_code=LAMPS, area_code=AREA)
    assert ("lesson" in [one["code"] for one in told["obstacles"]], told["lessons"][0]["id"]) == (True, key)
    for number in rules:
        await admin.delete(f"/v1/routing-rules/{number}")


async def test_what_the_questions_cost_in_statements(api: Api) -> None:
    statements, client = await attach(api), api.as_("dispatcher")
    for call, most in (
        (lambda: client.get("/v1/routing-lessons"), 0),
        (lambda: client.post(EXPLAIN, json={"text": TEXT}), 0),
        (lambda: client.get(REPORT), 2),
    ):
        assert len(await statements.of(call)) == most


async def test_suggestions_are_judged_by_what_people_made_of_them(api: Api) -> None:
    dispatcher, since = api.as_("dispatcher"), now()
    filed = []
    for number in range(4):
        body = {"channel": "phone", "text": f"{TEXT}（{number}号灯杆）"}
        filed.append((await api.as_("operator").post("/v1/requests", json=body)).json())
    code = filed[0]["classification"]["category_code"]
    path = "/v1/requests/{}/classify"
    for one, form in (
        (filed[0], {"category_code": code}),
        (filed[1], {"category_code": "0101"}),
        (filed[2], {"urgency": "urgent"}),
    ):
        assert (await dispatcher.post(path.format(one["ticket_no"]), json=form)).status_code == 200
    judged = [one for one in await read_judged(api.here, since) if one.group == code[:2]]
    assert (sum(one.right for one in judged), sum(one.wrong for one in judged)) == (1, 1), "confirmed, corrected"


async def test_thresholds_are_written_and_taken_away_again(api: Api) -> None:
    reference, admin = api.here.reference.now, actor(api, "admin")
    judged = [Judged("02", 0.4, 300, 3), Judged("02", 0.1, 10, 90), Judged("03", 0.9, 5, 5), Judged("04", 0.8, 60, 90)]
    rows = {row.category_code: row for row in propose(reference, judged, 0.95)}
    assert (rows["02"].point.threshold, rows["02"].pooled) == (0.4, False)
    assert (rows["03"].pooled, rows["04"].point.threshold) == (True, NEVER)
    assert await thresholds.apply(api.here, admin, list(rows.values())) == len(rows) - 1
    assert api.here.reference.now.auto_dispatch_threshold("0203") == 0.4
    assert await thresholds.apply(api.here, admin, list(rows.values())) == 0, "again: nothing to change"
    assert await thresholds.clear(api.here, admin) == len(rows) - 1
    assert api.here.reference.now.auto_dispatch_threshold("0203") == api.here.settings.auto_dispatch_confidence
    nothing = propose(reference, [], 0.95)
    assert {row.point for row in nothing} == {None}
    assert await thresholds.apply(api.here, admin, nothing) == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no lines"), (b"category,confidence,correct\n", "no lines"), (b"\xff\xfe\x00", "UTF-8"),
        (b"category,confidence,correct\n0203,0.5,maybe\n", "line 2"), (b"category,confidence,correct\n0203,2,1\n", "line 2"),
        (b"category,confidence,correct\n0203,nan,1\n", "line 2"), (b"category,confidence,correct\n0203\n", "line 2"),
        (b"a,b\n1,2\n", "line 2"), (b"category,confidence,correct\nx,0.5,1\n", "line 2"),
    ],
)  # fmt: skip
def test_a_file_of_judgements_that_cannot_be_read(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "judged.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=complaint):
        read_judged_file(path)


@pytest.fixture
def product() -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="hotline-routing-"))
    folder.chmod(0o711)
    yield Product(folder)
    shutil.rmtree(folder, ignore_errors=True)


async def test_the_command(product: Product, api: Api) -> None:
    product.environment |= {
        "HOTLINE_DATABASE_URL": api.here.settings.database_url,
        "HOTLINE_SECRET_KEYS": api.here.settings.secret_keys,
    }

    async def run(*arguments: str) -> dict[str, Any]:
        printed = await asyncio.to_thread(product.run, "routing", *arguments, "--json")
        return json.loads(printed)

    told = await run("explain", TEXT, "--address", "东湖花园南门")
    assert told["rules"]
    judged = product.folder / "judged.csv"
    judged.write_text("category,confidence,correct\n" + "0203,0.71,1\n" * 150)
    done = await run("thresholds", "--from", str(judged), "--apply")
    assert {row["threshold"] for row in done["rows"]} == {0.71}
    assert (await run("thresholds", "--clear"))["cleared"] == done["changed"]
    for arguments in (("explain", TEXT), ("report",)):
        await asyncio.to_thread(product.run, "routing", *arguments)
    refused = await asyncio.to_thread(product.run, "routing", "explain", TEXT, "--area", "1", check=False)
    assert refused == ""
