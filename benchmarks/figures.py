"""One row of the table, and how its figures come about.

The ratio is the median of the ratios of the single turns: whatever else the machine does for a moment spoils one
turn of one side, and the median leaves that turn out.
"""

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.client import Sample


@dataclass
class Row:
    """What one call costs. Times in milliseconds; None: not measured, or errors in the run."""

    call: str
    rps: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_ms: float | None = None
    db_cpu_ms: float | None = None
    statements: float | None = None
    floor_rps: float | None = None
    floor_cpu_ms: float | None = None
    ratio_to_floor: float | None = None
    pgbench_rps: float | None = None
    errors: int = 0
    why: str = ""
    more: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All fields; those of `more` beside the others."""
        fields = asdict(self)
        return fields | fields.pop("more")


@dataclass
class Side:
    """What the service, or the floor, did in all its turns."""

    sample: Sample = field(default_factory=Sample)
    rates: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    db_cpu_s: float = 0.0
    statements: int = 0

    def add(self, turn: Sample, cpu_s: float, db_cpu_s: float, statements: int) -> None:
        """One more turn."""
        self.sample.add(turn)
        self.rates.append(turn.rate)
        self.cpu_s += cpu_s
        self.db_cpu_s += db_cpu_s
        self.statements += statements

    def each(self, total: float) -> float:
        """A total by calls."""
        return total / len(self.sample.latencies)


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row_of(call: str, service: Side, floor: Side | None, pgbench_rps: float | None) -> Row:
    """The figures; none of them when anything went wrong."""
    row = Row(call)
    for side in filter(None, (service, floor)):
        row.errors += side.sample.errors
        row.why = row.why or side.sample.first_error
        if not side.sample.latencies and not row.errors:
            row.errors, row.why = 1, "nothing was measured"
    if row.errors:
        return row
    latencies = service.sample.latencies
    row.rps = round(service.sample.rate, 1)
    row.p50_ms = round(percentile(latencies, 0.5) * 1000, 2)
    row.p99_ms = round(percentile(latencies, 0.99) * 1000, 2)
    row.cpu_ms = round(service.each(service.cpu_s) * 1000, 3)
    row.db_cpu_ms = round(service.each(service.db_cpu_s) * 1000, 3)
    row.statements = round(service.each(service.statements), 2)
    row.pgbench_rps = round(pgbench_rps, 1) if pgbench_rps else None
    if floor:
        row.floor_rps = round(floor.sample.rate, 1)
        row.floor_cpu_ms = round(floor.each(floor.cpu_s) * 1000, 3)
        pairs = [ours / bare for ours, bare in zip(service.rates, floor.rates, strict=True) if ours and bare]
        row.ratio_to_floor = round(statistics.median(pairs), 3) if pairs else None
    return row
