"""Builds the web application: what lives as long as the process, the middleware, the routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.listener import Listener
from app.core.logging import configure_logging
from app.core.memory import settle
from app.routers import (
    api_keys,
    attachments,
    audit,
    auth,
    bulk,
    callbacks,
    catalogue,
    clusters,
    contact_points,
    exports,
    feed,
    knowledge,
    messages,
    operations,
    pages,
    problems,
    public,
    public_attachments,
    records,
    requests,
    routing,
    saved_filters,
    statistics,
    steps,
    users,
    webhooks,
    work_orders,
)
from app.routers.documentation import complete, described
from app.routers.methods import answer_head
from app.routers.middleware import ObserveMiddleware
from app.routers.own_writes import with_own_writes
from app.routers.straight import Straight
from app.services.feed.hub import Hub
from app.services.installation import database_url_async, follow_keys, open_installation
from app.services.metrics import keep_sampling
from app.settings import Settings, settings_or_exit

DESCRIPTION = """
The 12345 hotline: citizens ask, the right unit acts, everyone can follow it.
Errors are `application/problem+json`, Chinese by default, English with `Accept-Language: en`.
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Database, reference data, feed: opened before the first request, closed after the last."""
    settings: Settings = app.state.settings
    async with database_url_async(settings) as url, open_installation(url, settings) as installation:
        listener, hub = Listener(url), Hub(installation.database, settings.max_polls_each)
        installation.reference.follow(listener)
        follow_keys(listener, installation.keys)
        hub.follow(listener)
        await hub.open()
        hub.watch(installation.reading.touch_all)
        hub.watch_secrecy(installation.reading.touch_everything)
        listener.start()
        if installation.reading.replica:
            installation.reading.replica.open()
        app.state.installation, app.state.hub = installation, hub
        sampling = asyncio.create_task(keep_sampling(installation.database, installation.reading), name="pool-figures")
        settle()
        try:
            yield
        finally:
            sampling.cancel()
            await hub.close()
            if installation.reading.replica:
                await installation.reading.replica.close()
            await installation.reference.stop()
            await listener.stop()


class Application(FastAPI):
    """The framework with our observer outermost, so that it sees answers to our own mistakes as well."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Without asking at every call whether the framework's own telemetry was turned on: we have our own."""
        await Starlette.__call__(self, scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The API's description, made anew: as objects it takes 25 MB, so servers keep its bytes only (pages/docs.py)."""
        routes = [described(route) for route in self.routes]
        return complete(
            get_openapi(title=self.title, version=self.version, description=self.description, routes=routes)
        )

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, before the first call."""
        return ObserveMiddleware(with_own_writes(super().build_middleware_stack(), self.state.settings))


async def send_waiting_clients_home(app: FastAPI) -> None:
    """End long polls: a stop waits for calls that work, not for calls that wait."""
    await app.state.hub.close()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings are read from the environment unless given."""
    settings = settings or settings_or_exit()
    configure_logging(settings.log_level, settings.log_format)
    app = Application(
        title="12345 hotline 政务服务便民热线",
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # pages/docs.py serves it
    )
    app.state.settings = settings
    app.add_middleware(Straight, application=app)
    problems.install(app)
    for module in (
        auth,
        exports,
        requests,
        work_orders,
        records,
        steps,
        bulk,
        feed,
        callbacks,
        attachments,
        audit,
        saved_filters,
        statistics,
        clusters,
        public,
        public_attachments,
        catalogue,
        routing,
        knowledge,
        users,
        api_keys,
        webhooks,
        contact_points,
        messages,
        operations,
        pages,
    ):
        # Not by `include_router`, which would build each route twice and try them one layer below another.
        for router in getattr(module, "routers", None) or (module.router,):
            app.router.routes.extend(router.routes)
    answer_head(app.router.routes)
    return app
