"""`hotline gazetteer`: a city's own areas and places come in whole or not at all, and go out as they came in."""

import csv
import json
from asyncio import to_thread
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS
from typer.testing import CliRunner, Result

from app.cli import app
from app.cli.base import CommandError
from app.settings import get_settings
from support.api import Api

CASES = Path(__file__).parent / "evaluation" / "addresses.csv"


class Shell:
    """Runs `hotline gazetteer` in this process, against the module's database."""

    def __init__(self, folder: Path) -> None:
        self._runner = CliRunner()
        self.folder = folder

    def run(self, *arguments: str) -> Result:
        return self._runner.invoke(app, ["gazetteer", *arguments])

    async def json(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        done = await to_thread(self.run, *arguments, "--json")
        assert done.exit_code == exit_code, (done.output, done.exception)
        return json.loads(done.stdout)

    async def refused(self, *arguments: str) -> str:
        done = await to_thread(self.run, *arguments)
        assert isinstance(done.exception, CommandError), done.output
        return str(done.exception)

    def file(self, content: str | bytes, name: str = "gazetteer.csv") -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


@pytest.fixture
def shell(database_copy: str, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    for name, value in {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS}.items():
        monkeypatch.setenv(f"HOTLINE_{name.upper()}", str(value))
    get_settings.cache_clear()
    yield Shell(tmp_path)
    get_settings.cache_clear()


AREAS = """code,name,level,parent_code,aliases,lat,lon,boundary
990100109201,梧桐村,village,990100109000,梧桐;梧桐大队,31.1,105.9,"{""type"":""Polygon"",""coordinates"":[[[105.8,31],[106,31],[106,31.2],[105.8,31]]]}"
990100109000,凤岭镇,township,990100000000,,31.1,105.9,
"""
PLACES = """名称,类别,区划代码,别名,门牌号,备注
凤岭路,road,990100109201,凤岭大街；老街,单1-99,无
"""


async def test_areas_and_places_come_in_once(api: Api, shell: Shell) -> None:
    areas, places = shell.file(AREAS, "areas.csv"), shell.file(PLACES.encode("gb18030"), "places.csv")
    assert await shell.json("import", areas, "--check") == {
        "kind": "areas", "read": 2, "added": 0, "changed": 0, "already": 0, "faulty": 0, "faults": [],
    }  # fmt: skip
    assert (await shell.json("import", areas))["added"] == 2
    assert (await shell.json("import", areas))["already"] == 2
    assert (await shell.json("import", places))["added"] == 1
    assert (await shell.json("import", places))["already"] == 1
    found = await shell.json("find", "凤岭路15号", "--text", "路灯坏了")
    assert (found["area_code"], found["area_name"]) == ("990100109201", "云岭市 凤岭镇 梧桐村")
    there = await shell.json("find", "", "--at", "31.05,105.95")
    assert there["area_code"] == "990100109201"
    asked = await to_thread(shell.run, "find", "新民村")
    assert "高坪乡 新民村" in asked.output
    await api.here.reference.refresh()
    read = (await api.as_("operator").get("/v1/areas/990100109201")).json()
    assert read["boundary"]["type"] == "Polygon"
    assert read["aliases"] == ["梧桐", "梧桐大队"]


async def test_unicode_text_of_a_spreadsheet_comes_in(api: Api, shell: Shell) -> None:
    content = "name\tkind\tarea_code\taliases\n梧桐大街\troad\t990100001001\t梧桐街;梧桐老街\n"
    assert (await shell.json("import", shell.file(content.encode("utf-16")), "--check"))["faulty"] == 0
    assert "UTF-16 with a byte order mark" in await shell.refused("import", shell.file(content.encode("utf-16-le")))


async def test_columns_that_a_file_lacks_stay_as_they_are(api: Api, shell: Shell) -> None:
    await shell.json("import", shell.file(AREAS))
    changed = await shell.json(
        "import", shell.file("code,name,level,parent_code\n990100109201,桐梓村,village,990100109000\n")
    )
    assert (changed["changed"], changed["added"]) == (1, 0)
    read = (await api.as_("operator").get("/v1/areas/990100109201")).json()
    assert (read["name"], read["aliases"], read["lat"]) == ("桐梓村", ["梧桐", "梧桐大队"], 31.1)
    assert read["boundary"]


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (
            "code,name,level,parent_code,lat,lon,boundary,active\n"
            "12,甲村,village,990100001000,,,,\n"
            "990100001301,,village,990100001000,,,,\n"
            "990100001302,甲村,hamlet,990100001000,,,,\n"
            "990100001303,甲村,village,990100999000,,,,\n"
            "990100001304,甲村,village,990100101000,,,,\n"
            "990100001305,甲村,village,990100001000,31,,,\n"
            "990100001306,甲村,village,990100001000,x,181,,\n"
            "990100001307,甲村,village,990100001000,,,{,\n"
            '990100001308,甲村,village,990100001000,,,"{""type"":""Point""}",\n'
            "990100001309,甲村,village,990100001000,,,,maybe\n"
            "990100001310,甲村,village\n"
            "990100001311,甲村,village,990100001000,,,,\n"
            "990100001311,乙村,village,990100001000,,,,\n"
            "990100001001,迎晖社区,township,990100000000,,,,\n"
            "990100102201,新民村,village,,,,,\n",
            {
                (2, "code", "string-pattern-mismatch"), (3, "name", "missing"), (4, "level", "enum"),
                (5, "parent_code", "unknown"), (6, "code", "prefix"), (7, "lat", "pair"), (8, "lat", "float-parsing"),
                (8, "lon", "less-than-equal"), (9, "boundary", "boundary-json"), (10, "boundary", "boundary-type"),
                (11, "active", "bool-type"), (12, "", "cells"), (14, "code", "duplicate"), (15, "level", "fixed"),
                (16, "parent_code", "required"),
            },
        ),
        ("code,name,level,parent_code,active\n990100101000,青石镇,township,990100000000,否\n", {(2, "active", "in-use")}),
        (
            "name,kind,area_code,numbers\n甲路,road,990100001001,9-1\n乙路,ROAD,990100001001,\n丙路,road,990100999999,\n",
            {(2, "numbers", "house-numbers"), (3, "kind", "string-pattern-mismatch"), (4, "area_code", "unknown")},
        ),
        ("name,kind,area_code\n甲\x00路,road,990100001001\n", {(2, "name", "nul-character")}),
        (f"name,kind,area_code\n{'长' * 201},road,990100001001\n", {(2, "name", "string-too-long")}),
    ],
)  # fmt: skip
async def test_every_faulty_line_is_named_and_nothing_is_written(
    api: Api, shell: Shell, content: str, faults: set[tuple[int, str, str]]
) -> None:
    before = await to_thread(shell.run, "export", "areas"), await to_thread(shell.run, "export", "places")
    outcome = await shell.json("import", shell.file(content), exit_code=1)
    assert {(fault["line"], fault["column"], fault["code"]) for fault in outcome["faults"]} == faults
    assert all(fault["message"] and fault["message_en"] for fault in outcome["faults"])
    assert (outcome["added"], outcome["changed"]) == (0, 0)
    checked = await shell.json("import", shell.file(content), "--check", exit_code=1)
    assert checked["faults"] == outcome["faults"]
    after = await to_thread(shell.run, "export", "areas"), await to_thread(shell.run, "export", "places")
    assert [one.stdout for one in before] == [one.stdout for one in after]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "neither areas"),
        ("a,b\n1,2\n", "neither areas"),
        ("code,name,level,name\n", "two columns"),
        ('name,kind,area_code\n"甲路,road,990100001001\n', "opens in line 2 is never closed"),
        (b"name,kind,area_code\n\xff\xff\xff,road,990100001001\n", "no encoding"),
    ],
)
async def test_what_is_no_gazetteer(api: Api, shell: Shell, content: str | bytes, word: str) -> None:
    assert word in await shell.refused("import", shell.file(content))
    assert "not a file" in await shell.refused("import", "nowhere.csv")
    assert "cannot be written" in await shell.refused("export", "areas", "--out", "/nowhere/areas.csv")


async def test_what_goes_out_comes_in_unchanged(api: Api, shell: Shell) -> None:
    for kind in ("areas", "places"):
        path = shell.folder / f"{kind}.csv"
        assert (await to_thread(shell.run, "export", kind, "--out", str(path))).exit_code == 0
        with path.open(encoding="utf-8", newline="") as file:
            count = sum(1 for _ in csv.DictReader(file))
        assert count > 80
        done = await shell.json("import", str(path))
        assert (done["read"], done["already"], done["faulty"]) == (count, count, 0)
    assert (await to_thread(shell.run, "export", "people")).exit_code == 2


async def test_anyone_can_evaluate_with_their_own_file(api: Api, shell: Shell) -> None:
    found = await shell.json("evaluate", str(CASES))
    assert found["accuracy"] >= 0.97
    assert len(found["not_right"]) == round((1 - found["accuracy"]) * found["read"])
    own = shell.file("address,text,expected\n迎晖社区,,990100001001\n新民村,,990100102201\n某处,,ask\n")
    told = await shell.json("evaluate", own)
    assert (told["read"], told["asked_wrongly"], told["missed"]) == (3, 1, 1)
    assert [item["line"] for item in told["not_right"]] == [3, 4]
    shown = await to_thread(shell.run, "evaluate", own)
    assert "新民村" in shown.output
    assert "ask or none" in await shell.refused("evaluate", shell.file("address,text,expected\na,b,c\n"))
    assert "no column" in await shell.refused("evaluate", shell.file("address\nx\n"))


async def test_points_that_are_none(api: Api, shell: Shell) -> None:
    for at in ("1", "a,b", "91,0", "0,181", "nan,0"):
        assert (await to_thread(shell.run, "find", "x", "--at", at)).exit_code == 2, at
