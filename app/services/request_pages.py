"""Which requests stand on a page of a list: found newest first along an index, so that a page costs the same however
many requests there have been.

What a list is narrowed by that has an index of its own is walked code by code, each as far as one page needs, and put
in order afterwards. A plan for unknown values would rather read the newest requests until enough of them fit, so
equality is said as a range: only the index that is meant can give its rows in the order asked for.
"""

from collections.abc import Sequence

from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.services.pages import VERSIONS

_LEAD = "LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no"
_ROWS = f"service_request r {_LEAD}"
_LAST = 2**63 - 1


class RequestPage:
    """A statement for `limit` requests below the id `before` that fulfil the conditions."""

    def __init__(self, sql: Sql, conditions: list[str], *, before: int | None, limit: int) -> None:
        self._sql, self._conditions, self._limit = sql, conditions, limit
        self._before = sql.arg(_LAST if before is None else before, "bigint")

    def of_all(self) -> str:
        """Of all requests."""
        return f"SELECT r.id, {VERSIONS} FROM {_ROWS} WHERE {self._where(f'r.id < {self._before}')} {self._newest}"

    def of_units(self, units: Sequence[str], filer: Actor | None) -> str:
        """Of the requests that these units have had orders of, and those that the filer brought in."""
        walks = [
            f"""SELECT w.id FROM {self._each(units)} CROSS JOIN LATERAL (
            SELECT r.id FROM (SELECT DISTINCT v.request_id FROM work_order v
                WHERE v.unit_code = u.code AND v.request_id < {self._before} ORDER BY v.request_id DESC) v
            JOIN service_request r ON r.id = v.request_id {_LEAD}
            WHERE {self._where()} {self._newest}) w"""
        ]
        if filer is not None:
            name = self._sql.arg(filer.name)
            own = f"(r.filed_by, r.id) < ({name}, {self._before}) AND r.filed_by >= {name} AND NOT r.restricted"
            newest = f"ORDER BY r.filed_by DESC, r.id DESC LIMIT {self._limit}"
            walks.append(f"(SELECT r.id FROM {_ROWS} WHERE {self._where(own)} {newest})")
        return self._gathered(" UNION ALL ".join(walks))

    def of_codes(self, column: str, codes: Sequence[str]) -> str:
        """Of those with one of these codes in an indexed column."""
        fits = self._where(f"(r.{column}, r.id) < (u.code, {self._before}) AND r.{column} >= u.code")
        return self._gathered(
            f"""SELECT w.id FROM {self._each(codes)} CROSS JOIN LATERAL (
            SELECT r.id FROM {_ROWS} WHERE {fits} ORDER BY r.{column} DESC, r.id DESC LIMIT {self._limit}) w"""
        )

    def of_hits(self, words: str) -> str:
        """Of those that hold all these words, found by the index of words."""
        query = f"plainto_tsquery('simple', {self._sql.arg(words)})"
        return f"""WITH hit AS MATERIALIZED (SELECT s.id FROM service_request s WHERE s.search @@ {query})
            SELECT w.* FROM (SELECT id FROM hit WHERE id < {self._before} ORDER BY id DESC) h CROSS JOIN LATERAL (
                SELECT r.id, {VERSIONS} FROM {_ROWS} WHERE {self._where("r.id = h.id")} LIMIT 1) w
            ORDER BY h.id DESC LIMIT {self._limit}"""

    def _each(self, codes: Sequence[str]) -> str:
        return f"unnest({self._sql.arg(list(codes), 'text[]')}) AS u(code)"

    def _where(self, *more: str) -> str:
        return conjunction([*more, *self._conditions])

    @property
    def _newest(self) -> str:
        return f"ORDER BY r.id DESC LIMIT {self._limit}"

    def _gathered(self, walks: str) -> str:
        page = f"SELECT DISTINCT id FROM ({walks}) w ORDER BY id DESC LIMIT {self._limit}"
        return f"SELECT r.id, {VERSIONS} FROM ({page}) f JOIN service_request r USING (id) {_LEAD} ORDER BY r.id DESC"
