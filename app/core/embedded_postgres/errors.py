"""One exception for everything that can go wrong with the embedded server.

Only administrators read these messages, often in a hurry: each is one plain sentence that says what is wrong
and what to do about it.
"""

import errno
from pathlib import Path

_ADVICE = {
    errno.ENOSPC: "free some space on that disk or choose another data directory",
    errno.EDQUOT: "raise the disk quota or choose another data directory",
    errno.EFBIG: "raise the file size limit (ulimit -f) or choose another data directory",
    errno.EROFS: "remount that disk writable or choose another data directory",
    errno.EACCES: "let the user who runs this program write there or choose another data directory",
    errno.EPERM: "let the user who runs this program write there or choose another data directory",
}


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be started, adopted or stopped; the message says why and what to do."""


def not_writable(where: Path, error: OSError) -> EmbeddedPostgresError:
    """The sentence for a file operation of ours that failed below `where`."""
    advice = _ADVICE.get(error.errno or 0, "repair that or choose another data directory")
    reason = error.strerror or str(error)
    return EmbeddedPostgresError(f"The data directory {where} cannot be written ({reason}); {advice}.")


def not_readable(where: Path, error: OSError) -> EmbeddedPostgresError:
    """The sentence for a folder we may not even look into."""
    return EmbeddedPostgresError(
        f"The data directory {where} cannot be read ({error.strerror or error}); run this program as the user who "
        "owns it."
    )
