"""Finds somebody's door in free text: building with staircase or flat (3栋2单元501, B座1203, 12-3-402), the number in a street.

A building alone (3号楼没有电梯) and a count of buildings (共3栋楼) lead to nobody and stay.
"""

import re
from collections.abc import Iterator

from app.domain.personal_numbers import Span

_NUMBER = "(?:[A-Za-z]?[0-9十百]{1,5}[A-Za-z]?|[A-Za-z])"
_SIDE = "[东西南北中左右]"
_BUILDING = rf"(?:{_NUMBER}(?:号楼|#楼|#|号院|栋|幢|座|号门|单元|区(?=\d)|楼|层|门(?=\d))|{_SIDE}单元)[- ]?"
_FLAT = (
    r"(?:[0-9]{3,4}(?:室|号|房间?|寝室|宿舍)?(?![0-9人元户家米平多余个块名年%亩吨度])|[0-9]{4}户"
    rf"|[0-9十]{{1,3}}(?:室|号房|户(?![居住人家]))|{_SIDE}户?(?![0-9边侧面方门部区]))"
)
_DOOR = re.compile(
    rf"(?<![至到共每第0-9A-Za-z])(?:{_BUILDING}){{1,4}}{_FLAT}|(?<![至到共每第0-9A-Za-z]){_NUMBER}(?:号楼|#楼|#|栋|幢)[- ]?"
    rf"(?:{_NUMBER}|{_SIDE})单元|(?<![0-9]){_NUMBER}号院{_NUMBER}号楼"
    r"|(?<![\d\-])\d{1,3}[\-－—]\d{1,2}[\-－—]\d{3,4}(?:室|号)?(?![\d\-])"
    r"|(?<![\d\-])\d{1,3}-\d{3,4}(?=室|户|我家|[,，]?住)|(?<=住)\d{1,3}-\d{3,4}(?![\d\-元])"
    r"|(?<![0-9A-Za-z])[A-Z]?\d{3,4}(?:室|寝室)(?!内|外|友)"
)
_STREET = re.compile(
    rf"[0-9]{{1,3}}[排队组社][0-9十百]{{1,5}}号(?!线|令|文)"
    rf"|(?<=[路街巷道弄组社队排])[0-9十百]{{1,5}}号(?!线|令|文|公路)(?:院|{_NUMBER}(?:栋|幢|号楼))?|门牌号?[是为：: ]{{0,2}}([0-9十百]{{1,5}}号?)"
)
_LIKELY = re.compile(
    "[0-9十百A-Za-z](?:号|#|栋|幢|座|单元|区[0-9]|楼[0-9十东西南北中左右]|层[0-9十]|室|寝室|-[0-9])|门牌"
)
"""Most texts have no such sign, and then need no closer look."""
_OFFICE = re.compile("(?:中心|大厅|[局委院所站厅处]|政府|大厦|写字楼|办公楼|办公室|银行|学校|窗口)[^，。；]{0,6}$")


def door_spans(bones: str) -> Iterator[Span]:
    """Building with staircase or flat, and the number in a street, in a text's skeleton."""
    if not _LIKELY.search(bones):
        return
    for pattern in (_DOOR, _STREET):
        for found in pattern.finditer(bones):
            yield (*found.span(found.lastindex or 0), "**")


def home_spans(bones: str) -> Iterator[Span]:
    """Doors of homes only: the room of an office (政务大厅B座1203室) and the number of its street stay."""
    for found in _DOOR.finditer(bones) if _LIKELY.search(bones) else ():
        if not _OFFICE.search(bones[max(0, found.start() - 12) : found.start()]):
            yield (*found.span(), "**")
