"""Puts one request into the cluster of its matter and place, or opens one when enough callers have asked.

Runs under the lock of the reader's position (`watch.py`): nobody else opens or fills clusters meanwhile.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.database import Connection
from app.domain.clusters import COPIED, caller_of, fullest, must_tell
from app.domain.likeness import SAME, Likeness, Matter, keys
from app.domain.likeness.score import dice
from app.services.clusters.tell import tell
from app.services.installation import Installation
from app.services.intake.candidates import OTHERS_ALIKE, likeness_of, matter_of
from app.services.visibility import open_matter

NEWEST_A_WORD, LOOKED_AT, OF_A_CALLER, COMPARED = 1000, 600, 10, 100
"""As in `candidates`: further back, so that hundreds of texts of one caller do not hide who asked before him."""
NEARLY, GO_BETWEENS = 0.4, 10
"""People say one thing in many ways: from this score on a request may belong by way of one of the likest few."""
WORDS = 6
"""Words that a cluster is named by."""
_NEAR = OTHERS_ALIKE.format(
    words="$1", since="$2", newest=NEWEST_A_WORD, looked_at=LOOKED_AT, of_a_caller=OF_A_CALLER, most=COMPARED,
    further="r.id <> $3",
)  # fmt: skip
_RUNNING = """
SELECT m.request_id, m.cluster_id,
    (SELECT c.state <> 'over' AND c.last_at > $2::timestamptz FROM cluster c WHERE c.id = m.cluster_id) AS running
FROM cluster_member m WHERE m.request_id = ANY($1)
"""
_OPEN = """
INSERT INTO cluster (state, category_code, area_code, words, told, first_at, last_at, opened_at)
VALUES ('open', $1, $2, $3, 0, $4, $5, $6) RETURNING id
"""
_JOIN = """
INSERT INTO cluster_member (request_id, cluster_id, caller_hash, copied, filed_at)
SELECT m.request_id, $1, decode(m.caller, 'hex'), m.copied, m.filed_at
FROM jsonb_to_recordset($2) AS m(request_id bigint, caller text, copied boolean, filed_at timestamptz)
"""
_COUNT = f"""
SELECT c.told, count(*) AS requests, count(DISTINCT m.caller_hash) AS callers
FROM cluster c JOIN cluster_member m ON m.cluster_id = c.id JOIN service_request r ON r.id = m.request_id
WHERE c.id = $1 AND {open_matter()} GROUP BY c.id
"""
_GROWN = """
UPDATE cluster SET first_at = least(first_at, $2), last_at = greatest(last_at, $3), told = coalesce($4, told) WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as clusters see it."""

    row: Mapping[str, Any]
    matter: Matter
    caller: bytes

    @property
    def id(self) -> int:
        """The request's number in the database."""
        return int(self.row["id"])


async def gather(
    connection: Connection, here: Installation, request: Mapping[str, Any], event_id: int, at: datetime
) -> list[int]:
    """Sort a request in; returns the ids of all requests that joined a cluster with it, itself among them."""
    new = _asked(here, request)
    alike = await _alike(connection, here, new)
    cluster_id, free = await _choose(connection, here, new, alike)
    if cluster_id is None:
        free = _within_window(here, free)
        if len({asked.caller for asked in free}) < here.settings.cluster_callers:
            return []
        cluster_id = await _open(connection, free, alike, at)
    await _join(connection, cluster_id, free, [asked for asked, _ in alike])
    await _tell_if_grown(connection, here, cluster_id, free, event_id, at)
    return [asked.id for asked in free]


def _asked(here: Installation, row: Mapping[str, Any]) -> Asked:
    local = row["created_at"].astimezone(here.settings.zone)
    return Asked(row, matter_of(row), caller_of(row["phone_hash"], row["channel"], local))


async def _alike(connection: Connection, here: Installation, new: Asked) -> list[tuple[Asked, Likeness]]:
    """Requests about the same matter, the likest first; then those that are nearly so and the same as one of them."""
    since = new.row["created_at"] - timedelta(hours=here.settings.cluster_window_hours)
    rows = await connection.fetch(_NEAR, keys(new.matter), since, new.id)
    compared = [(other, _likeness(new, other)) for other in (_asked(here, dict(row)) for row in rows)]
    scored = [(other, alike) for other, alike in compared if alike is not None and alike.score >= NEARLY]
    scored.sort(key=lambda pair: (-pair[1].score, pair[0].id))
    same = [pair for pair in scored if pair[1].score >= SAME]
    nearly = [pair for pair in scored if pair[1].score < SAME]
    return same + [pair for pair in nearly if any(_same(pair[0], other) for other, _ in same[:GO_BETWEENS])]


def _likeness(one: Asked, other: Asked) -> Likeness | None:
    return likeness_of((one.matter, one.row), (other.matter, other.row))


def _same(one: Asked, other: Asked) -> bool:
    alike = _likeness(one, other)
    return alike is not None and alike.score >= SAME


async def _choose(
    connection: Connection, here: Installation, new: Asked, alike: Sequence[tuple[Asked, Likeness]]
) -> tuple[int | None, list[Asked]]:
    """The running cluster of the likest request, and all that are in no cluster yet, the new one first."""
    since = new.row["created_at"] - timedelta(hours=here.settings.cluster_window_hours)
    rows = await connection.fetch(_RUNNING, [asked.id for asked, _ in alike], since) if alike else []
    taken = {row["request_id"]: row["cluster_id"] if row["running"] else None for row in rows}
    running = [taken[asked.id] for asked, _ in alike if taken.get(asked.id) is not None]
    return next(iter(running), None), [new, *(asked for asked, _ in alike if asked.id not in taken)]


def _within_window(here: Installation, members: Sequence[Asked]) -> list[Asked]:
    window = timedelta(hours=here.settings.cluster_window_hours)
    begin, end = fullest([(asked.row["created_at"], asked.caller) for asked in members], window)
    return [asked for asked in members if begin <= asked.row["created_at"] <= end]


async def _open(
    connection: Connection, members: Sequence[Asked], alike: Sequence[tuple[Asked, Likeness]], at: datetime
) -> int:
    """A new cluster, named by what most of its requests have in common."""
    words = Counter(word for _, likeness in alike for word in likeness.shared_words)
    times = [asked.row["created_at"] for asked in members]
    opened: int = await connection.fetchval(
        _OPEN,
        _commonest(asked.row["category_code"] for asked in members),
        _commonest(asked.row["area_code"] for asked in members),
        [word for word, _ in words.most_common(WORDS)],
        min(times),
        max(times),
        at,
    )
    return opened


def _commonest(values: Any) -> str | None:
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0][0] if counted else None


async def _join(connection: Connection, cluster_id: int, members: Sequence[Asked], near: Sequence[Asked]) -> None:
    beside = {asked.id: asked for asked in (*members, *near)}.values()
    rows = [
        {
            "request_id": asked.id,
            "caller": asked.caller.hex(),
            "copied": _copied(asked, beside),
            "filed_at": asked.row["created_at"],
        }
        for asked in members
    ]
    await connection.execute(_JOIN, cluster_id, rows)


def _copied(asked: Asked, beside: Any) -> bool:
    """Whether another request, whoever's, uses nearly the same words."""
    return any(other.id != asked.id and dice(asked.matter.pairs, other.matter.pairs) >= COPIED for other in beside)


async def _tell_if_grown(
    connection: Connection, here: Installation, cluster_id: int, members: Sequence[Asked], event_id: int, at: datetime
) -> None:
    counted = await connection.fetchrow(_COUNT, cluster_id)
    times = [asked.row["created_at"] for asked in members]
    grown = bool(counted and must_tell(counted["callers"], counted["told"], here.settings.cluster_callers))
    told = counted["callers"] if counted and grown else None
    await connection.execute(_GROWN, cluster_id, min(times), max(times), told)
    if counted and grown:
        facts = {"cluster": cluster_id, "callers": counted["callers"], "requests": counted["requests"]}
        await tell(connection, members[0].id, event_id, facts, at, here.settings.message_gap)
