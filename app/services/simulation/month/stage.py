"""Where a simulated request stands, and who can do something about it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.database import Connection
from app.domain.actors import SYSTEM, Actor
from app.domain.catalogue import UnitKind
from app.domain.permissions import Permission as P
from app.domain.states import Subject
from app.services.installation import Installation
from app.services.simulation.cast import Cast
from app.services.simulation.player import Move
from app.services.simulation.tickets import ticket_state
from app.services.workflow.door import Command

Ticket = Mapping[str, Any]

_MORE = """
SELECT r.round, r.urgency, r.desk, r.master_no, r.followers, r.hold_review_on, r.rating_excluded, o.open_application, o.held_at,
    o.returns_left, o.forced, o.resolve_due_at, o.resolve_escalate_at,
    least(r.alarm_at, (SELECT min(alarm_at) FROM work_order w WHERE w.request_id = r.id)) AS next_alarm_at,
    (SELECT kind FROM application a WHERE a.number = o.open_application) AS applied_for,
    (SELECT review_on FROM application a WHERE a.number = o.open_application AND a.kind = 'hold') AS applied_until,
    coalesce((SELECT jsonb_agg(jsonb_build_object('number', w.work_order_no, 'unit_code', w.unit_code, 'role', w.role,
        'state', w.state) ORDER BY w.id) FROM work_order w
        WHERE w.request_id = r.id AND w.role <> 'lead' AND w.state IN ('pending', 'accepted')), '[]') AS helpers,
    coalesce((SELECT jsonb_agg(jsonb_build_object('number', s.number, 'unit_code', s.unit_code, 'state', s.state)
        ORDER BY s.number) FROM supervision s WHERE s.request_id = r.id AND s.state <> 'accepted'), '[]') AS slips,
    (SELECT min(reply_by) FROM supervision s
        WHERE s.request_id = r.id AND s.state = 'open' AND s.overdue_at IS NULL) AS reply_by
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
WHERE r.ticket_no = $1
"""


async def look(connection: Connection, ticket_no: str) -> Ticket:
    """Everything that the next decision may need; raises LookupError when it is not the simulator's business."""
    ticket = await ticket_state(connection, ticket_no)
    more = await connection.fetchrow(_MORE, ticket_no)
    return {**ticket, **dict(more or {})}


@dataclass
class Stage:
    """The installation, its people, chance, and which tickets were filed about the same matter."""

    here: Installation
    cast: Cast
    rng: random.Random
    masters: dict[str, str] = field(default_factory=dict)

    def centre(self, permission: P, action: str, ticket: Ticket, form: Any) -> Move:
        """A step on the request by whoever at the centre may do such things."""
        return Move(
            self.cast.staff(permission, restricted=ticket["restricted"]),
            Command(Subject.REQUEST, action, ticket["ticket_no"], form),
        )

    def citizen(self, action: str, ticket: Ticket, form: Any) -> Move:
        """A step by the one who asked."""
        return Move(self.cast.citizen, Command(Subject.REQUEST, action, ticket["ticket_no"], form))

    def system(self, action: str, ticket: Ticket, form: Any) -> Move:
        """A step by the machine."""
        return Move(SYSTEM, Command(Subject.REQUEST, action, ticket["ticket_no"], form))

    def lead(self, action: str, ticket: Ticket, form: Any) -> Move:
        """A step on the lead order by its unit."""
        return self.order(self.cast.handler(ticket["unit_code"]), action, ticket["lead_order_no"], form)

    def helper(self, index: int, action: str, ticket: Ticket, form: Any) -> Move:
        """A step on one of the helpers' orders by the unit that helps."""
        helper = ticket["helpers"][index]
        return self.order(self.cast.handler(helper["unit_code"]), action, helper["number"], form)

    def order(self, actor: Actor, action: str, number: str, form: Any) -> Move:
        """A step on an order."""
        return Move(actor, Command(Subject.WORK_ORDER, action, number, form))

    def application(self, actor: Actor, action: str, ticket: Ticket, form: Any) -> Move:
        """A step on the open application."""
        return Move(actor, Command(Subject.APPLICATION, action, ticket["open_application"], form))

    def slip(self, actor: Actor, action: str, ticket: Ticket, form: Any) -> Move:
        """A step on the first open slip."""
        return Move(actor, Command(Subject.SUPERVISION, action, ticket["slips"][0]["number"], form))

    def other_units(self, ticket: Ticket, count: int = 1, kind: UnitKind = UnitKind.DEPARTMENT) -> list[str]:
        """Units of this kind that have no part in the matter yet."""
        busy = {ticket["unit_code"], *(helper["unit_code"] for helper in ticket["helpers"])}
        units = self.here.reference.now.units.values()
        free = [unit.code for unit in units if unit.active and unit.kind is kind and unit.code not in busy]
        return self.rng.sample(free, count)

    def master_of(self, ticket_no: str) -> str:
        """The first ticket about the same matter; the ticket itself when it is the first."""
        return self.masters.get(ticket_no, ticket_no)

    def township_with_team(self) -> str:
        """A township that has a village team below it."""
        reference = self.here.reference.now
        found = [
            unit.code
            for unit in reference.units.values()
            if unit.active and unit.kind is UnitKind.TOWNSHIP and len(reference.subordinates[unit.code]) > 1
        ]
        return self.rng.choice(found)

    def later(self, at: datetime, office_hours: float) -> datetime:
        """So many office hours after `at`."""
        return self.here.reference.now.calendar.add_working_time(at, timedelta(hours=office_hours))
