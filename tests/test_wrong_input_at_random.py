"""Whatever is sent is answered: input that nobody thought of, found by Hypothesis."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.api import Api
from support.problems import ENGLISH, problem

JSON = {"Content-Type": "application/json"}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda s: st.lists(s) | st.dictionaries(st.text(), s),
)
NAMES = (
    "text",
    "title",
    "kind",
    "channel",
    "requester",
    "confidential",
    "area_code",
    "address",
    "location",
    "external_ref",
)


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(st.sampled_from(NAMES), ANYTHING) | ANYTHING, english=st.booleans())
async def test_whatever_is_sent_is_answered(api: Api, body: Any, english: bool) -> None:
    content = json.dumps(body, ensure_ascii=True).encode()
    headers = JSON | (ENGLISH if english else {})
    for path, who in (("/v1/requests:preview", "operator"), ("/public/requests", None)):
        if path == "/public/requests" and isinstance(body, dict) and "text" in body:
            continue  # might be fit to be filed
        answer = await api.as_(who).post(path, content=content, headers=headers)
        if answer.status_code != 200:
            problem(answer, {400, 422})


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(text=st.text(min_size=1))
async def test_whatever_a_citizen_writes_can_be_previewed_and_searched(api: Api, text: str) -> None:
    form = {
        "channel": "phone",
        "text": text,
        "title": text[:50],
        "address": text[:50],
        "requester": {"name": text[:20]},
    }
    content = json.dumps(form).encode()
    answer = await api.as_("operator").post("/v1/requests:preview", content=content, headers=JSON)
    assert answer.status_code in (200, 422), answer.text
    found = await api.as_("operator").get("/v1/requests", params={"text": text.encode("utf-8", "replace").decode()})
    assert found.status_code in (200, 422), found.text
