"""Give the roles of installations that are there already what is new, and them the role of the discipline inspectors.

A fresh installation has no roles yet; seeding fills them. What an administrator took from a role stays taken, but for
permissions that did not exist before.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "grant_what_is_new"
down_revision: str | Sequence[str] | None = "allow_erasure"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STAFF = ("request.read", "request.read_all", "catalogue.read")
GRANTED: dict[str, tuple[str, ...]] = {
    "operator": ("request.handover",),
    "expert": ("request.handover",),
    "dispatcher": ("request.handover", "request.shield", "request.export", "statistics.read"),
    "handler": ("statistics.read",),
    "supervisor": ("request.shield", "request.export", "statistics.read"),
    "auditor": ("request.export", "statistics.read"),
    "admin": ("statistics.read",),
}
DISCIPLINE = (
    *STAFF, "request.classify", "request.dispatch", "request.answer", "request.decline", "request.transfer",
    "request.hold", "request.review", "request.callback", "request.reopen", "request.close", "request.supplement",
    "request.remind", "request.reveal", "request.restricted", "request.handover", "request.shield", "request.merge",
    "request.supervise", "request.export", "application.decide", "statistics.read",
)  # fmt: skip
RESTRICTED = ("2501", "2502", "2503", "2504", "2506", "2507")


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def upgrade() -> None:
    for role, permissions in GRANTED.items():
        op.execute(
            f"""
            UPDATE role SET permissions = ARRAY(
                SELECT DISTINCT p FROM unnest(permissions || ARRAY[{_listed(permissions)}]) p ORDER BY p)
            WHERE code = '{role}'
            """
        )
    op.execute(
        f"""
        INSERT INTO role (code, name, permissions)
        SELECT 'discipline', '纪检专员', ARRAY[{_listed(DISCIPLINE)}] WHERE EXISTS (SELECT FROM role WHERE code = 'admin')
        ON CONFLICT (code) DO NOTHING
        """
    )
    op.execute(f"UPDATE category SET restricted = true WHERE code IN ({_listed(RESTRICTED)})")


def downgrade() -> None:
    """What was granted stays: nobody knows whether it has been granted by hand since."""
