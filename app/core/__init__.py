"""Technical kit that knows no hotline word: database, clock, security, logging, paging."""

from app.core.lazily import without

# Logs for people to read do without its colours, and nothing here uses its greenlets: 3.5 MB in every process.
with without("rich", "greenlet"):
    import structlog  # noqa: F401 - imported once, as it is to be; whoever needs it imports it by name
