"""The second check for Chinese: what is left of two questions without their manners must be the same, in order.

No small model tells near Chinese questions apart well enough, so this one is a matter of letters: particles and polite
words go, words that may stand for one another become one, and nothing that carries meaning may be left over.
"""

import difflib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from cothink.traffic.cache.semantic.lexicon import listed

HAN = re.compile(r"[㐀-鿿]")
_MARKS = re.compile(r"[\W_]+")
_LATIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_POLITE = re.compile(
    r"^(?:你好|您好|请问一下|请问|请教一下|请教|麻烦问一下|麻烦|想问一下|想问|问一下|我想知道|我想问|想知道|谁知道|有谁知道|"
    r"有没有人知道|大家知道|你知道|您知道|告诉我|跪求|急求|在线等|那么|那|求助)+"
)
_TAIL = re.compile(r"(?:谢谢|多谢|急|求解|求助|求解答|在线等|吗|呢|啊|呀|吧|哦|嘛|么|啦|的|了)+$")
_SAME = tuple(
    (group.split()[0], tuple(sorted(group.split()[1:], key=len, reverse=True)))
    for group in """
    怎么 怎么样才能 怎样才能 如何才能 怎么才能 怎么样可以 应该怎么样 应该怎样 应该如何 应该怎么 该怎么样 该怎样
    怎么 该如何 该怎么 要怎么 要如何 怎么样 怎样 如何 咋样 咋 怎么可以 怎么能
    为什么 为何 为啥 为甚么 是什么原因 什么原因 怎么会 凭什么
    什么 啥 甚么
    什么是 什么叫做 什么叫 何为
    哪里 哪儿 在哪 何处 什么地方
    何时 什么时候 啥时候 什么时间 几时
    谁 哪位 什么人
    哪个 哪一个 哪款 哪种
    多久 多长时间 多少时间
    能 可不可以 能不能 可以 能够 可否 能否 可
    有 有没有 是否有 有无
    是 是不是 是否
    会 会不会
    买 购买
    删 删除 删掉
    图 图片 照片 相片
    电脑 计算机
    喜欢 喜爱
    改 修改 更改
    电影 影片
    女孩 女生 女孩子 女孩儿
    男孩 男生 男孩子 男孩儿
    妈妈 母亲
    爸爸 父亲
    看 观看
    现在 目前 如今
    软件 app
    办 办理
    减肥 瘦身
    手机号 手机号码 电话号码
    漂亮 好看 美丽
    名字 名称
    没 没有
    想 想要
    用 使用
    """.strip().splitlines()
)
_LONG = 16  # letters of a statement: beyond them a small change is often a change of meaning
_FREE = frozenset("的了吗呢啊呀吧哦嘛么啦呗地得着请是就个一会要在些")
_STARTS = re.compile(r"^我们?(?=怎么|能|要)")
_NEGATIONS = frozenset("不没无非未别勿莫否")
_COUNTED = re.compile(
    r"[零一二三四五六七八九十百千万亿两半]+(?=[天个年月日号岁元块次人小分秒米斤克度种条级期倍点楼层周])"
)
_ASKS = ("为什么", "怎么", "什么", "哪里", "何时", "谁", "哪个", "多久", "多少", "几")
_OPPOSED = tuple(
    frozenset(pair)
    for pair in listed(
        """
        大小 多少 高低 快慢 买卖 借还 存取 开关 上下 左右 前后 进出 男女 早晚 新旧 好坏 黑白红蓝绿黄 冷热
        长短 增减 加减 东西南北 春夏秋冬 爱恨 胖瘦 输赢 收发 来去 今明昨 我你他她您 这那 公母 爸妈 哥弟姐妹
        软硬 真假 生死 装卸 升降 涨跌 内外 先后 贵贱 轻重
        """
    )
)


@dataclass(frozen=True, slots=True)
class Letters:
    """One Chinese text, taken apart.

    Args:
        flat: Its letters without marks.
        core: Its letters without manners and marks, words that stand for one another made one.
        asks: The kinds of question in it.
    """

    text: str
    flat: str
    core: str
    asks: frozenset[str]


def letters_of(text: str) -> Letters:
    """Take a text apart."""
    whole = _MARKS.sub("", unicodedata.normalize("NFKC", text).lower())
    flat = _POLITE.sub("", whole) or whole
    for one, others in _SAME:
        for other in others:
            flat = flat.replace(other, one)
    flat = _STARTS.sub("", flat)
    bare = _TAIL.sub("", flat)
    return Letters(text, whole, bare or flat, frozenset(kind for kind in _ASKS if kind in flat))


def judge(a: Letters, b: Letters, cosine: float) -> tuple[float, str]:
    """Return how sure it is that two questions ask the same, 0 to 1, and why.

    Args:
        a: The question whose answer is stored.
        b: The new one.
        cosine: How alike the sentence model finds them.
    """
    if a.flat == b.flat:
        return 0.999, "same words"
    fact = _differs(a, b)
    if fact is not None:
        return 0.0, fact
    if not (a.asks and b.asks) and max(len(a.flat), len(b.flat)) > _LONG:
        return 0.5, "long"
    if a.core == b.core:
        return 0.995, "same words"
    left, right = _left_over(a.core, b.core)
    is_small = set(left + right) <= _FREE and len(left + right) <= 3 and not (left and right)
    if is_small and cosine >= 0.85:
        return 0.98, "same but for small words"
    return min(0.9, max(0.0, cosine)) * 0.5, "words"


def _differs(a: Letters, b: Letters) -> str | None:
    if Counter(_LATIN.findall(a.core)) != Counter(_LATIN.findall(b.core)):
        return "numbers"
    if _COUNTED.findall(a.core) != _COUNTED.findall(b.core):
        return "numbers"
    if [letter for letter in a.core if letter in _NEGATIONS] != [letter for letter in b.core if letter in _NEGATIONS]:
        return "negation"
    if a.asks != b.asks:
        return "question"
    left, right = (Counter(part) for part in _left_over(a.core, b.core))
    if any(group & left.keys() and group & right.keys() for group in _OPPOSED):
        return "opposites"
    if Counter(a.core) == Counter(b.core) and a.core != b.core:
        return "order"
    return None


def _left_over(mine: str, yours: str) -> tuple[str, str]:
    left, right = [], []
    matcher = difflib.SequenceMatcher(None, mine, yours, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            left.append(mine[i1:i2])
            right.append(yours[j1:j2])
    return "".join(left), "".join(right)
