"""The seat is told when a caller brings several matters, and files each as a request of its own."""

from typing import Any

import pytest

from app.domain.routing import best_routes
from app.schemas.requests import RequestForm
from app.services.intake import several
from app.services.intake.assess import assess
from app.services.intake.checks import check
from support.api import Api

TEXT = (
    "我是东湖花园的居民。第一件事，南门外的路灯坏了一个星期，晚上一片漆黑。"
    "第二件事，小区里有人遛大型犬不牵绳，昨天咬伤了孩子。"
)


async def test_two_matters_are_proposed_and_each_can_be_filed(api: Api) -> None:
    body = {"channel": "phone", "text": TEXT, "requester": {"phone": "13800000077"}}
    preview = (await api.as_("operator").post("/v1/requests:preview", json=body)).json()
    assert [matter["category_code"] for matter in preview["matters"]] == ["0203", "0805"]
    for matter in preview["matters"]:
        filed = await api.as_("operator").post(
            "/v1/requests", json={**body, "text": matter["text"], "title": matter["title"]}
        )
        assert filed.status_code == 201
        assert filed.json()["classification"]["category_code"] == matter["category_code"]
        assert filed.json()["matters"] == []


async def test_matters_are_told_apart_by_units_that_may_have_them(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit of a matter is sought as filing seeks it: never one that is accused."""
    avoided = []

    def watched(*given: Any, avoid: Any, **named: Any) -> Any:
        avoided.append((avoid("urban-management"), avoid("transport")))
        return best_routes(*given, avoid=avoid, **named)

    def asks_for_units(*_: Any, unit_of: Any, **__: Any) -> tuple[()]:
        unit_of("0203")
        return ()

    monkeypatch.setattr(several, "best_routes", watched)
    monkeypatch.setattr(several, "matters_in", asks_for_units)
    body = {"channel": "phone", "text": TEXT, "accused_unit_codes": ["urban-management"]}
    seen = await api.as_("operator").post("/v1/requests:preview", json=body)
    assert seen.status_code == 200
    assert avoided == [(True, False)]


async def test_one_matter_brings_no_proposal(api: Api) -> None:
    filed = await api.file(category_code=None)
    assert filed["matters"] == []


async def test_no_matters_are_read_for_nobody(api: Api) -> None:
    reference, form = api.here.reference.now, RequestForm(channel="phone", text=TEXT)
    assert not assess(form, check(form, reference), reference).cut.asked
    assert assess(form, check(form, reference), reference, matters=True).cut.asked


async def test_nobody_is_asked_about_an_import(api: Api) -> None:
    filed = await api.file(text=TEXT, channel="import", category_code=None)
    assert filed["matters"] == []
