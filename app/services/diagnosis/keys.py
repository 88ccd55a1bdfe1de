"""Looks at the secret keys: whether they fit the database, which of them are still needed and for what."""

from app.core.database import Connection
from app.core.security import KeyRing, KeyRingError
from app.services.diagnosis.finding import Finding, fail, ok, warn
from app.services.installation import keys_file, load_keys
from app.services.key_rotation import keys_in_use
from app.settings import Settings

_ADVICE = "Set HOTLINE_SECRET_KEYS to those of the machine that set this database up (its file secret_keys)."


async def look_at_keys(connection: Connection, settings: Settings) -> list[Finding]:
    """Whether the keys are the database's, and a finding for each key."""
    stored = await connection.fetchval("SELECT key_fingerprint FROM installation")
    if not settings.secret_keys and not keys_file(settings).exists():
        if stored is None:
            return [ok("secret keys", "none yet; the first start makes them")]
        return [fail("secret keys", "missing, but the database was set up with some", _ADVICE)]
    try:
        keys = load_keys(settings)
    except (KeyRingError, OSError) as error:
        return [fail("secret keys", f"cannot be read ({error})", _ADVICE)]
    if stored not in (None, keys.fingerprint()):
        return [fail("secret keys", "the database was set up with others", _ADVICE)]
    return [ok("secret keys", "fit the database"), *_uses(keys, await keys_in_use(connection))]


def _uses(keys: KeyRing, counts: dict[str, int]) -> list[Finding]:
    """A line a key: what needs it; keys that are gone, too."""
    found = []
    for key_id in (*keys.ids, *sorted(counts.keys() - set(keys.ids))):
        told = f"{counts.get(key_id, 0)} sealed fields"
        if key_id not in keys.ids:
            found.append(fail(f"secret key {key_id}", f"missing, needed by {told}", _ADVICE))
            continue
        roles = [name for name, own in (("current", keys.current), ("look-ups", keys.oldest)) if own == key_id]
        told += f" ({', '.join(roles)})" if roles else ""
        if counts.get(key_id) and key_id != keys.current:
            found.append(
                warn(f"secret key {key_id}", told, "Run `hotline keys rotate` to bring them to the first key.")
            )
        elif roles:
            found.append(ok(f"secret key {key_id}", told))
        else:
            found.append(ok(f"secret key {key_id}", f"{told}; no longer needed here, backups from its time need it"))
    return found
