"""Sees the statements that the application sends, apart from those of its own housekeeping (the feed's reader)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from app.core.logging import REQUEST_ID
from support.api import Api


@dataclass(eq=False)
class Statements:
    """Every statement sent on the pool's connections since it was attached."""

    seen: list[tuple[bool, str, tuple[Any, ...]]] = field(default_factory=list)

    def __call__(self, record: Any) -> None:
        # The middleware binds a request id to everything that runs for a call, and to nothing else.
        of_a_call = REQUEST_ID.get("") != ""
        self.seen.append((of_a_call, " ".join(record.query.split()), tuple(record.args or ())))

    async def of(self, call: Callable[[], Awaitable[Any]]) -> list[str]:
        """Texts of what one call sends."""
        return [query for query, _ in await self.with_values(call)]

    async def with_values(self, call: Callable[[], Awaitable[Any]]) -> list[tuple[str, tuple[Any, ...]]]:
        """Texts and values of what one call sends."""
        await asyncio.sleep(0.02)  # loggers are called a turn later
        self.seen.clear()
        await call()
        await asyncio.sleep(0)
        return [(query, values) for of_a_call, query, values in self.seen if of_a_call]


async def attach(api: Api) -> Statements:
    """Listen on every connection that the pool may ever lend."""
    statements = Statements()
    async with AsyncExitStack() as stack:
        for _ in range(api.here.settings.database_pool_size):
            connection = await stack.enter_async_context(api.here.database.connection())
            connection.add_query_logger(statements)
    return statements
