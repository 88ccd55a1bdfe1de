"""Answers out of the knowledge base: for the operator on the line, for citizens on the page, cited when sent."""

from typing import Any

import asyncpg
import pytest

from app.services.knowledge.index import index_stale
from support.api import Api
from support.description import Witness
from support.pages import browser, open_ticket
from support.statements import attach

ANSWERS = "/v1/knowledge:answers"


async def ask(api: Api, question: str, **params: Any) -> list[dict[str, Any]]:
    answer = await api.as_("operator").get(ANSWERS, params={"question": question, **params})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_operator_gets_the_sentence_with_its_source(api: Api) -> None:
    Witness(api, "operator", "admin")
    best = (await ask(api, "您好，请问身份证多久能拿到？"))[0]
    assert "六十日" in best["answer"]
    assert best["answer"] in best["context"]
    assert best["context"] in best["text"]
    assert best["source"]["title"] == "身份证到期或遗失怎么办理"
    assert best["source"]["basis"].startswith("《中华人民共和国居民身份证法》")
    assert 0 < best["score"] <= 1
    assert await ask(api, "今天星期几") == []
    assert len(await ask(api, "补贴", limit=2)) == 2


async def test_the_matter_of_the_request_decides_between_equals(api: Api) -> None:
    asked = "要怎么申请补贴"
    assert (await ask(api, asked, category="1104"))[0]["source"]["category_code"] == "1104"
    assert (await ask(api, asked, category="1805"))[0]["source"]["category_code"] == "1805"


async def test_a_question_costs_one_statement(api: Api) -> None:
    statements = await attach(api)
    assert len(await statements.of(lambda: ask(api, "公积金怎么提取"))) == 1
    assert len(await statements.of(lambda: ask(api, "的的的，？"))) == 0


async def test_what_is_saved_is_found_by_letters_at_once_and_not_when_out_of_use(api: Api) -> None:
    admin = api.as_("admin")
    form = {"title": "共享单车乱停放怎么反映", "body": "请说明路段和企业名称。", "keywords": ["共享单车"]}
    one = f"/v1/knowledge/{(await admin.post('/v1/knowledge', json=form)).json()['id']}"
    for question in ("gxdc", "gongxiangdanche", "gong xiang dan che", "共享但车", "共享单车"):
        assert "共享单车乱停放怎么反映" in [found["source"]["title"] for found in await ask(api, question)], question
    listed = await api.as_("operator").get("/v1/knowledge", params={"q": "gxdc"})
    assert [item["title"] for item in listed.json()["items"]] == ["共享单车乱停放怎么反映"]
    assert "index_version" not in (await admin.get(one)).json()
    await admin.patch(one, json={"active": False})
    assert await ask(api, "gxdc") == []
    await admin.patch(one, json={"active": True, "keywords": ["小黄车"]})
    assert len(await ask(api, "xhc")) == 1


async def test_other_names_find_the_same_in_the_list(api: Api) -> None:
    for words in ("住房公积金 提取", "取公积金", "gjj"):
        listed = await api.as_("operator").get("/v1/knowledge", params={"q": words, "active": "true"})
        assert "住房公积金怎么提取" in [item["title"] for item in listed.json()["items"]], words


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", "string-too-short"),
        ("  ", "string-too-short"),
        ("问" * 2001, "string-too-long"),
        ("a\x00b", "nul-character"),
    ],
)
async def test_odd_questions_are_refused(api: Api, question: str, code: str) -> None:
    answer = await api.as_("operator").get(ANSWERS, params={"question": question})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "question", ["'", "a'b:*", "\\", "''':*|&!<->()", "%_", "gjj:*", "'\\''", "公" * 2000, "🙂", "a b c d"]
)
async def test_signs_of_the_query_language_are_words_like_others(api: Api, question: str) -> None:
    await ask(api, question)
    listed = await api.as_("operator").get("/v1/knowledge", params={"q": question[:100]})
    assert listed.status_code == 200, listed.text


async def test_a_handler_may_ask_and_a_stranger_may_not(api: Api) -> None:
    assert (await api.as_(None).get(ANSWERS, params={"question": "低保"})).status_code == 401


async def test_the_citizen_reads_what_the_answer_rests_on(api: Api) -> None:
    filed = await api.file(category_code=None, text="你好，想咨询一下。")
    best = (await ask(api, "身份证丢失怎么补办"))[0]
    path = f"requests/{filed['ticket_no']}/answer"
    unknown = await api.as_("operator").post(f"/v1/{path}", json={"text": best["answer"], "knowledge_id": 2**40})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0] | {"message": ""} == {
        "pointer": "/knowledge_id",
        "code": "unknown",
        "message": "",
    }
    await api.step("operator", path, text=best["answer"], knowledge_id=best["source"]["article_id"])
    progress = await api.as_(None).get(f"/public/requests/{filed['ticket_no']}", params={"code": filed["query_code"]})
    sources = [step["source"] for step in progress.json()["timeline"]]
    assert [source for source in sources if source] == [
        {"title": best["source"]["title"], "basis": best["source"]["basis"]}
    ]
    async with browser(api) as client:
        assert f"依据：{best['source']['basis']}" in (await open_ticket(client, filed)).text


async def test_citizens_look_it_up_before_they_file(api: Api) -> None:
    async with browser(api) as client:
        assert 'href="/knowledge"' in (await client.get("/file")).text
        blank = await client.get("/knowledge")
        assert "大家常问" in blank.text
        found = await client.get("/knowledge", params={"q": "公积金怎么提取"})
        assert "<mark>" in found.text
        assert "依据：《住房公积金管理条例》" in found.text
        nothing = await client.get("/knowledge", params={"q": "<script>alert(1)</script>"})
        assert "没有查到合适的解答" in nothing.text
        assert "<script>alert" not in nothing.text
        for odd in ("a\x00b", "问" * 5000, "'", " "):
            assert (await client.get("/knowledge", params={"q": odd})).status_code == 200
        assert (await client.get("/knowledge?lang=en")).text.count("Look it up first")


async def test_older_indexes_are_renewed_once(database_copy: str) -> None:
    connection = await asyncpg.connect(database_copy)
    try:
        await connection.execute("UPDATE knowledge_article SET index_version = 0 WHERE title = '低保怎么申请'")
        assert await index_stale(connection) == 1
        assert await index_stale(connection) == 0
    finally:
        await connection.close()
