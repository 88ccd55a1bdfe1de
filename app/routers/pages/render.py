"""Turns a template and values into a page: language, texts, and the headers that keep a page to itself."""

from typing import Annotated, cast

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.routers.pages.static import asset
from app.routers.pages.texts import LANGUAGES, TEXTS, WEB
from app.routers.pages.wording import grouped
from app.schemas.messages import wants_english
from app.settings import Settings

LANGUAGE_COOKIE = "lang"
LANGUAGE_SECONDS = 365 * 24 * 3600
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

templates = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["asset"] = asset
templates.filters["grouped"] = grouped


def settings_of(request: Request) -> Settings:
    """The settings of the running application."""
    return cast(Settings, request.app.state.settings)


def chosen_language(lang: Annotated[str | None, Query()] = None) -> str | None:
    """Every page takes `?lang=`: the link in its head leads to the same page in the other language."""
    return lang


TAKES_LANGUAGE = [Depends(chosen_language)]
"""What every router of pages depends on: strict routes know their own router's parameters, not those of one above."""


def language(request: Request) -> str:
    """`zh` or `en`: the link that was followed, else what was chosen before, else what the browser prefers."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    return "en" if wants_english(request.headers.get("accept-language", "")) else "zh"


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    private: bool = False,
    policy: str = CONTENT_SECURITY_POLICY,
    headers: dict[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A rendered page. `private`: it shows somebody's matter, so no cache may keep it."""
    name, settings = language(request), settings_of(request)
    shown = templates.get_template(template).render(
        t=TEXTS[name],
        language=name,
        html_lang=LANGUAGES[name],
        other_language="zh" if name == "en" else "en",
        city=settings.city_name,
        docs=settings.docs,
        **values,
    )
    all_headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store" if private else "private, no-cache",
        "Content-Language": LANGUAGES[name],
        "Vary": "Accept-Language, Cookie",
        **(headers or {}),
    }
    response = HTMLResponse(shown, status, all_headers)
    if request.query_params.get("lang") == name:
        response.set_cookie(
            LANGUAGE_COOKIE,
            name,
            max_age=LANGUAGE_SECONDS,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",
        )
    return response
