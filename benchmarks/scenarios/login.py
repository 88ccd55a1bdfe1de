"""Logging in: dominated by the password's hash, which is meant to be slow."""

from benchmarks.client import Shot, repeat, shot
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.site import Site, login_shot

USER = "operator"


async def _login(site: Site, plan: Plan) -> Ready:
    service = login_shot(USER)
    plain = shot("POST", f"/login/{USER}", None)
    floor = Shot(plain.raw.replace(b"Content-Length: 0", b"Content-Length: 4") + b"demo")
    return Ready(repeat(lambda: service), repeat(lambda: floor))


SCENARIOS = [Scenario("login", _login)]
