"""The citizens' HTML pages: complete without JavaScript, with nothing fetched from another host."""

from app.routers.pages import docs, file, home, knowledge, slashes, static, steps, supplement, track

routers = tuple(module.router for module in (home, file, knowledge, track, steps, supplement, docs, static, slashes))

__all__ = ["routers"]
