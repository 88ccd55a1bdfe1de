"""Masked texts are kept: the rules read a text many times over, and a desk shows the same ones at every look.

Known by their digest, so that the memory holds nothing that a mask has taken out.
"""

from collections import OrderedDict
from hashlib import blake2b

from app.domain.masking import mask_text

_KEPT = 4096
_masked: OrderedDict[bytes, str] = OrderedDict()


def masked_text(text: str | None) -> str | None:
    """`mask_text`, worked out once for each text; None and the empty text stay."""
    if not text:
        return text
    digest = blake2b(text.encode(), digest_size=16).digest()
    found = _masked.get(digest)
    if found is None:
        found = _masked[digest] = mask_text(text)
        if len(_masked) > _KEPT:
            _masked.popitem(last=False)
    else:
        _masked.move_to_end(digest)
    return found
