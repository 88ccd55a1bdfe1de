"""The floor to compare with: the same kind of final rows, brought in by plain COPY with all indexes and triggers on."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app.services.simulation.fast.lives import Draw
from app.services.simulation.fast.placing import Placement
from app.services.simulation.fast.statements import columns
from app.services.simulation.fast.workshop import Workshop


async def copy_in(workshop: Workshop, draw: Draw, placements: Sequence[Placement]) -> tuple[float, str]:
    """Make a chunk by COPY from files that hold its rows; returns the seconds that the COPY took, and its transaction.

    What made the files is not counted: a plain COPY begins with the finished rows.
    """
    connection = workshop.connection
    with tempfile.TemporaryDirectory(prefix="hotline-copy-") as folder:
        async with connection.transaction():
            await workshop.write_lives(draw, placements)
            for table, select in workshop.selects.items():
                await connection.copy_from_query(select, output=Path(folder) / table, format="binary")
        began = time.perf_counter()
        async with connection.transaction():
            for table in workshop.selects:
                source = Path(folder) / table
                await connection.copy_to_table(table, source=source, columns=columns(table), format="binary")
            xid: str = await connection.fetchval("SELECT pg_current_xact_id()::text")
        return time.perf_counter() - began, xid
