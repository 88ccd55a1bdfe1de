"""Which calls only read: told by method and path alone, before anything else is done for them."""

READS = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods that change nothing."""


def only_reads(method: str, path: str) -> bool:
    """Whether a call brings nothing that could be lost; a look-up sends number and code in a form."""
    return method in READS or (path.startswith("/track") and path.count("/") < 3)
