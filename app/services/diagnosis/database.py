"""Looks at the database: reachable, recent enough, migrated, with our keys, and holding what the work needs."""

from datetime import date

import asyncpg

from app.core.clock import now
from app.core.database import Connection
from app.services.diagnosis.finding import Finding, fail, ok, warn
from app.services.diagnosis.keys import look_at_keys
from app.services.diagnosis.replica import look_at_replica
from app.services.installation import foreign_schema, head_revision, schema_version
from app.services.restoring import AHEAD
from app.settings import Settings

OLDEST_MAJOR = 16
SKEW_NOTICED, SKEW_TOO_LARGE = 1.0, 60.0
_COUNTS = """
SELECT (SELECT count(*) FROM unit WHERE active) AS units,
       (SELECT count(*) FROM category WHERE active) AS categories,
       (SELECT count(*) FROM routing_rule) AS rules,
       (SELECT count(*) FROM sla_policy) AS policies,
       (SELECT count(*) FROM knowledge_article WHERE active) AS knowledge,
       EXISTS (SELECT 1 FROM sla_policy WHERE kind IS NULL AND urgency IS NULL AND category_prefix = '') AS catch_all,
       EXISTS (SELECT 1 FROM user_account u JOIN user_role r ON r.user_id = u.id
               WHERE u.active AND r.role_code = 'admin') AS admin
"""
_CALENDAR = """
SELECT extract(year FROM day)::int AS year, bool_or(provisional) AS provisional
FROM calendar_day GROUP BY 1
"""
_SEED = "Run `hotline seed`."


async def look_at_database(url: str, settings: Settings) -> list[Finding]:
    """Everything that the database can tell; ends early where the rest would make no sense."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error) or type(error).__name__
        return [fail("database", f"cannot be reached ({reason})", "Start it, or correct HOTLINE_DATABASE_URL.")]
    try:
        findings = [await _version(connection), await _clocks(connection), *await look_at_replica(connection, settings)]
        version = await schema_version(connection)
        if told := foreign_schema(version):
            return [*findings, fail("schema", *told.split(": ", 1))]
        if version != head_revision():
            return [*findings, fail("schema", "not the newest", "Run `hotline migrate`.")]
        findings += [ok("schema", "the newest"), *await look_at_keys(connection, settings)]
        today = now().astimezone(settings.zone).date()
        findings += [*await _history(connection), *await _content(connection)]
        return [*findings, *await _calendar(connection, today)]
    finally:
        await connection.close()


async def _version(connection: Connection) -> Finding:
    told = f"reachable, PostgreSQL {await connection.fetchval('SHOW server_version')}"
    if connection.get_server_version().major < OLDEST_MAJOR:
        return fail("database", told, f"Use PostgreSQL {OLDEST_MAJOR} or newer.")
    return ok("database", told)


async def _clocks(connection: Connection) -> Finding:
    before = now()
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    ours = before + (now() - before) / 2
    skew = abs((theirs - ours).total_seconds())
    told, advice = f"{skew:.2f} s apart", "Synchronise the clocks of this machine and the database (NTP)."
    if skew > SKEW_TOO_LARGE:
        return fail("clocks", told, advice)
    return warn("clocks", told, advice) if skew > SKEW_NOTICED else ok("clocks", told)


async def _history(connection: Connection) -> list[Finding]:
    if not await connection.fetchval(AHEAD):
        return []
    told = "restored from a dump: the feed, messages and webhooks would miss what is new"
    return [fail("history", told, "Stop the service and run `hotline restored`.")]


async def _content(connection: Connection) -> list[Finding]:
    row = await connection.fetchrow(_COUNTS)
    if row is None:
        return []
    told = ", ".join(f"{row[name]} {name}" for name in ("units", "categories", "rules", "policies", "knowledge"))
    findings = [ok("reference data", told)]
    if not row["categories"]:
        findings.append(fail("categories", "none: nothing can be classified", _SEED))
    if not row["catch_all"]:
        advice = "Run `hotline seed`, or add one for any kind, any urgency and any category."
        findings.append(fail("time limits", "no policy that fits every request", advice))
    if not row["units"] or not row["rules"]:
        advice = "Add units and routing rules, or try the demo city: `hotline seed --demo`."
        findings.append(warn("units and rules", "every request waits for a dispatcher", advice))
    if not row["admin"]:
        findings.append(fail("administrator", "no active one", _SEED))
    return findings


async def _calendar(connection: Connection, today: date) -> list[Finding]:
    years = {row["year"]: row["provisional"] for row in await connection.fetch(_CALENDAR)}
    if today.year not in years:
        return [fail("calendar", f"no holidays for {today.year}: limits are computed wrongly", _SEED)]
    missing = [str(year) for year in (today.year + 1,) if year not in years]
    if missing:
        return [warn("calendar", f"no holidays for {missing[0]} yet", _SEED)]
    provisional = [str(year) for year in (today.year, today.year + 1) if years[year]]
    told = f"holidays of {today.year} and {today.year + 1}"
    if provisional:
        advice = "Enter the make-up days when the State Council announces them (usually in November)."
        return [warn("calendar", f"{told}; {' and '.join(provisional)} provisional", advice)]
    return [ok("calendar", told)]
