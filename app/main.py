"""Builds the web application: what lives as long as the process, the middleware, the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.listener import Listener
from app.core.logging import configure_logging
from app.routers import auth, callbacks, feed, operations, problems, public, requests, steps, work_orders
from app.routers.middleware import ObserveMiddleware
from app.services.feed.hub import Hub
from app.services.installation import database_url_async, open_installation
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
        listener, hub = Listener(url), Hub(installation.database)
        installation.reference.follow(listener)
        hub.follow(listener)
        await hub.open()
        listener.start()
        app.state.installation, app.state.hub = installation, hub
        try:
            yield
        finally:
            await hub.close()
            await installation.reference.stop()
            await listener.stop()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings are read from the environment unless given."""
    settings = settings or settings_or_exit()
    configure_logging(settings.log_level, settings.log_format)
    app = FastAPI(
        title="12345 hotline 政务服务便民热线",
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        max_body_size=settings.max_body_bytes,
    )
    app.state.settings = settings
    problems.install(app)
    for module in (auth, requests, work_orders, steps, feed, callbacks, public, operations):
        app.include_router(module.router)
    app.add_middleware(ObserveMiddleware)
    return app
