"""Which orders stand on a page of a desk: found in the order of an index, so that a page costs the same however many
orders there have been.

Orders whose clock runs are few and come first; those without one are the whole past. Both are walked in the order
shown, unit by unit, and the past only when the page has room for it.
"""

from collections.abc import Sequence
from datetime import datetime

from app.core.sql import Sql, conjunction
from app.domain.states import OrderState
from app.services.pages import VERSIONS

_SOURCE = "work_order o JOIN service_request r ON r.id = o.request_id"
_RUNNING = (OrderState.PENDING, OrderState.ACCEPTED)
"""The states that clocks run in."""
_LAST = 2**63 - 1
_COLUMNS = f"o.id, o.due_at, {VERSIONS}"


class DeskPage:
    """A statement for `limit` orders that fulfil the conditions; `units`, at least one, None means any unit's.

    `states` None: any; the conditions do not name them again, for a plan would go by that.
    """

    def __init__(
        self,
        sql: Sql,
        conditions: list[str],
        *,
        units: Sequence[str] | None,
        states: Sequence[str] | None,
        limit: int,
    ) -> None:
        self._sql, self._conditions, self._limit = sql, conditions, limit
        self._units = None if units is None else [sql.arg(unit, "text") for unit in units]
        self._states = states
        self._running_states = [state for state in _RUNNING if states is None or state in states]

    def newest(self, before: int | None) -> str:
        """Newest first, below the order with this id."""
        last = self._sql.arg(_LAST if before is None else before, "bigint")
        if self._states is not None:
            past = [state for state in self._states if state not in _RUNNING]
            few = self._running([f"o.id + 0 < {last}"], "")  # the sum: no plan is to go by the ids
            return self._page([*few, *self._resting(["o.due_at IS NULL", f"o.id < {last}"], past, " DESC")], "id DESC")
        if self._units is None:
            return self._select([f"o.id < {last}"], "o.id DESC")
        walks = [
            self._select(
                [f"(o.unit_code, o.id) < ({unit}, {last})", f"o.unit_code >= {unit}"], "o.unit_code DESC, o.id DESC"
            )
            for unit in self._units
        ]
        return self._page(walks, "id DESC")

    def by_due(self, after: tuple[datetime | None, int] | None) -> str:
        """Soonest due first, those without running clock last, behind the order with this limit and id."""
        due, order_id = after or (None, 0)
        first = self._sql.arg(order_id if due is None else 0, "bigint")
        resting = self._resting(["o.due_at IS NULL", f"o.id > {_unseen(first)}"], self._states)
        if (after is not None and due is None) or not self._running_states:
            return self._page(resting, "id")
        running = ["o.due_at IS NOT NULL"]
        if due is not None:
            running = [f"(o.due_at, o.id) > ({self._sql.arg(due)}, {self._sql.arg(order_id)})"]
        return f"""
            WITH running AS MATERIALIZED ({self._page(self._running(running, "o.due_at, o.id"), "due_at, id")})
            SELECT * FROM running UNION ALL
            (SELECT * FROM ({self._page(resting, "id")}) past
                WHERE (SELECT count(*) FROM running) < {self._limit})
            ORDER BY due_at, id LIMIT {self._limit}"""

    def _running(self, more: list[str], order: str) -> list[str]:
        """Each unit's orders in each running state, in the order of the page: merged, so that one page is read in all.

        In no order: all of them, which are few. Asked for the newest, a plan would rather go through the whole past.
        """
        if self._units is None and self._running_states:
            states = [] if self._states is None else [self._sql.among("o.state", self._running_states)]
            return [self._select([*states, *more], order)]
        return [
            self._select([f"o.unit_code = {unit}", f"o.state = '{state}'", *more], order)
            for unit in self._units or ()
            for state in self._running_states
        ]

    def _resting(self, more: list[str], states: Sequence[str] | None, direction: str = "") -> list[str]:
        """The past in these states (None: in any), unit by unit, oldest first unless `direction` is DESC."""
        columns = [] if self._units is None else ["o.unit_code"]
        columns += [] if states is None else ["o.state"]
        keys = [*columns, "o.due_at", "o.id"] if states or not columns else [*columns, "o.id"]
        order = ", ".join(f"{key}{direction}" for key in keys)
        units = [[]] if self._units is None else [[unit] for unit in self._units]
        named = [[]] if states is None else [[self._sql.arg(state, "text")] for state in states]
        heads = [[*unit, *state] for unit in units for state in named]
        return [self._select([*_exactly(columns, head), *more], order) for head in heads]

    def _select(self, conditions: list[str], order: str) -> str:
        where = conjunction([*conditions, *self._conditions])
        page = f"ORDER BY {order} LIMIT {self._limit}" if order else ""
        return f"(SELECT {_COLUMNS} FROM {_SOURCE} WHERE {where} {page})"

    def _page(self, walks: list[str], order: str) -> str:
        """The first rows of all walks together."""
        return f"SELECT * FROM ({' UNION ALL '.join(walks)}) w ORDER BY {order} LIMIT {self._limit}"


def _exactly(columns: list[str], values: list[str]) -> list[str]:
    """Equality said as a range: only an index on these columns gives its rows in their order."""
    if not columns:
        return []
    row, value = f"({', '.join(columns)})", f"({', '.join(_unseen(part) for part in values)})"
    return [f"{row} >= {value}", f"{row} <= {value}"]


def _unseen(value: str) -> str:
    """A bound value that no plan is made for: knowing it would not change the plan, and planning costs more than reading."""
    return f"(SELECT {value})"
