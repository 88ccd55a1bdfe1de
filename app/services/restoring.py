"""What must follow a restore: everybody who reads the history in order is told that the order begins anew.

Files that were copied keep PostgreSQL's transaction ids. A dump brings events whose ids lie in the new server's future:
what is new would be filed before them, where neither the feed nor messages nor webhooks look for it.
"""

from collections.abc import Callable

import asyncpg

AHEAD = """
SELECT greatest(max(xid)::text::bigint - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1, 0) FROM event
"""
"""How many transactions the history is ahead of this server: if any, it comes from another one."""
_CATCH_UP = """
DO $$
DECLARE last xid8 := (SELECT max(xid) FROM event);
BEGIN
    WHILE pg_current_xact_id() <= last LOOP COMMIT; END LOOP;
    UPDATE sla_policy SET category_prefix = category_prefix;
END $$
"""
"""The ledger recomputes clocks of requests that are younger than the rules; a dump does not know how old the rules are. So
they are written anew, by the first transaction after the history: an earlier one would make all of it younger, and once
that one is over nobody could tell that it was needed."""
_NEW_EPOCH = "UPDATE installation SET epoch = epoch + 1 RETURNING epoch"


async def begin_anew(url: str, say: Callable[[int], None]) -> dict[str, object]:
    """Let the history of a restored, migrated database go on; nobody else may use it meanwhile.

    Clients' cursors from before are refused, webhooks wait to be resumed, messages begin with what happens from now on.
    `say` hears how many transactions must be caught up with, some 200,000 a second. Returns the new epoch and whether
    it came `from_dump`. Safe to run again, also after an interruption.
    """
    connection = await asyncpg.connect(url)
    try:
        if ahead := await connection.fetchval(AHEAD) or 0:
            say(ahead)
            await connection.execute(_CATCH_UP)
        return {"epoch": await connection.fetchval(_NEW_EPOCH), "from_dump": ahead > 0}
    finally:
        await connection.close()
