"""A browser without JavaScript: forms are read, filled in and sent as plain HTTP."""

import re

import httpx

from support.api import TEXT, Api

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "zh-CN,zh;q=0.9"}


def browser(api: Api, **headers: str) -> httpx.AsyncClient:
    """A fresh browser: own cookies, redirects followed."""
    return httpx.AsyncClient(base_url=api.url, headers=BROWSER | headers, follow_redirects=True, timeout=60)


def hidden(html: str, name: str) -> str:
    """Value of a hidden field."""
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def shown(html: str, element: str) -> str:
    """Text of the element with this id, without the blanks that group it."""
    return re.search(rf'id="{element}">([^<]*)<', html)[1].replace(" ", "")


async def file_on_page(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Open the form and submit it."""
    token = hidden((await client.get("/file")).text, "form_token")
    return await client.post("/file", data={"form_token": token, "text": TEXT, **fields})


async def open_ticket(client: httpx.AsyncClient, filed: dict[str, str]) -> httpx.Response:
    """Look a ticket up with its code."""
    return await client.post("/track", data={"ticket_no": filed["ticket_no"], "code": filed["query_code"]})
