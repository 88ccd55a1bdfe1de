"""Notices that a place lies outside the city: 成都市人民南路 is not our 人民南路.

Provinces and cities are named here; a district or county that nobody listed is told by its ending, at the head of an
address only. A city's own province may stand before its name, so what the gazetteer knows always comes first.
"""

import re
from collections.abc import Iterator

from app.domain.understanding.names import Hit
from app.domain.understanding.sieve import PairTable

_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 内蒙古 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川 "
    "贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 香港 澳门 台湾"
)
_CITIES = (
    "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 "
    "包头 赤峰 通辽 鄂尔多斯 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 长春 四平 通化 延边 哈尔滨 齐齐哈尔 大庆 佳木斯 牡丹江 "
    "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 "
    "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 "
    "宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 "
    "德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 黄石 "
    "十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 "
    "广州 深圳 珠海 汕头 佛山 韶关 湛江 肇庆 江门 茂名 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 "
    "梧州 北海 钦州 贵港 玉林 百色 河池 海口 三亚 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 "
    "雅安 巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节 铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 大理 拉萨 日喀则 "
    "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 酒泉 西宁 银川 石嘴山 吴忠 乌鲁木齐"
)
_NAMED = re.compile(
    f"(?P<big>{'|'.join(_PROVINCES.split())})(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区)?(?![路街巷道西东南北]|中路|大[道街酒])"
    f"|(?P<city>{'|'.join(_CITIES.split())})(?P<mark>市|州|地区)?(?![路街巷道西东南北]|中路|大[道街酒])"
)
_BEGINNINGS = PairTable(name[:2] for name in f"{_PROVINCES} {_CITIES}".split())
_HEAD = re.compile(
    "^(?:我(?:在|是|住)?|在|住)?(?P<name>[\u4e00-\u9fff]{2,3}?(?:省|(?<![超夜城门菜都早股牛花果])市(?![场民政里区内中一二三])|自治[州县]"
    "|县(?![道城里委政医])|(?<![小社景园片矿城郊校厂住居街发新库林山牧工辖全东西南北])区(?![域间块里内])))"
)
_STOPS = re.compile("[，,。；;！!？?\n在到来去回从]")
_REACH = 12
_OPENING = 4
_GOES_ON = re.compile("[\u4e00-\u9fff]{1,5}?(?:[区县镇乡]|[路街道])")


def elsewhere_in(text: str, hits: list[Hit], *, address: bool) -> list[tuple[int, int]]:
    """Return where in `text` places outside the city are named; `hits` are the names of the city's own."""
    found = []
    for read in _named_in(text):
        if (address or read["big"] or read["mark"]) and not _is_ours(read.start(), hits):
            found.append((read.start(), read.end()))
    head = _HEAD.match(text) if address else None
    if head and not _is_ours(head.start("name"), hits):
        found.append((head.start("name"), head.end("name")))
    return found


def _named_in(text: str) -> Iterator[re.Match[str]]:
    """All that `_NAMED` finds; of 300 names it only tries those that may begin at a place."""
    end = 0
    for start in _BEGINNINGS.positions(text):
        if start >= end and (read := _NAMED.match(text, start)):
            end = read.end()
            yield read


def governed(text: str, hits: list[Hit], spans: list[tuple[int, int]]) -> set[Hit]:
    """Return the names that belong to a place elsewhere: those right behind it, without a stop between."""
    lost: set[Hit] = set()
    for start, end in spans:
        reach = end
        for hit in hits:
            if start < hit.start < end:
                lost.add(hit)
                reach = max(reach, hit.end)
                continue
            between = text[reach : hit.start]
            if hit.start >= reach and len(between) <= _REACH and not _STOPS.search(between):
                lost.add(hit)
                reach = hit.end
    return lost


def opens_with(text: str, start: int, end: int) -> bool:
    """Whether a message begins with a whole place of another city (成都市武侯区…); later on it may be where somebody is from."""
    return start <= _OPENING and text[end - 1] == "市" and _GOES_ON.match(text, end) is not None


def _is_ours(start: int, hits: list[Hit]) -> bool:
    """Whether a name of ours begins there or before; one that begins within (市人民医院 in 乐山市人民医院) is theirs."""
    return any(hit.start <= start < hit.end for hit in hits)
