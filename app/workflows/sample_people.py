"""Invented people for the sample: names, homes, phones and identity numbers that cannot be anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

# 142, 143 and 154 stand in no operator's list of mobile ranges (MIIT numbering plan, 电信网编号计划), so no message
# that slips out can reach anybody.
RANGES = ("142", "143", "154")
NOWHERE = "990101"  # region codes begin with 11 to 91 (GB/T 2260): an identity number with 99 belongs to nobody
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜"
OLD_WOMEN = "秀英 桂英 秀兰 玉兰 桂兰 玉珍 淑珍 凤英 玉梅 淑华 桂芳 秀珍 素珍 慧敏 玉华 惠芳 美珍 淑敏 瑞芬 春梅"
OLD_MEN = "建国 国强 建华 德明 志刚 文华 玉林 永福 长春 振华 国荣 志明 福生 宝山 光明 家栋 学文 世杰 庆丰 树林"
YOUNG_WOMEN = "丽娜 婷婷 静怡 晓燕 雨欣 佳慧 思琪 雅婷 梦洁 文静 晓雯 诗涵 若琳 欣怡 海燕 丽君 明月 书瑶 嘉欣 子涵"
YOUNG_MEN = "伟 磊 浩然 俊杰 志远 子轩 宇航 明哲 天宇 博文 家豪 立新 晓东 海涛 鹏飞 文博 一鸣 思远 承志 少华"


@dataclass(frozen=True)
class District:
    """Part of a city: its middle in degrees (WGS-84), and streets there."""

    name: str
    lat: float
    lng: float
    streets: tuple[str, ...]


def district(name: str, lat: float, lng: float, streets: str) -> District:
    return District(name, lat, lng, tuple(streets.split()))


BEIJING = (
    district("朝阳区", 39.9950, 116.4704, "望京街 广顺北大街 阜通东大街 湖光中街 利泽中街"),
    district("东城区", 39.9390, 116.4210, "东直门内大街 安定门外大街 和平里东街 交道口南大街"),
    district("通州区", 39.9020, 116.6560, "新华西街 玉带河大街 运河西大街 车站路"),
    district("海淀区", 39.9830, 116.3160, "中关村大街 苏州街 知春路 学院路 万柳中路"),
    district("昌平区", 40.0730, 116.3370, "回龙观西大街 育知东路 黄平路 龙域中路"),
    district("西城区", 39.9150, 116.3660, "西直门内大街 德胜门外大街 展览馆路 月坛南街"),
    district("丰台区", 39.8650, 116.4330, "蒲芳路 芳古路 方庄路 紫芳路 石榴庄路"),
    district("石景山区", 39.9060, 116.2230, "石景山路 古城大街 八角南路 鲁谷大街"),
    district("大兴区", 39.7270, 116.3410, "黄村西大街 兴华大街 永华路 清源路"),
)
SHANGHAI = (
    district("徐汇区", 31.1880, 121.4370, "漕溪北路 天钥桥路 虹桥路 宛平南路 龙华中路"),
    district("长宁区", 31.2200, 121.4240, "愚园路 长宁路 仙霞路 天山路"),
    district("闵行区", 31.1130, 121.3820, "沪闵路 莘松路 水清路 七莘路"),
    district("浦东新区", 31.2210, 121.5440, "世纪大道 张杨路 源深路 锦绣路 花木路"),
    district("黄浦区", 31.2310, 121.4840, "淮海中路 西藏南路 复兴中路 制造局路"),
    district("杨浦区", 31.2700, 121.5250, "四平路 国定路 控江路 政立路"),
    district("静安区", 31.2470, 121.4480, "南京西路 江宁路 万航渡路 康定路 共和新路"),
    district("普陀区", 31.2490, 121.3970, "曹杨路 金沙江路 武宁路 真如路"),
    district("虹口区", 31.2640, 121.5050, "四川北路 大连西路 曲阳路 东体育会路"),
)
ESTATES = ("安泰苑", "春晓园", "和平里", "锦绣家园", "康乐小区", "玉兰苑", "翠湖花园", "金桂苑", "向阳新村", "紫竹园")


class People:
    """A stream of invented people; the same seed gives the same ones."""

    def __init__(self, rng: Random, districts: tuple[District, ...]) -> None:
        self.rng, self.districts, self.given = rng, districts, 0

    def name(self, gender: str, *, old: bool) -> str:
        women, men = (OLD_WOMEN, OLD_MEN) if old else (YOUNG_WOMEN, YOUNG_MEN)
        return self.rng.choice(SURNAMES) + self.rng.choice((women if gender == "female" else men).split())

    def phone(self) -> str:
        """A mobile number nobody has; each is given once."""
        self.given += 1
        return f"{RANGES[self.given % 3]}{self.given * 7919 % 10**8:08d}"

    def birthday(self, youngest: int, oldest: int, today: date) -> date:
        days = self.rng.randint(youngest * 365, oldest * 365)
        return today - timedelta(days=days)

    def id_number(self, birthday: date, gender: str) -> str:
        """17 digits and a right check digit, in a region that does not exist."""
        serial = self.rng.randrange(0, 500) * 2 + (gender == "male")
        body = f"{NOWHERE}{birthday:%Y%m%d}{serial:03d}"
        return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]

    def near(self, place: District) -> tuple[float, float]:
        """A point within some two kilometres of the district's middle."""
        return round(place.lat + self.rng.gauss(0, 0.012), 6), round(place.lng + self.rng.gauss(0, 0.015), 6)

    def home(self, place: District) -> dict[str, object]:
        """The place fields of somebody who lives in a district."""
        lat, lng = self.near(place)
        street, number = self.rng.choice(place.streets), self.rng.randint(1, 180)
        pick = self.rng.randint
        door = f"{pick(1, 24)}号楼{pick(1, 5)}单元{pick(1, 18)}0{pick(1, 4)}"
        address = f"{street}{number}号{self.rng.choice(ESTATES)}"
        return {"district": place.name, "address": address, "door": door, "lat": lat, "lng": lng}
