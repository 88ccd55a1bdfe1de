"""The seat is told when a caller brings several matters, and files each as a request of its own."""

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


async def test_one_matter_brings_no_proposal(api: Api) -> None:
    filed = await api.file(category_code=None)
    assert filed["matters"] == []


async def test_nobody_is_asked_about_an_import(api: Api) -> None:
    filed = await api.file(text=TEXT, channel="import", category_code=None)
    assert filed["matters"] == []
