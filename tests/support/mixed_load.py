"""Traffic of every kind on a running service, as a busy day brings it: what is measured must have been used."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from support.samples import picture

TEXTS = (
    "清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑，老人出门很不方便，请尽快派人维修。",
    "小区楼下的烧烤店每天营业到凌晨两点，油烟和噪音让人没法睡觉，找过物业也没有用。",
    "我在工地干了三个月，老板拖欠工资一万二千元，说好月底结清又往后推。",
    "村口的自来水又黄又浑，已经三天了，孩子喝了拉肚子，请尽快派人检测水质。",
    "咨询一下灵活就业人员怎么参加城镇职工医疗保险，要带哪些材料，到哪个窗口办。",
)
READS = (
    "/v1/requests?limit=20", "/v1/work-orders?limit=20", "/v1/feed?limit=50", "/v1/statistics/summary",
    "/v1/statistics/league", "/v1/categories?limit=200", "/v1/units?limit=100", "/v1/routing-rules?limit=100",
    "/v1/callbacks/queue", "/v1/requests:export?format=csv", "/openapi.json", "/metrics", "/readyz", "/",
    "/v1/requests/00000000000", "/v1/nothing", "/v1/requests?limit=many",
)  # fmt: skip
PICTURE = picture("PNG", (600, 400))


def drive(url: str, headers: dict[str, str], calls: int, at_once: int = 8) -> list[int]:
    """Make `calls` calls, `at_once` of them at a time; returns their statuses (400 and 404 are among them by intention)."""
    with (
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
        ThreadPoolExecutor(at_once) as threads,
    ):
        return [status for done in threads.map(lambda n: _round(client, n), range(-(-calls // 10))) for status in done]


def _round(client: httpx.Client, number: int) -> list[int]:
    """Ten calls about one new matter."""
    text = f"{TEXTS[number % len(TEXTS)]}第{number}次反映。"
    form: dict[str, Any] = {
        "channel": "phone",
        "text": text,
        "requester": {"name": "张先生", "phone": f"138{number:08d}"},
    }
    preview = client.post("/v1/requests:preview", json=form)
    filed = client.post("/v1/requests", json=form)
    ticket, code = filed.json()["ticket_no"], filed.json()["query_code"]
    answers = [preview, filed]
    answers.append(client.get(f"/v1/requests/{ticket}"))
    answers.append(client.get(f"/v1/requests/{ticket}/timeline"))
    answers.append(client.get(f"/public/requests/{ticket}", params={"code": code}))
    answers.append(client.get("/progress", params={"ticket_no": ticket, "code": code}))
    answers.append(client.post("/v1/requests", json={**form, "channel": "pigeon"}))
    if number % 10 == 0:
        answers.append(client.post(f"/v1/requests/{ticket}/attachments", files={"file": ("photo.png", PICTURE)}))
    reads = itertools.islice(itertools.cycle(READS), number, number + 10 - len(answers))
    answers += [client.get(path) for path in reads]
    return [answer.status_code for answer in answers]
