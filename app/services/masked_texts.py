"""Masked texts are kept: the rules read a text many times over, and a desk shows the same ones at every look.

Known by their digest, so that the memory holds nothing that a mask has taken out.
"""

from collections import OrderedDict
from hashlib import blake2b

from app.domain.masking import mask_text

MOST_SIGNS = 1_000_000
"""Kept at most, two bytes each: some 8,000 messages, or 300 long letters."""
_AROUND = 100
"""What a text takes besides its signs, in signs."""


class MaskedTexts:
    """Masked texts by digest; beyond `most` signs those that were asked for longest ago are dropped."""

    def __init__(self, most: int = MOST_SIGNS) -> None:
        self._most = most
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self.signs = 0

    def of(self, text: str) -> str:
        """`mask_text`, worked out once."""
        digest = blake2b(text.encode(), digest_size=16).digest()
        found = self._texts.get(digest)
        if found is not None:
            self._texts.move_to_end(digest)
            return found
        made = self._texts[digest] = mask_text(text)
        self.signs += len(made) + _AROUND
        while self.signs > self._most:
            _, dropped = self._texts.popitem(last=False)
            self.signs -= len(dropped) + _AROUND
        return made


_masked = MaskedTexts()


def masked_text(text: str | None) -> str | None:
    """`mask_text`, worked out once for each text; None and the empty text stay."""
    return _masked.of(text) if text else text
