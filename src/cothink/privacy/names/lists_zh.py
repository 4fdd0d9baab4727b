"""Closed lists of Chinese: surnames with a form of address, and the provinces and cities. Written by hand."""

import re
from collections.abc import Iterator
from typing import Final

from cothink.privacy.spans import Span, Trust

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪辛柯庄温牛"
    "樊葛邢安齐伍庞颜倪季章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮纪梅童凌毕单裴霍涂成苗谷曲盛冉翁蓝路游靳辜管柴"
    "蒙鲍华喻祁蒲房滕屈饶牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏卞席柏蔺瞿位闵迟丛占宗邬习郎全桑"
    "仇隋苑宣刁储边巫麻蒯车明原商郁封植练糜危楼佟丘仲仝冼"
)
RARE: Final = (
    "阚宓茅佘冀厉巩巴帅幸弓惠敖昌晁权栗栾桓池汝沙沐狄甄皮盖睦祖竺米粟索聂胥臧芮荀荆茹莘萨蔚衡裘谈谌谯贝赫逄逯邝邰郗郜郦鄢"
    "阙隗雍雒靖鞠韶仉匡卓屠巢庾扈昝束枚桑殳牧由矫稽笪羿菅蓟褒訾钭钮闾"
)
COMPOUND: Final = (
    "欧阳 上官 司马 诸葛 皇甫 司徒 东方 令狐 夏侯 尉迟 慕容 长孙 宇文 公孙 轩辕 端木 独孤 南宫 西门 百里 呼延 澹台 淳于 申屠 "
    "闻人 太史 钟离 拓跋 赫连 完颜 闾丘 濮阳 仲孙 万俟"
).split()
PROVINCES: Final = {
    "北京市": "", "上海市": "", "天津市": "", "重庆市": "",
    "河北省": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水", "山西省": "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    "辽宁省": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛", "吉林省": "长春 吉林 四平 辽源 通化 白山 松原 白城",
    "黑龙江省": "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化", "江苏省": "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁",
    "浙江省": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水", "安徽省": "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    "福建省": "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德", "江西省": "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶",
    "山东省": "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽", "河南省": "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店",
    "湖北省": "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州", "湖南省": "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底",
    "广东省": "广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮",
    "广西壮族自治区": "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左", "海南省": "海口 三亚 儋州",
    "四川省": "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳", "贵州省": "贵阳 六盘水 遵义 安顺 毕节 铜仁",
    "云南省": "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧", "陕西省": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛",
    "甘肃省": "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南", "青海省": "西宁 海东",
    "内蒙古自治区": "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布", "宁夏回族自治区": "银川 石嘴山 吴忠 固原 中卫",
    "新疆维吾尔自治区": "乌鲁木齐 克拉玛依 吐鲁番 哈密", "西藏自治区": "拉萨 日喀则 昌都 林芝",
}  # fmt: skip
_ALSO_WORDS: Final = frozenset("向于和有从对给让时常全方安高明连万单何都")  # surnames that mostly are other words
_ADDRESSED: Final = re.compile(
    f"(?:{'|'.join(COMPOUND)}|[{''.join(sorted({*SURNAMES, *RARE} - _ALSO_WORDS))}])"
    "(?:先生|女士|小姐|太太|阿姨|叔叔|师傅|大哥|大姐|律师|某某|某|××)"
)
_TITLED: Final = re.compile(
    "(?:(?<![\u4e00-\u9fff])|(?<=[是找请和跟与向给让叫问系的由到被把对谢托同说称按见经交陪帮替东办及或]))"
    f"(?:{'|'.join(COMPOUND)}|[{''.join(sorted({*SURNAMES, *RARE} - _ALSO_WORDS))}])"
    "(?:总|经理|主管|主任|老师|医生|教授|科长|队长|校长|院长|老板|会计|工(?![作程人地厂商]))"
)
_CITIES: Final = sorted({city for cities in PROVINCES.values() for city in cities.split()} - {"白银", "中山", "吉安"})
_SHORT: Final = sorted(
    {re.sub("(?:省|市|(?:壮族|维吾尔|回族)?自治区)$", "", province) for province in PROVINCES}
    | {"香港", "澳门", "台湾"}
)
_PLACES: Final = re.compile(
    f"(?:(?:{'|'.join(_SHORT)})[省市]?)?(?:{'|'.join(_CITIES)})市?|(?:{'|'.join(_SHORT)})[省市]?(?![南北东西中]?[路街])"
)


def by_chinese_lists(text: str) -> Iterator[Span]:
    """Yield a surname with its form of address, and places. The tagger's longer finds win over these."""
    if text.isascii():
        return
    for pattern in (_ADDRESSED, _TITLED):
        for match in pattern.finditer(text):
            yield Span(*match.span(), "PERSON", Trust.TAGGED)
    for match in _PLACES.finditer(text):
        yield Span(*match.span(), "GPE", Trust.TAGGED)
