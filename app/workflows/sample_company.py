"""The sample's companies: stores, staff, services, carers and customers of each franchise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.models.catalog import Service
from app.models.customer import SOURCES, Customer
from app.models.organisation import Staff, Store
from app.models.worker import Worker
from app.workflows.sample_people import BEIJING, SHANGHAI, District, People

KEY_CUSTOMER, FAMILIAR, ON_LEAVE, EXPIRED = "王秀兰", "李桂芳", "张玉梅", "刘建国"
JOBS = ("manager", "agent", "agent2", "dispatch", "finance", "admin")
ROLE_OF = {"dispatch": "dispatcher", "agent2": "agent"}

SERVICES = (  # code, name, English, kind, unit, skill, minutes, price, cost
    ("HG24", "护工 24 小时", "Live-in carer, 24 h", "care", "day", "elder", 1440, "280", "196"),
    ("HG12", "医院护工 12 小时", "Hospital carer, 12 h", "care", "visit", "hospital", 720, "200", "140"),
    ("ZL", "居家助老", "Home help for the elderly", "care", "hour", "elder", 60, "60", "40"),
    ("YS26", "月嫂 26 天", "Maternity matron, 26 days", "matron", "term", "matron", 37440, "12800", "9400"),
    ("BJ", "日常保洁", "Home cleaning", "cleaning", "hour", "cleaning", 60, "50", "35"),
    ("SDBJ", "深度保洁", "Deep cleaning", "cleaning", "visit", "cleaning", 300, "520", "330"),
    ("ZYJ", "制氧机安装", "Oxygen machine installation", "equipment", "visit", "oxygen", 90, "180", "90"),
    ("ZYW", "制氧机保养", "Oxygen machine service", "equipment", "visit", "oxygen", 60, "120", "60"),
    ("ZYZ", "制氧机租赁", "Oxygen machine rental", "equipment", "day", "oxygen", 90, "12", "4"),
)
WORK = {"ZYJ": "install", "ZYW": "maintain", "ZYZ": "install"}  # the services that make a work order
CARERS = (  # skills, how many of 26, pay per hour
    (["elder", "hospital"], 12, "22"),
    (["matron"], 5, "32"),
    (["cleaning"], 6, "30"),
    (["oxygen"], 3, "45"),
)
HABITS = (
    "早上六点起床，午睡一小时",
    "喜欢安静，请轻声说话",
    "怕冷，室内保持 24 度",
    "听力不好，说话请大声些",
    "每天下午散步",
)
DIETS = ("低盐低糖", "不吃辣", "糖尿病饮食", "软食", "素食", "不吃海鲜")


@dataclass(frozen=True)
class City:
    """What differs between the two franchises."""

    tenant: int
    prefix: str
    name: str
    name_en: str
    city: str
    area_code: str
    districts: tuple[District, ...]  # three to each store, its own first
    logins: tuple[str, ...]


CITIES = (
    City(2, "BJ", "北京安和", "Anhe Beijing", "北京", "010", BEIJING, (*JOBS, "partner")),
    City(3, "SH", "上海悦家", "Yuejia Shanghai", "上海", "021", SHANGHAI, ("admin", "agent", "finance")),
)


@dataclass
class Company:
    """One franchise while it is being made."""

    city: City
    people: People
    rng: Random
    stores: list[Store] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    health: list[date] = field(default_factory=list)  # when the certificate of each carer ends, in their order
    customers: list[Customer] = field(default_factory=list)

    def agents(self, store: Store) -> list[Staff]:
        return [s for s in self.staff if "agent" in s.roles and s.store_id == store.id]

    def logins(self) -> list[Staff]:
        names = {f"{self.city.prefix.lower()}-{job}" for job in self.city.logins}
        return [s for s in self.staff if s.username in names]


def found(session: Session, city: City, customers: int) -> Company:
    """Make a franchise with everybody in it, but no orders yet."""
    rng = Random(city.tenant)  # noqa: S311
    company = Company(city, People(rng, city.districts), rng)
    for make in (make_stores, make_staff, make_services, make_workers):
        make(session, company)
        session.flush()
    make_customers(session, company, customers)
    session.flush()
    return company


def make_stores(session: Session, company: Company) -> None:
    city = company.city
    for n, place in enumerate(city.districts[::3], 1):
        store = Store(
            code=f"{city.prefix}0{n}",
            name=f"{place.name.removesuffix('新区').removesuffix('区')}店",
            city=city.city,
            district=place.name,
            address=f"{place.streets[0]}{n * 8}号",
            lat=place.lat,
            lng=place.lng,
            phone=f"{city.area_code}-0{n}20 0{n}00",  # no local number begins with 0
        )
        company.stores.append(store)
    session.add_all(company.stores)


def make_staff(session: Session, company: Company) -> None:
    """Six in the first store, where the sample logins are, and four in each other one."""
    for n, store in enumerate(company.stores):
        for job in JOBS if n == 0 else JOBS[:4]:
            gender = company.rng.choice(("female", "male"))
            user = f"{company.city.prefix.lower()}{'' if n == 0 else f'0{n + 1}'}-{job}"
            company.staff.append(
                Staff(
                    name=company.people.name(gender, old=False),
                    username=user,
                    roles=[ROLE_OF.get(job, job)],
                    phone=company.people.phone(),
                    email=f"{user}@example.com",
                    store_id=store.id,
                )
            )
    session.add_all(company.staff)


def make_services(session: Session, company: Company) -> None:
    dearer = Decimal("1.1") if company.city.prefix == "SH" else Decimal(1)
    for code, name, english, kind, unit, skill, minutes, price, cost in SERVICES:
        company.services[code] = Service(
            code=code,
            name=name,
            name_en=english,
            category=kind,
            unit=unit,
            skill=skill,
            minutes=Decimal(minutes),
            price=(Decimal(price) * dearer).quantize(Decimal("0.01")),
            cost=(Decimal(cost) * dearer).quantize(Decimal("0.01")),
            work=WORK.get(code),
            device="oxygen" if code in WORK else None,
        )
    session.add_all(company.services.values())


def make_workers(session: Session, company: Company) -> None:
    """Some 26 carers over the stores. Among those for the elderly: one everybody likes, one on leave, one expired."""
    story = {0: (FAMILIAR, "female"), 1: (ON_LEAVE, "female"), 2: (EXPIRED, "male")}
    kinds = [(skills, pay) for skills, count, pay in CARERS for _each in range(count)]
    for n, (skills, pay) in enumerate(kinds):
        fitter = "oxygen" in skills
        name, gender = story.get(n) or ("", "male" if fitter or company.rng.random() < 0.1 else "female")
        store = 0 if n in story else n % 3
        place = company.city.districts[store * 3 + company.rng.randrange(3)]
        lat, lng = company.people.near(company.city.districts[0] if n == 0 else place)
        born = company.people.birthday(28, 56, today())
        company.workers.append(
            Worker(
                name=name or company.people.name(gender, old=False),
                phone=company.people.phone(),
                id_number=company.people.id_number(born, gender),
                skills=[*skills, "cleaning"] if n == 5 else list(skills),
                grade="star" if n == 0 else company.rng.choice(("gold", "silver", "silver", "new")),
                active="leave" if n in (1, 16) else "working",
                district=place.name,
                lat=lat,
                lng=lng,
                rating=Decimal("4.9") if n == 0 else Decimal(company.rng.randint(38, 50)) / 10,
                joined_on=today() - timedelta(days=company.rng.randint(370, 2500)),
                pay_rate=Decimal(pay),
                store_id=company.stores[store].id,
                gender=gender,
                birthday=born,
            )
        )
        company.health.append(health(n, today(), company.rng))
    session.add_all(company.workers)


def health(n: int, day: date, rng: Random) -> date:
    """When the certificate ends: past for two, soon for two, else within two years."""
    days = {2: -12, 17: -40, 4: 9, 11: 20}.get(n, rng.randint(60, 700))
    return day + timedelta(days=days)


def make_customers(session: Session, company: Company, count: int) -> None:
    """The first is the key customer; the next two are a household and share a phone."""
    rng, people = company.rng, company.people
    for n in range(count):
        store = 0 if n < 3 else rng.choices((0, 1, 2), (5, 3, 2))[0]
        place = company.city.districts[store * 3 if n < 3 else store * 3 + rng.randrange(3)]
        gender = "female" if n == 0 else rng.choice(("female", "female", "male"))
        young = rng.random() < 0.3 and n > 2
        born = people.birthday(26, 40, today()) if young else people.birthday(60, 92, today())
        if n == 2:  # a birthday that is near
            near = today() + timedelta(days=2)
            born = date(1948, near.month, near.day)
        agents = company.agents(company.stores[store])
        home = people.home(place)
        if n == 2:
            first = company.customers[1]
            home = {f: getattr(first, f) for f in home}
        company.customers.append(
            Customer(
                name=KEY_CUSTOMER if n == 0 else people.name(gender, old=not young),
                gender=gender,
                birthday=born,
                phone=company.customers[1].phone if n == 2 else people.phone(),
                id_number=people.id_number(born, gender),
                attention="1" if n == 0 else rng.choices("12345", (4, 10, 26, 45, 15))[0],
                level="vip" if n == 0 else rng.choices(("vip", "ordinary", "one_off", "past"), (8, 62, 20, 10))[0],
                source=rng.choice(tuple(SOURCES)),
                city=company.city.city,
                **home,
                contact=None if young else people.name("female", old=False),
                contact_phone=None if young else people.phone(),
                habits=rng.choice(HABITS),
                diet=rng.choice(DIETS),
                remark="老客户，家属每周来电" if n == 0 else None,
                store_id=company.stores[store].id,
                created_at=now() - timedelta(days=400 if n < 3 else rng.randint(1, 500), hours=rng.randint(0, 9)),
                owner_id=agents[0 if n < 3 else n % len(agents)].id,
            )
        )
    session.add_all(company.customers)
