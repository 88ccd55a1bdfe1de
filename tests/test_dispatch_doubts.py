"""What keeps the machine from dispatching although it knows the category: an open place, danger, several possible towns."""

import pytest

from support.api import Api

EXPLAIN = "/v1/routing-rules:explain"


@pytest.mark.parametrize(
    ("text", "obstacle"),
    [
        ("成都市武侯区人民南路四段的路灯不亮了，晚上一片漆黑", "outside-city"),
        ("新民村的路灯不亮了，晚上一片漆黑", "place-open"),
        ("我们村里的村务公开栏半年没有更新，账目不公开", "place-unknown"),
        ("公交车上有人持刀砍人，快来人", "danger"),
    ],
)
async def test_a_doubt_goes_to_a_person(api: Api, text: str, obstacle: str) -> None:
    answer = (await api.as_("dispatcher").post(EXPLAIN, json={"text": text})).json()
    assert obstacle in [one["code"] for one in answer["obstacles"]], answer["obstacles"]
    filed = await api.file(text=text, category_code=None)
    assert (filed["state"], filed["dispatch"]) == ("received", None)


async def test_an_operator_who_was_told_the_place_settles_it(api: Api) -> None:
    filed = await api.file(text="新民村的路灯不亮了，晚上一片漆黑", area_code="990100002001", category_code="0203")
    assert filed["state"] == "assigned"
