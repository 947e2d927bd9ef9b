"""The sample's catalogue: kinds and their steps, price rules, options and tiers, areas and classes, and a recurring booking."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.models.channel import ClassRule, ResponseTime, StoreArea
from app.models.pricing import Holiday, PriceRule, PriceTier, ServiceOption
from app.models.series import OrderSeries
from app.models.service_kind import ServiceKind, ServiceStep
from app.workflows.sample_company import Company

KINDS = (  # code, name, English, colour, skills, papers, minutes at least, minutes for each square metre
    ("care", "护理", "Care", "run", ["elder"], ["health", "background"], "0", "0"),
    ("matron", "月嫂", "Maternity matron", "pause", ["matron"], ["health", "training"], "0", "0"),
    ("cleaning", "保洁", "Cleaning", "plan", ["cleaning"], ["health", "door"], "120", "1.5"),
    ("equipment", "设备", "Equipment", "wait", ["oxygen"], ["training"], "0", "0"),
)
STEPS = {  # text, English, whether a photo is needed
    "cleaning": (
        ("进门换鞋套，核对项目", "Shoe covers on, go through the list", False), ("拍照留底", "Take photos first", True),
        ("由里到外、由上到下清洁", "From the inside out, from top to bottom", False),
        ("请客户验收", "Let the client look at it", True),
    ),
    "care": (
        ("洗手、戴口罩，查看护理记录", "Wash hands, mask on, read the record", False),
        ("测量血压体温并登记", "Blood pressure and temperature", False),
        ("按护理计划服务", "Work by the care plan", False), ("与家属交接", "Hand over to the family", False),
    ),
}  # fmt: skip
RULES = (  # name, English, way, amount, measure, over, up to, kind or service, days, slot, place
    ("法定节假日", "Public holiday", "percent", "100", "quantity", "0", None, None, "holiday", "day", "5"),
    ("周末", "Weekend", "percent", "10", "quantity", "0", None, "SDBJ", "weekend", "day", "6"),
    ("面积 100–150 m²", "Area 100 to 150 m²", "each", "2", "area", "100", "150", "cleaning", "any", None, "10"),
    ("面积 150 m² 以上", "Area above 150 m²", "each", "1.5", "area", "150", None, "cleaning", "any", None, "11"),
)
OPTIONS = (("清洁用品", "Materials", "cleaning", "30"), ("擦玻璃", "Windows", "cleaning", "80"), ("照看宠物", "Minding a pet", None, "40"))
CLASSES = (
    ("deep", "深度\n开荒\ndeep"), ("temporary", "临时\n陪诊\ntemporary"), ("long", "24 小时\n月嫂\nlive-in"),
    ("daily", "日常\n保洁\ncleaning"),
)  # fmt: skip


def make_catalogue(session: Session, company: Company) -> None:
    for code, name, english, tint, skills, papers, least, by_area in KINDS:
        kind = ServiceKind(
            code=code, name=name, name_en=english, tint=tint, skills=skills, papers=papers, base_minutes=Decimal(least),
            area_minutes=Decimal(by_area),
        )  # fmt: skip
        session.add(kind)
        for n, (text, text_en, photo) in enumerate(STEPS.get(code, ()), 1):
            session.add(ServiceStep(kind=kind, position=Decimal(n), wording=text, wording_en=text_en, photo=photo))
    make_prices(session, company)
    for store, places in zip(company.stores, (company.city.districts[n : n + 3] for n in range(0, 9, 3)), strict=False):
        for place in places:
            session.add(StoreArea(name=f"{place.name}片区", shop=store, city=company.city.city, district=place.name))
    for n, (sort, words) in enumerate(CLASSES, 1):
        session.add(ClassRule(order_class=sort, words=words, position=Decimal(n)))
    session.add_all([ResponseTime(source="web", minutes=Decimal(15)), ResponseTime(source="platform", minutes=Decimal(10))])
    weekly = OrderSeries(
        customer=company.customers[1], service=company.services["BJ"], quantity=Decimal(3), weekdays=["2", "5"], at="09:30",
        starts_on=today() + timedelta(days=30), special="带吸尘器",
    )  # fmt: skip
    session.add(weekly)
    session.flush()


def make_prices(session: Session, company: Company) -> None:
    for name, english, way, amount, measure, over, upto, kind, days, slot, place in RULES:
        service = company.services.get(kind or "")
        rule = PriceRule(
            name=name, name_en=english, way=way, amount=Decimal(amount), measured=measure, over=Decimal(over),
            upto=Decimal(upto) if upto else None, kind=None if service else kind, days=days, slot=slot, priority=Decimal(place),
        )  # fmt: skip
        rule.service = service
        session.add(rule)
    star = PriceRule(name="星级护工", name_en="Star carer", way="percent", amount=Decimal(20), grade="star", priority=Decimal(20))
    star.service = company.services["HG24"]
    session.add(star)
    for name, english, kind, price in OPTIONS:
        session.add(ServiceOption(name=name, name_en=english, kind=kind, price=Decimal(price)))
    session.add_all(PriceTier(role=role, percent=Decimal(percent)) for role, percent in (("agent", 95), ("manager", 80), ("admin", 0)))
    year = now().year
    for y in (year, year + 1):
        session.add_all(Holiday(on_day=date(y, m, d), name=name) for m, d, name in ((1, 1, "元旦"), (5, 1, "劳动节"), (10, 1, "国庆节")))
