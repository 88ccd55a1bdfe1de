"""Finds the numbers that belong to a person in free text: identity, bank card, mobile, plate, account names, papers.

A number must look like one of these to be hidden, so that dates, amounts, document numbers and the short numbers of
offices stay readable. Patterns run over the text's skeleton, in which every numeral (三, 叁, 幺, ③) is a digit and
every sign keeps its place. Each finder is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

Span = tuple[int, int, str]
"""Where something to hide begins and ends, and what stands there instead."""

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_WIDE: dict[int, int | str] = {**{code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))},
         ord("＠"): "@", ord("．"): ".", ord("－"): "-", ord("＋"): "+", ord("＃"): "#", ord("\u3000"): " ", ord("\u00a0"): " "}  # fmt: skip
_PLAIN = {**_WIDE, **dict.fromkeys(_UNSEEN, "")}
_NOT_PLAIN = re.compile(f"[{''.join(map(chr, _PLAIN))}]|[^\\D0-9]")


def plain(text: str) -> str:
    """The text with digits and letters as machines write them (１３８ → 138) and without signs that nobody sees.

    Punctuation stays Chinese: that is why this is not simply NFKC.
    """
    return _NOT_PLAIN.sub(_as_machines_write, text)


def _as_machines_write(found: re.Match[str]) -> str:
    written = _PLAIN.get(ord(found[0]))
    if written is None:
        return str(unicodedata.digit(found[0]))
    return chr(written) if isinstance(written, int) else written


_NUMERALS = dict(
    zip(
        "零〇○⓪一壹幺①⒈二贰两②⒉三叁③⒊四肆④⒋五伍⑤⒌六陆⑥⒍七柒⑦⒎八捌⑧⒏九玖⑨⒐",
        "0000" + "11111" + "22222" + "".join(str(digit) * 4 for digit in range(3, 10)),
        strict=True,
    )
)
_NUMERAL = re.compile(f"[{''.join(_NUMERALS)}]")
_BULLET = re.compile("[①-⑨⒈-⒐](?=1[3-9][0-9]{9})")


def skeleton(text: str) -> str:
    """The text with a digit for every numeral, sign for sign: what is found in it stands at the same place in the text."""
    return _NUMERAL.sub(lambda found: _NUMERALS[found[0]], _BULLET.sub(" ", text))


_REGIONS = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(first, last + 1)
)
"""The first two digits of identity numbers: the province."""
_LONG = re.compile(r"(?<!\d)\d(?:[ .·\-]{0,2}\d){14,18}(?:[ \-]{0,2}[Xx])?(?![\dA-Za-z])")
_CARD = re.compile(r"(?<!\d)[3-69](?:\d{15,18}|\d{3}(?:[ .\-]\d{4}){3}(?:[ .\-]?\d{1,3})?|\d{5}[ \-]\d{10,13})(?!\d)")
_BETWEEN = r"[ .·\-_~—–/()（）\n]{0,3}"
_JOINED = r"[，,、。 ]{0,2}(?:然后|后面|接着|最后|中间|加上|再|后4位|是|的|[，,、。 ]){0,4}"
_MOBILE = re.compile(
    rf"(?<![0-9])(?:[(（](?=\d{{3}}[)）])|(?:\+|00)?86[- ]{{0,2}}|0)?(?:"
    rf"[1伊][ .\-]{{0,2}}[3-9](?:{_BETWEEN}[0-9]){{9}}|[1Il][3-9][0-9IlOo]{{9}}(?![A-Za-z])"
    rf"|1[3-9]\d{_JOINED}\d{{4}}{_JOINED}\d{{4}})(?:转\d{{1,5}})?(?!\d)"
)
_EMAIL = re.compile(
    r"[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?[.点] ?[\w-]{1,63}){1,4}"
    r"|[\w.+-]{1,64} ?(?:#|[(\[（]at[)\]）]|艾特) ?[\w-]{1,63}[.点](?:com|cn|net|org)",
    re.ASCII | re.IGNORECASE,
)
_EMAIL_CHINESE = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[\w-]{1,63}\.[A-Za-z]{2,10}")
_NAMED = "(?:号码|账号|帐号|号|ID)?(?:就是|同号|[：:是为叫 ]){0,3}"
_ACCOUNT = re.compile(
    rf"(?:[微薇威维徽]信|微❤|卫星号|(?<![A-Za-z])(?:(?:weixin|wechat)(?!pay)|v信|wei信|(?:vx|wx|qq|q q|q号)(?![A-Za-z]{{2}}(?![A-Za-z_\-]{{0,17}}[0-9])))|"
    rf"扣扣|球球|企鹅|抖音|快手|微博|[加+➕我](?:微|v|q)){_NAMED}"
    r"([A-Za-z][-_A-Za-z0-9]{4,19}|[0-9](?:[ \-]?[0-9]){4,12})(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])v[：: ]?([A-Za-z]{1,6}[0-9]{4,12})(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼](?: ?[·.\-] ?| )?[A-Z](?: ?[·•.：:\-] ?| ?)"
    r"(?:[A-Z0-9](?: ?[A-Z0-9]){3}[挂学警港澳使领]|[A-Z0-9](?: ?[A-Z0-9]){4,5}(?![A-Z0-9]))"
    r"|(?<![A-Z])WJ ?\w?\d{4,5}(?!\d)|(?:京|民航|使|领)(?:民航)?\d{5,6}(?!\d)",
    re.IGNORECASE,
)
_PAPER = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|居[留住]证|军官证|社保卡|社保账?[户编]?|医保卡?|车架|VIN码?|发动机|残疾证|退休证|驾驶证|"
    r"驾照|行驶证|产权证|学籍|学|准考证|户口本编?|户|[水电气]表户?|病历|住院|工|员工编|[卡账帐]|存折|账户|对公账户|银行卡|"
    r"信用卡|工资卡|身份证|证件)(?:号码|账号|编号|码|号)?[：:是为 ]{0,3}"
    r"((?:军字第)?[A-Za-z0-9](?:[ .\-]?[A-Za-z0-9]){4,24})(?![A-Za-z0-9元年月万块个户人%])",
    re.ASCII,
)
"""Numbers that say whose they are only by the word before them; `_paper` wants that word to say so."""
_LOOSE_WORDS = frozenset(("学", "户", "工", "卡", "账", "帐", "住院", "社保", "医保", "发动机"))
_TAIL = re.compile(
    r"(?:尾号|尾数|末尾|[后末][3-6]位)(?:是|为|[：: ])?([0-9X][0-9A-Z]{2,5}|[A-Z][0-9A-Z]{3,5})(?![0-9A-Z])"
    r"|(?:开头|前面|前[3-7]位)(?:是)?(1[3-9][0-9]{1,6})(?![0-9])"
)
_ADDRESS = re.compile(r"(?<![\d.])\d{2,3}(?:\.\d{1,3}){3}(?![\d.])")
_LANDLINE = re.compile(r"(?<!\d)(?:[(（]0\d{2,3}[)）]|0\d{2,3})[- —]{0,2}\d{3,4}[- ]?\d{4}(?:[转\-]\d{1,5})?(?!\d)")
_DATE = r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?!\d)"
_ANY_NUMBER = re.compile(
    rf"{_DATE}|(?<!\d)((?:\+|00)?\d(?:[ .·\-—()（）]{{0,2}}\d){{6,}}(?:转\d{{1,5}})?)(?![\d,]*\.?\d*[元万亿吨])"
)
"""Seven digits and more, however they are spaced: whatever they are, they may be somebody's. Not dates, not amounts."""


_SEVERAL = re.compile(r"[0-9A-Za-z](?:[ .·•：:\-]{0,3}[0-9A-Za-z_]){2}")
_TOKEN = re.compile(r"[0-9A-Za-z_](?:[ .·•：:\-]{0,3}[0-9A-Za-z_@#]){4}|@|#|艾特")
_MANY_DIGITS = re.compile(rf"[0-9](?:{_BETWEEN}[0-9IlOo]){{6}}|[0-9]{{3}}{_JOINED}[0-9]{{4}}")
"""Most texts have none of these, and then need no closer look."""


def private_spans(text: str, bones: str) -> Iterator[Span]:
    """What belongs to one person only in `text` with its skeleton; offices' land lines, dates and amounts stay."""
    if not _SEVERAL.search(bones):
        return
    yield from _all(_TAIL, bones, "****")
    # 13812345678一直打不通: in the skeleton the number would go on, in the text it does not.
    for written in dict.fromkeys((text, bones)):
        if _MANY_DIGITS.search(written):
            yield from _all(_LONG, written, "******", _is_identity)
            yield from _all(_CARD, written, "******", _is_card)
            yield from _all(_MOBILE, written, "***********")
            yield from _all(_ADDRESS, written, "******")
    if not _TOKEN.search(bones):
        return
    if "@" in text or "#" in text or "艾特" in text or "at" in text:
        for pattern in (_EMAIL, _EMAIL_CHINESE):
            yield from _all(pattern, text, "******")
    for written in dict.fromkeys((text, bones)):
        yield from _all(_ACCOUNT, written, "******")
        yield from _all(_PLATE, written, "*******")
        yield from _all(_PAPER, written, "******", _is_paper)


def number_spans(bones: str) -> Iterator[Span]:
    """Any number that may lead to somebody, land lines included."""
    if not _MANY_DIGITS.search(bones):
        return
    yield from _all(_LANDLINE, bones, "********")
    # On the skeleton alone: what is hidden here may end one numeral too late, never too early.
    for found in _ANY_NUMBER.finditer(bones):
        if found[1]:
            yield (*found.span(1), "*******")


def _all(
    pattern: re.Pattern[str], text: str, mask: str, holds: Callable[[re.Match[str]], bool] | None = None
) -> Iterator[Span]:
    for found in pattern.finditer(text):
        if holds is None or holds(found):
            group = found.lastindex or 0
            yield (*found.span(group), mask)


def _is_paper(found: re.Match[str]) -> bool:
    """Whether the number has four digits and the word before it says that a number follows (学号, not 学)."""
    said = found.string[found.start() : found.start(1)].rstrip("：:是为 ")
    return sum(sign.isdigit() for sign in found[1]) >= 4 and said not in _LOOSE_WORDS


def _is_identity(found: re.Match[str]) -> bool:
    """18 signs (or 15 of before 1999) that begin with a province and hold a year or day of birth; the check digit may be wrong."""
    signs = re.sub(r"[^0-9Xx]", "", found[0])
    if signs[:2] not in _REGIONS or len(signs) not in (15, 18) or not signs[:17].isdigit():
        return False
    if len(signs) == 18 and signs[6:8] == "19":
        return True  # whoever mistypes the month is still that person; running numbers do not begin with 19
    born = signs[6:14] if len(signs) == 18 else f"19{signs[6:12]}"
    try:
        return 1850 < date(int(born[:4]), int(born[4:6]), int(born[6:])).year < 2100
    except ValueError:
        return False


def _is_card(found: re.Match[str]) -> bool:
    """Whether the last digit is the check digit of a bank card, or the first ones are those of China's cards."""
    digits = [int(sign) for sign in reversed(found[0]) if sign.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return digits[-2:] == [2, 6] or (sum(digits[::2]) + sum(doubled)) % 10 == 0
