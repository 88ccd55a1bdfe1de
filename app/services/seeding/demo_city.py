"""The demo city: a fictional county-level city with areas, places, units, rules and users."""

import json

from app.core.database import Connection
from app.core.security import hash_password
from app.services.seeding.files import fill_if_empty, read_csv
from app.services.seeding.people import NewUser, insert_users
from app.settings import Settings

HANDLER_PREFIX = "unit-"


async def seed_demo_city(connection: Connection, settings: Settings) -> dict[str, int]:
    """Insert what is missing; all demo users have the demo password."""
    areas = [
        {**row, "boundary": json.loads(row["boundary"] or "null"), "active": True}
        for row in read_csv("demo_city/areas.csv", ["aliases"])
    ]
    places = read_csv("demo_city/places.csv", ["aliases"])
    units = [{**row, "active": True} for row in read_csv("demo_city/units.csv")]
    rules = [
        {
            **row,
            "category_prefix": row["category_prefix"] or "",
            "area_prefix": row["area_prefix"] or "",
            "note": row["note"] or "",
        }
        for row in read_csv("demo_city/routing_rules.csv")
    ]
    counts = {
        "areas": await fill_if_empty(connection, "area", areas),
        "places": await fill_if_empty(connection, "place", places),
        "units": await fill_if_empty(connection, "unit", units),
        "routing_rules": await fill_if_empty(connection, "routing_rule", rules),
    }
    staff = [
        NewUser(row["username"], row["display_name"], tuple(row["roles"]), row["unit_code"])
        for row in read_csv("demo_city/users.csv", ["roles"])
    ]
    handlers = [NewUser(HANDLER_PREFIX + unit["code"], unit["name"], ("handler",), unit["code"]) for unit in units]
    demo_password = await hash_password(settings.demo_password)
    counts["users"] = await insert_users(connection, [*staff, *handlers], demo_password)
    await connection.execute("UPDATE installation SET demo = true")
    return counts
