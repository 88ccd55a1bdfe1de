"""Finds people's names in free text by what stands before or after them: 我叫…, 联系人：…, …先生.

Names alone cannot be told from other words; that they follow such a word, or precede a title, can.
"""

import re

COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "宇文", "长孙", "轩辕", "南宫", "独孤", "端木", "百里", "呼延")  # fmt: skip
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左"
    "柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄"
    "窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝于"
)
_BEFORE_A_NAME = frozenset("向和于与对给同跟请由时从任找为是让被经应叫问")
"""Words that may stand right before a surname, some of them surnames themselves."""
_HAN = r"[\u4e00-\u9fff]"
_FOREIGN = rf"{_HAN}{{2,8}}[·•]{_HAN}{{2,8}}"
_SURNAME = f"(?:{'|'.join(COMPOUND)}|[{''.join(sorted(SURNAMES))}])"
_INTRODUCED = re.compile(
    r"((?:我叫|我名叫|姓名|名字[是叫]|联系人|反映人|举报人|投诉人|诉求人|申请人|当事人|户主|户名)\s*[是为叫：:]?\s*)"
    rf"(?:{_FOREIGN}|{_SURNAME}{_HAN}{{1,2}}|(?<=[叫：:]){_HAN}{{2,3}})"
)
_MYSELF = re.compile(
    rf"(本人\s*[，,：:]?\s*)(?![于和时向从曾常经家任应全成方明连路管])(?:{_FOREIGN}|{_SURNAME}{_HAN}{{1,2}})"
    r"(?=[，,。；;、（(\s男女系住]|身份证|电话|手机|$)"
)
_TITLED = re.compile(rf"({_HAN}{{1,4}})(?=先生|女士|小姐|同志|师傅|老师|大爷|大妈|大叔|大娘|阿姨|老人家)")


def without_names(text: str) -> str:
    """Names that introduce themselves or stand before a title lose all but the surname; `张先生` stays."""
    text = _INTRODUCED.sub(r"\1**", text)
    text = _MYSELF.sub(r"\1**", text)
    return _TITLED.sub(_hide_given_name, text)


def _hide_given_name(found: re.Match[str]) -> str:
    words = found[1]
    before_surname = words[-2:-1] in _BEFORE_A_NAME or words[:-1].endswith("感谢")
    if len(words) < 2 or words[-2:] in COMPOUND or (words[-1] in SURNAMES and before_surname):
        return words  # a surname before its title, or somebody without a name
    for length in (4, 3):
        if words[-length:][:2] in COMPOUND and len(words) >= length:
            return f"{words[: len(words) - length + 2]}**"
    for length in (3, 2):
        if len(words) >= length and words[-length] in SURNAMES and words[-length] not in _BEFORE_A_NAME:
            return f"{words[: len(words) - length + 1]}**"
    return words
