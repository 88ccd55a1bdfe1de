"""Calendar, knowledge and gazetteer: what operators look up all day, and that a change is known at once."""

from datetime import date

from support.api import Api


async def test_the_calendar_knows_holidays_and_what_is_not_announced(api: Api) -> None:
    client = api.as_("operator")
    rows = await client.get("/v1/calendar", params={"from": "2026-10-01", "to": "2026-10-10"})
    assert "2026-10-01" in [row["day"] for row in rows.json()["items"]]
    assert all("2026-10-01" <= row["day"] <= "2026-10-10" for row in rows.json()["items"])
    assert (await client.get("/v1/calendar", params={"provisional": "true"})).json()["items"]

    async def check(day: str) -> tuple[bool, bool]:
        answer = (await client.get("/v1/calendar:check", params={"day": day})).json()
        return answer["working"], answer["provisional"]

    assert await check("2026-10-01") == (False, False)
    assert await check("2026-11-23") == (True, False)
    assert await check("2026-11-22") == (False, False)
    assert await check("2028-03-01") == (True, True), "make-up days of that year are not announced"
    assert await check("2099-03-02") == (True, True)
    assert (await client.get("/v1/calendar:check", params={"day": "2026-13-01"})).status_code == 422
    assert (await client.get("/v1/calendar:check")).status_code == 422


async def test_a_local_holiday(api: Api) -> None:
    admin = api.as_("admin")
    day = {"day": "2026-12-16", "working": False, "name": "建城纪念日"}
    made = await admin.post("/v1/calendar", json=day)
    assert (made.status_code, made.json()) == (201, {**day, "provisional": False})
    assert not api.here.reference.now.calendar.is_working_day(date(2026, 12, 16))
    assert (await admin.post("/v1/calendar", json=day)).json()["code"] == "already-exists"
    changed = await admin.patch("/v1/calendar/2026-12-16", json={"working": True, "provisional": True})
    assert changed.json()["working"]
    assert (await admin.get("/v1/calendar:check", params={"day": "2026-12-16"})).json() == {
        "day": "2026-12-16",
        "working": True,
        "name": "建城纪念日",
        "provisional": True,
    }
    assert (await admin.delete("/v1/calendar/2026-12-16")).status_code == 204
    assert (await admin.get("/v1/calendar/2026-12-16")).status_code == 404
    for wrong in ("2026-02-30", "tomorrow", 5, None):
        assert (await admin.post("/v1/calendar", json={**day, "day": wrong})).status_code == 422, wrong


async def test_knowledge_is_found_by_its_words(api: Api) -> None:
    admin = api.as_("admin")
    form = {
        "title": "电动自行车上牌办理",
        "body": "带发票、合格证和身份证，到车管所服务点办理登记。",
        "keywords": ["电动车上牌"],
    }
    made = await admin.post("/v1/knowledge", json=form)
    assert made.status_code == 201, made.text
    article = made.json()
    assert "search" not in article
    one = f"/v1/knowledge/{article['id']}"

    async def found(words: str) -> list[int]:
        answer = await api.as_("operator").get("/v1/knowledge", params={"q": words, "active": "true"})
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert article["id"] in await found("自行车上牌")
    assert article["id"] not in await found("护照")
    changed = await admin.patch(one, json={"title": "护照办理", "body": "到出入境窗口办理。", "keywords": []})
    assert changed.json()["updated_at"] > article["updated_at"]
    assert article["id"] in await found("护照")
    assert article["id"] not in await found("自行车上牌")
    assert await found("%_\\'") == []
    assert (await admin.post("/v1/knowledge", json={**form, "title": "护照办理"})).json()["code"] == "already-exists"
    wrong = await admin.post("/v1/knowledge", json={**form, "category_code": "9797"})
    assert wrong.json()["errors"][0]["pointer"] == "/category_code"
    await admin.patch(one, json={"active": False})
    assert article["id"] not in await found("护照")


async def test_the_best_match_comes_first_and_pages_hold_together(api: Api) -> None:
    admin, ids = api.as_("admin"), []
    for number in range(5):
        body = "公租房申请条件。" * (number % 3 + 1) + "请咨询窗口。" * (3 - number % 3) + str(number)
        made = await admin.post("/v1/knowledge", json={"title": f"租房问答{number}", "body": body})
        ids.append(made.json()["id"])
    whole = (await admin.get("/v1/knowledge", params={"q": "公租房"})).json()["items"]
    assert set(ids) <= {item["id"] for item in whole}
    paged, cursor = [], None
    while True:
        params = {"q": "公租房", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get("/v1/knowledge", params=params)).json()
        paged += page["items"]
        if not (cursor := page["next_cursor"]):
            break
    assert paged == whole


async def test_what_was_cited_stays(api: Api) -> None:
    admin = api.as_("admin")
    made = (await admin.post("/v1/knowledge", json={"title": "被引用的条目", "body": "答复内容。"})).json()
    filed = await api.file(kind="consultation", category_code=None, text="请问一下这个怎么办理？", urgency="normal")
    if filed["state"] != "received":
        filed = await api.file(kind="consultation", category_code=None, text="请问你们几点上班？")
    path = f"requests/{filed['ticket_no']}/answer"
    await api.step("operator", path, text="请于工作日前来办理。", knowledge_id=made["id"])
    one = f"/v1/knowledge/{made['id']}"
    assert (await admin.delete(one)).json()["code"] == "in-use"
    assert (await admin.patch(one, json={"active": False})).status_code == 200
    unused = (await admin.post("/v1/knowledge", json={"title": "无人引用", "body": "内容。"})).json()
    assert (await admin.delete(f"/v1/knowledge/{unused['id']}")).status_code == 204


async def test_a_new_place_is_found_in_the_next_call(api: Api) -> None:
    admin = api.as_("admin")
    text = {"channel": "phone", "text": "望江新苑门口的路灯坏了，请来修。"}
    before = (await api.as_("operator").post("/v1/requests:preview", json=text)).json()
    form = {"name": "望江新苑", "kind": "estate", "area_code": "990100001001", "aliases": []}
    made = await admin.post("/v1/places", json=form)
    assert made.status_code == 201, made.text
    after = (await api.as_("operator").post("/v1/requests:preview", json=text)).json()
    assert before != after
    assert "990100001001" in str(after)
    assert (await admin.post("/v1/places", json=form)).json()["code"] == "already-exists"
    one = f"/v1/places/{made.json()['id']}"
    wrong = await admin.patch(one, json={"area_code": "990100009999"})
    assert wrong.json()["errors"][0]["pointer"] == "/area_code"
    assert (await admin.patch(one, json={"aliases": ["望江苑"]})).json()["aliases"] == ["望江苑"]
    assert (await admin.delete(one)).status_code == 204


async def test_odd_names_do_no_harm(api: Api) -> None:
    admin, names = api.as_("admin"), ["。", "村", "\u200b", "😀", "%", "(?)[", "街道", "a.*(?)[b"]
    for number, name in enumerate(names):
        form = {"name": name, "kind": "road", "area_code": "990100001001", "aliases": [name]}
        expected = 201 if name in ("街道", "a.*(?)[b") else 422
        assert (await admin.post("/v1/places", json=form)).status_code == expected, name
        area = {"code": f"99010000190{number}", "name": name, "level": "village", "parent_code": "990100001000"}
        assert (await admin.post("/v1/areas", json={**area, "aliases": [name]})).status_code == expected, name
    category = {"code": "2899", "name": "。", "keywords": names, "examples": names}
    assert (await admin.post("/v1/categories", json=category)).status_code == 201
    assert (
        await api.as_("operator").post("/v1/requests:preview", json={"channel": "web", "text": "路灯坏了。"})
    ).is_success
