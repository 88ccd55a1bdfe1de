"""The citizens' HTML pages: complete without JavaScript, with nothing fetched from another host."""

from fastapi import APIRouter

from app.routers.pages import docs, file, home, knowledge, static, steps, supplement, track

router = APIRouter(include_in_schema=False)
for _module in (home, file, knowledge, track, steps, supplement, docs, static):
    router.include_router(_module.router)

__all__ = ["router"]
