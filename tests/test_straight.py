"""Calls that go past the framework meet the same routes, the same checks and the same words as those that do not."""

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from app.main import create_app
from app.routers.paths import Paths
from app.routers.strict import StrictRoute
from app.settings import Settings
from support.api import Api

APP = create_app(Settings(database_url="postgresql://nowhere"))
ROUTES = [route for route in APP.routes if isinstance(route, StrictRoute)]
VALUE = {"ticket_no": "20260102000001", "code": "ABCDEFGHJ"}


def path_of(route: APIRoute) -> str:
    """A path that meets the route: each name stands for itself."""
    return route.path.replace("{", "").replace("}", "").replace(":int", "")


def framework_finds(method: str, path: str) -> APIRoute | None:
    scope = {"type": "http", "method": method, "path": path, "headers": []}
    found = next((route for route in APP.routes if route.matches(scope)[0] is Match.FULL), None)
    return found if isinstance(found, APIRoute) else None


def test_nearly_all_routes_are_straight() -> None:
    assert [route.path for route in ROUTES if not route.straight] == ["/v1/auth/token"], (
        "a form, which the framework reads"
    )
    assert len(ROUTES) > 150


def test_a_path_leads_to_the_route_that_the_framework_finds() -> None:
    paths: Paths[StrictRoute] = Paths()
    kept = [route for route in ROUTES if paths.add(route.path, route.methods, route)]
    assert len(kept) > 130
    for route in ROUTES:
        for method in route.methods:
            found = paths.find(method, path_of(route))
            if found:
                assert found[0] is framework_finds(method, path_of(route)), route.path


@pytest.mark.parametrize(
    "path",
    ["/", "//", "/v1/requests//timeline", "/v1/requests/1/timeline/", "/v1/requests/1/2/timeline", "v1/requests"],
)
def test_what_is_no_path_of_ours_is_left_to_the_framework(path: str) -> None:
    paths: Paths[int] = Paths()
    paths.add("/v1/requests/{ticket_no}/timeline", {"GET"}, 1)
    paths.add("/v1/requests", {"GET"}, 2)
    assert paths.find("GET", path) is None
    assert paths.find("POST", "/v1/requests") is None
    assert paths.find("GET", "/v1/requests/7/timeline") == (1, {"ticket_no": "7"})


def test_a_template_that_is_not_plain_is_not_kept() -> None:
    paths: Paths[int] = Paths()
    assert not paths.add("/static/{name:path}", {"GET"}, 1)
    assert paths.find("GET", "/static/a") is None


async def both_ways(api: Api, method: str, url: str, **given: object) -> tuple[httpx.Response, httpx.Response]:
    """The answer past the framework and the framework's own, which takes over where a root path is set."""
    straight = await api.as_("operator").request(method, url, **given)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(api.app, root_path="/x")
    headers = {**api.as_("operator").headers, **given.pop("headers", {})}  # type: ignore[dict-item]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        framework = await client.request(method, f"/x{url}", headers=headers, **given)  # type: ignore[arg-type]
    return straight, framework


CALLS = [
    ("GET", "/v1/requests?limit=0&state=nonsense", {}),
    ("GET", "/v1/requests?limit=5&limit=6", {}),
    ("GET", "/v1/requests?colour=red", {}),
    ("GET", "/v1/requests/nonsense", {}),
    ("GET", "/v1/work-orders?due_before=yesterday&escalated=perhaps", {}),
    ("GET", "/v1/feed?wait=nan&limit=x", {}),
    ("GET", "/v1/statistics/summary?from=2026-01-01&to=yesterday", {}),
    ("GET", "/v1/applications?state=a&kind=b", {}),
    ("POST", "/v1/requests", {"json": {}}),
    ("POST", "/v1/requests", {"json": {"channel": "smoke", "text": 3}, "headers": {"Idempotency-Key": "x" * 300}}),
    ("POST", "/v1/requests", {"json": []}),
    ("POST", "/v1/requests", {"content": b""}),
    ("POST", "/v1/requests", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("POST", "/v1/requests", {"content": b'{"a": 1, "a": 2}', "headers": {"Content-Type": "application/json"}}),
    ("POST", "/v1/requests", {"content": b"\xff", "headers": {"Content-Type": "application/merge-patch+json"}}),
    ("POST", "/v1/work-orders/20260102000001-1/accept", {"headers": {"If-Match": "seven"}}),
    ("POST", "/v1/work-orders/20260102000001-1/accept", {"json": {"note": 7}}),
    ("POST", "/v1/work-orders/7/contact", {"json": {"note": ""}}),
    ("POST", "/public/requests/1/rating", {"json": {"code": "", "satisfaction": 9}}),
    ("GET", "/public/requests/20260102000001", {}),
]


@pytest.mark.parametrize(("method", "url", "given"), CALLS)
async def test_both_ways_refuse_in_the_same_words(api: Api, method: str, url: str, given: dict[str, object]) -> None:
    straight, framework = await both_ways(api, method, url, **dict(given))
    assert straight.status_code >= 400
    assert (straight.status_code, straight.json()) == (framework.status_code, framework.json())


async def test_without_a_token_nothing_else_is_looked_at(api: Api) -> None:
    answer = await api.as_().post("/v1/requests", json={"nonsense": 1})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_page_takes_what_a_messenger_hangs_on_a_link(api: Api) -> None:
    for path in ("/file", "/track", "/knowledge"):
        assert (await api.as_().get(f"{path}?from=singlemessage")).status_code == 200, path
