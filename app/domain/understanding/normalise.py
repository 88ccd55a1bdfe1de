"""One spelling for one word, so that every later rule compares like with like.

Citizens paste traditional characters, full-width digits, PDF radicals and invisible marks; village papers
write 乾部 and 民懮. The original text is kept elsewhere; what comes out of here is for matching and search only.
"""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC
from rjieba import cut_for_search

# Kept full-width: these are the Chinese punctuation marks, not wide ASCII.
_KEPT_FULL_WIDTH = "，！？：；（）～"
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide) not in _KEPT_FULL_WIDTH}

# Kangxi radicals look like the ordinary characters and come out of PDF files; NFC leaves them alone.
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}

# Variants that occur in local papers and that the dictionary of opencc does not know.
_VARIANTS: dict[int, int] = str.maketrans(
    "懮衞硏畧汚戸尙囯鑛砲疎鬪痺祕廻吿呌厰鄕邨寃彊塲甯賬",
    "忧卫研略污户尚国矿炮疏斗痹秘回告叫厂乡村冤强场宁账",
)
_TRANSLATION: dict[int, int | str | None] = {**_HALF_WIDTH, **_RADICALS, **_VARIANTS}
# Most texts hold none of them, and looking for one costs a tenth of looking up every character.
_TO_TRANSLATE = re.compile(f"[{''.join(map(chr, _TRANSLATION))}]")

# Alternatives that begin with a character each are found faster than a class among them.
_LINE_BREAK = re.compile("\r\n?|\v|\f|\x85|\u2028|\u2029")
# Everything that is neither seen nor a blank: C0/C1 controls, zero-width and bidi marks, letters without a shape,
# lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LETTER = re.compile(r"[^\W_]")
_MANY_BREAKS = re.compile(r"\n\n\n+")

# 著 stays 著 in words of writing and fame (著名, 显著) and is 着 everywhere else (着火, 看着): opencc only does
# the latter for words in its list, and a fire must not hide behind a spelling.
_ZHE = re.compile(r"(?<![显卓名巨专原编论土遗合译昭拙新撰])著(?![名作称者述])")


class Normal(str):
    """A normalised text: whoever is handed one need not normalise it again."""

    __slots__ = ()


def normalise(text: str) -> Normal:
    """Return `text` in simplified characters, half-width signs, without invisible characters, trimmed.

    Line breaks stay as single or double newlines, other runs of blanks become one space, Chinese punctuation
    stays as it is. Doing it twice changes nothing; no string makes it fail.
    """
    if isinstance(text, Normal):
        return text
    return Normal(_tidied(_spelt(text)))


def headed(title: str, text: Normal) -> Normal:
    """Return `title` above `text`, normalised at the price of the title alone."""
    return Normal(_tidied(_spelt(f"{title}\n") + text))


def search_tokens(text: str) -> list[str]:
    """Return the distinct words of `text` in order, lower-case and without punctuation, for full-text search.

    Long words come with their parts (人民政府 → 人民, 政府, 人民政府), so that a citizen's short word finds the
    long official one.
    """
    text = normalise(text)
    pieces = dict.fromkeys(cut_for_search(text, True))
    words = [piece for piece in pieces if piece.isalnum() or _LETTER.search(piece)]
    return words if text.lower() == text else list(dict.fromkeys(map(str.lower, words)))


def _spelt(text: str) -> str:
    text = _INVISIBLE.sub("", _LINE_BREAK.sub("\n", text))
    # A few dictionary entries chain (薴 → 苧 → 苎), so this is repeated until it rests; most texts rest at once.
    for _ in range(5):
        simple = _simplified(text)
        if simple == text:
            break
        text = simple
    return text


def _simplified(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if _TO_TRANSLATE.search(text):
        text = text.translate(_TRANSLATION)
    text = _converter().convert(text)
    return _ZHE.sub("着", text) if "著" in text else text


def _tidied(text: str) -> str:
    text = "\n".join([" ".join(line.split()) for line in text.split("\n")])
    return _MANY_BREAKS.sub("\n\n", text).strip()


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    """Load the dictionary at first use: programs that never match text should not pay for it."""
    return OpenCC("t2s")
