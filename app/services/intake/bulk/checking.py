"""Looks at the lines of a file as filing them would, and writes nothing: what would come in, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.services.intake.bulk.chunk import Importing
from app.services.intake.bulk.lines import Line, Numbered
from app.services.intake.bulk.results import Result, failed
from app.services.intake.bulk.store import look_before

WOULD_FILE = "would_file"
"""Status of a line with nothing against its filing."""


@dataclass(frozen=True, slots=True)
class Checking:
    """Checks what `importing` would file."""

    importing: Importing
    seen: dict[int, int] = field(default_factory=dict)
    """Reference → what was said under it, of the lines that would be filed; hashes, as a file may be long."""

    async def file(self, given: Sequence[Numbered]) -> list[Result]:
        """What filing would say of each line, in their order; raises one of `UNAVAILABLE` without a database."""
        read = self.importing.read(given)
        earlier = {}
        if keys := {one.key for one in read if isinstance(one, Line)}:
            async with self.importing.here.database.connection() as connection:
                earlier = await look_before(connection, keys)
        return [
            one if not isinstance(one, Line)
            else self.importing.tell_known(one, earlier[one.key]) if one.key in earlier
            else self._tell_new(one)
            for one in read
        ]  # fmt: skip

    def _tell_new(self, line: Line) -> Result:
        key, said = hash(line.key), hash(line.checked.text)
        if key not in self.seen:
            self.seen[key] = said
            return {"line": line.number, "status": WOULD_FILE}
        if self.seen[key] == said:
            return {"line": line.number, "status": "already"}
        return failed(line.number, "reference-conflict", "An earlier row has this reference and says something else.")
