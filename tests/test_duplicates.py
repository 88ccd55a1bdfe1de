"""Like requests of other callers: shown with evidence to the centre's staff, and to nobody else; never a secret one."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app as commands
from app.domain.likeness import SAME
from app.services.housekeeping import clean_up
from app.services.intake.evaluation import curve, evaluate
from support.api import Api
from support.crowd import VOICES, age, phone, say

PLACE = "金桂花园"


@pytest.fixture(autouse=True)
async def nothing_before(api: Api) -> None:
    async with api.here.database.connection() as connection:
        await connection.execute("DELETE FROM request_key")


async def preview(api: Api, who: str = "operator", **form: Any) -> list[dict[str, Any]]:
    body = {"channel": "phone", "text": VOICES[1].format(place=PLACE), "category_code": "0901", **form}
    answer = await api.as_(who).post("/v1/requests:preview", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["possible_duplicates"]
    return found


async def test_another_callers_request_is_shown_with_its_evidence(api: Api) -> None:
    here, there = {"lat": 31.2000, "lon": 105.6000}, {"lat": 31.2009, "lon": 105.6000}
    ticket = await say(api, 1, location=here)
    [found] = await preview(api, requester={"phone": phone(2)}, location=there)
    assert found["ticket_no"] == ticket
    assert (found["same_caller"], found["same_place"], found["same_category"]) == (False, True, True)
    assert found["score"] >= SAME
    assert found["shared_words"][0] == "搅拌站"
    assert found["distance_m"] == pytest.approx(100, abs=2)
    assert found["days_ago"] == 0
    [own] = await preview(api, requester={"phone": phone(1)})
    assert (own["ticket_no"], own["same_caller"], own["distance_m"]) == (ticket, True, None)


async def test_other_places_other_matters_and_old_ones_are_not(api: Api) -> None:
    await say(api, 1, place="望江水岸")
    await say(api, 2, f"{PLACE}三栋电梯经常停运，物业不修。", category_code="0402")
    await say(api, 3, location={"lat": 31.5, "lon": 105.6})
    assert await preview(api, location={"lat": 31.2, "lon": 105.6}) == []
    for ticket in [await say(api, caller) for caller in range(4, 6)]:
        await age(api, ticket, timedelta(days=api.here.settings.duplicate_days, minutes=1))
    assert await preview(api, location={"lat": 31.2, "lon": 105.6}) == []


SIX = (
    "{}自来水浑浊，烧开了还有泥沙", "{}路面塌了一个坑，晚上骑车很危险", "{}今天一整天停电",
    "{}养猪场太臭，窗户不敢开", "{}村道太窄，会车都困难", "{}广场舞扰民，晚上十点还在跳",
)  # fmt: skip


@pytest.mark.parametrize("place", ["桃溪镇溪口村", "柏树镇杨家湾村"], ids=["known to the city", "known to nobody"])
async def test_a_place_alone_makes_no_matter(api: Api, place: str) -> None:
    texts = [text.format(place) for text in SIX]
    for caller, text in enumerate(texts):
        await say(api, caller, text, category_code=None)
    for text in texts:
        [found] = await preview(api, text=text, category_code=None)
        assert found["title"] == text
    village = place[3:]
    for text in (f"{village}停电了，供电所电话打不通", f"{village}又停电了，什么时候来电"):
        [found] = await preview(api, text=text, category_code=None)
        assert (found["title"], found["same_category"]) == (texts[2], True)


async def test_one_matter_at_one_place_is_found_in_a_few_words(api: Api) -> None:
    ticket = await say(api, 1, "清河佳苑南门路灯不亮好几天了", category_code=None)
    [found] = await preview(api, text="清河佳苑南门外的路灯坏了一个星期", category_code=None)
    assert found["ticket_no"] == ticket


async def test_one_caller_does_not_hide_the_others(api: Api) -> None:
    other = await say(api, 1)
    for voice in range(80):
        await say(api, 2, VOICES[voice % len(VOICES)].format(place=PLACE))
    found = await preview(api, requester={"phone": phone(77)})
    assert len(found) == 3
    assert other in {item["ticket_no"] for item in found}
    own = await preview(api, requester={"phone": phone(2)})
    assert [item["ticket_no"] for item in own if not item["same_caller"]] == [other]


async def test_the_callers_own_are_compared_before_they_are_cut(api: Api) -> None:
    same = await say(api, 88)
    for number in range(6):
        await say(api, 88, f"公交{number}路半小时不来一班，请增加班次。", category_code=None)
    assert same in [item["ticket_no"] for item in await preview(api, requester={"phone": phone(88)})]
    for _ in range(6):
        await say(api, 88)
    assert len(await preview(api, requester={"phone": phone(88)})) == 5


@pytest.mark.parametrize("secret", [{"kind": "report"}, {"confidential": True}, {"accused_unit_codes": ["water"]}])
async def test_secret_requests_are_shown_to_nobody(api: Api, secret: dict[str, Any]) -> None:
    await say(api, 1, **secret)
    for who in ("operator", "supervisor", "dispatcher"):
        if (await api.as_(who).post("/v1/requests:preview", json={})).status_code != 403:
            assert await preview(api, who) == []
    open_one = await say(api, 2)
    assert [found["ticket_no"] for found in await preview(api)] == [open_one]
    assert await preview(api, **secret) == []
    await api.step("dispatcher", f"requests/{open_one}/classify", kind="report")
    assert await preview(api) == []


async def test_citizens_learn_nothing_of_others(api: Api) -> None:
    await say(api, 1)
    answer = await api.as_().post("/public/requests", json={"text": VOICES[1].format(place=PLACE)})
    assert answer.status_code == 201
    assert not answer.json().get("possible_duplicates")


@pytest.mark.parametrize(
    "text", ["。", "的" * 20_000, "搅拌站" * 6_000, "😀" * 50, "a", "'; DROP TABLE request_key; --"]
)
async def test_any_text_is_compared(api: Api, text: str) -> None:
    await say(api, 1, text)
    await preview(api, text=text)


async def test_words_are_forgotten_when_nobody_searches_by_them(api: Api) -> None:
    await say(api, 1)
    async with api.here.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM request_key") > 3
        await clean_up(api.here, datetime.now(UTC) + timedelta(days=20))
        assert await connection.fetchval("SELECT count(*) FROM request_key") > 3
        await clean_up(api.here, datetime.now(UTC) + timedelta(days=60))
        assert await connection.fetchval("SELECT count(*) FROM request_key") == 0


def test_our_own_pairs_of_short_texts() -> None:
    folder = Path(__file__).parent / "evaluation"
    judged = evaluate(folder / "duplicate_messages.csv", folder / "duplicate_pairs.csv")
    [used] = [point for point in curve(judged) if point["threshold"] == SAME]
    assert (used["precision"], used["recall"]) == (1.0, 0.9167)


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_anybody_can_measure_it(tmp_path: Path) -> None:
    texts = [VOICES[0].format(place=PLACE), VOICES[1].format(place=PLACE), "公交车半小时不来一班，请增加班次。"]
    messages = write(tmp_path / "m.csv", ["id", "text"], [[str(i), text] for i, text in enumerate(texts)])
    pairs = write(tmp_path / "p.csv", ["a", "b", "same"], [["0", "1", "1"], ["0", "2", "0"], ["1", "2", "0"]])
    told = CliRunner().invoke(commands, ["duplicates", "evaluate", str(messages), str(pairs), "--json"])
    assert told.exit_code == 0, told.output
    assert '"precision":1.0,"recall":1.0' in told.output
    for wrong in (
        write(tmp_path / "1.csv", ["a", "b"], [["0", "1"]]),
        write(tmp_path / "2.csv", ["a", "b", "same"], [["0", "9", "1"]]),
        write(tmp_path / "3.csv", ["a", "b", "same"], [["0", "1", "maybe"]]),
        write(tmp_path / "4.csv", ["a", "b", "same"], []),
        tmp_path / "missing.csv",
    ):
        told = CliRunner().invoke(commands, ["duplicates", "evaluate", str(messages), str(wrong)])
        assert told.exit_code == 1
        assert told.exception is not None
