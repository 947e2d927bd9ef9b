"""Fills a clone of the sample: customers, orders, workers, stores and staff of one tenant, by SQL, in a minute or two."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from app.engine import vault
from app.models.pinyin import sound

TENANT, STAFF, SEED = 2, 500, 0.7
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂华慧建国文玉兰红志海燕玲辉林峰波鹏宇浩凯健俊帆旭宁雪晶莹倩婷洁欣怡佳琪雨嘉"
    "子涵梓轩然一诺思远博雅若曦天佑安和顺永成金宝德福荣昌盛兴家业长青山川清泉云月星晨阳光新生元友仁义礼智信忠孝真善美康寿喜吉祥"
)
DISTRICTS = [
    "朝阳区", "海淀区", "东城区", "西城区", "丰台区", "石景山区", "通州区", "顺义区", "昌平区", "大兴区", "房山区", "门头沟区", "怀柔区",
    "平谷区", "密云区", "延庆区",
]  # fmt: skip
PHONE = "'142' || lpad(mod(id * 7919::bigint, 100000000)::text, 8, '0')"  # in a range that no operator has
SOUGHT, SIGN = "建国", "王"
NEWEST = 3000  # of the customers, and all that the search finds, have their phone sealed: what the pages show


@dataclass(frozen=True)
class Size:
    """How many of each; the defaults are those of the goals."""

    customers: int = 1_000_000
    orders: int = 2_000_000
    workers: int = 50_000
    stores: int = 200

    def part(self, by: int) -> Size:
        return Size(self.customers // by, self.orders // by, self.workers // by, self.stores)


STORES = """INSERT INTO store (tenant_id, version, created_at, changed_at, code, name, kind, city, district)
SELECT 2, 1, now(), now(), 'N' || n, d.names[1 + n %% 16] || n || '号店', 'own', '北京', d.names[1 + n %% 16]
FROM generate_series(1, %(stores)s) n, (SELECT %(districts)s::text[] AS names) d"""
# A name is a family's and one or two given signs, the frequent ones more often; pinyin and initials are made of the signs' sounds.
NAMES = """(SELECT n, f.sign[a] || g.sign[b] || coalesce(g.sign[c], '') AS name,
    f.sound[a] || g.sound[b] || coalesce(g.sound[c], '') AS pinyin,
    left(f.sound[a], 1) || left(g.sound[b], 1) || coalesce(left(g.sound[c], 1), '') AS initials, random() AS r1, random() AS r2,
    random() AS r3, random() AS r4
FROM (SELECT n, 1 + floor(random() ^ 2 * array_length(%(family)s::text[], 1))::int AS a,
        1 + floor(random() ^ 1.5 * array_length(%(given)s::text[], 1))::int AS b,
        CASE WHEN random() < 0.82 THEN 1 + floor(random() ^ 1.5 * array_length(%(given)s::text[], 1))::int END AS c
    FROM generate_series(1, {count}) n) x,
    (SELECT %(family)s::text[] AS sign, %(family_sounds)s::text[] AS sound) f,
    (SELECT %(given)s::text[] AS sign, %(given_sounds)s::text[] AS sound) g) p"""
STAFF_ROWS = f"""INSERT INTO staff (tenant_id, store_id, version, created_at, changed_at, name, username, roles, language, active)
SELECT 2, %(store)s + floor(r1 * %(stores)s)::int, 1, now(), now(), name, 'bench-' || n, ARRAY['agent'], 'zh', true
FROM {NAMES.format(count="%(staff_count)s")}"""
WORKERS = f"""INSERT INTO worker (tenant_id, store_id, owner_id, version, created_at, changed_at, name, pinyin, initials,
    skills, grade, active, district, rating, pay_rate)
SELECT 2, %(store)s + floor(r1 * %(stores)s)::int, %(staff)s + floor(r2 * %(staff_count)s)::int, 1, now(), now(), name, pinyin, initials,
    ARRAY[(ARRAY['elder', 'hospital', 'matron', 'cleaning'])[1 + floor(r3 * 4)::int]], 'silver', 'working', d.names[1 + n %% 16], 4 + r4, 30
FROM {NAMES.format(count="%(workers)s")}, (SELECT %(districts)s::text[] AS names) d"""
CUSTOMERS = f"""INSERT INTO customer (tenant_id, store_id, owner_id, version, created_at, changed_at, name, pinyin, initials, gender,
    birthday, attention, level, source, city, district, address)
SELECT 2, %(store)s + floor(r1 * %(stores)s)::int, %(staff)s + floor(r2 * %(staff_count)s)::int, 1, t.at, t.at, name, pinyin, initials,
    (ARRAY['female', 'male'])[1 + n %% 2], date '1935-01-01' + floor(r3 * 20000)::int, (1 + floor(r4 * 5)::int)::text,
    (ARRAY['vip', 'ordinary', 'one_off', 'past'])[1 + floor(r3 * 4)::int],
    (ARRAY['phone', 'referral', 'hospital', 'web', 'shop'])[1 + floor(r1 * 5)::int], '北京', d.names[1 + n %% 16],
    '幸福路' || n %% 900 || '号'
FROM {NAMES.format(count="%(customers)s")}, (SELECT %(districts)s::text[] AS names) d,
    LATERAL (SELECT now() - (%(customers)s - n) * interval '1800 days' / %(customers)s AS at) t"""
ORDERS = """INSERT INTO "order" (tenant_id, store_id, owner_id, version, created_at, changed_at, number, customer_id, service_id,
    quantity, unit_price, unit_cost, starts_at, ends_at, city, district, address, source, state)
SELECT 2, %(store)s + floor(r1 * %(stores)s)::int, %(staff)s + floor(r2 * %(staff_count)s)::int, 1, t.at, t.at, 'DD-N-' || n,
    %(customer)s + floor(r3 * %(customers)s)::int, s.ids[1 + floor(r4 * array_length(s.ids, 1))::int], 1 + n %% 4, 60 + n %% 900, 40,
    t.starts, t.starts + interval '2 hours', '北京', d.names[1 + n %% 16], '路' || n %% 4000 || '号',
    (ARRAY['phone', 'referral', 'web'])[1 + n %% 3],
    CASE WHEN r5 < 0.05 THEN 'placed' WHEN r5 < 0.13 THEN 'assigned' WHEN r5 < 0.17 THEN 'under_way' WHEN r5 < 0.25 THEN 'cancelled'
        ELSE 'done' END
FROM (SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6
        FROM generate_series(1, %(orders)s) n) x,
    (SELECT array_agg(id ORDER BY id) AS ids FROM service WHERE tenant_id = 2) s, (SELECT %(districts)s::text[] AS names) d,
    LATERAL (SELECT now() - (%(orders)s - n) * interval '1750 days' / %(orders)s AS at) a,
    LATERAL (SELECT a.at, date_bin('30 minutes', a.at + r6 * interval '30 days', '2020-01-01 00:00+08') AS starts) t"""


def fill(url: str, size: Size, field_key: str) -> dict[str, int]:
    """Fill the database of a superuser's address. Returns the first new id of each table."""
    vault.use_all(field_key)
    given = vars(size) | {
        "staff_count": STAFF, "districts": DISTRICTS, "family": list(FAMILY), "given": list(GIVEN),
        "family_sounds": [sound(c) for c in FAMILY], "given_sounds": [sound(c) for c in GIVEN],
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True) as boss:
        boss.execute("SET maintenance_work_mem = '512MB'")
        boss.execute("SET session_replication_role = replica")  # keys are right by making: a check of each row costs minutes
        boss.execute("SELECT setseed(%s)", (SEED,))
        first: dict[str, int] = {}
        steps = (("store", STORES), ("staff", STAFF_ROWS), ("worker", WORKERS), ("customer", CUSTOMERS), ("order", ORDERS))
        for table, rows in steps:
            first[table] = boss.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) + 1", (f'"{table}"',)).fetchone()[0]
            with without_indexes(boss, table):
                boss.execute(rows, given | first)
                if table == "customer":
                    seal_phones(boss, first["customer"] + size.customers - NEWEST)
    return first


@contextmanager
def without_indexes(boss: psycopg.Connection, table: str):
    """Indexes are made again at the end, which takes a fraction of the time of keeping them."""
    found = boss.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)", (f'"{table}"',),
    ).fetchall()  # fmt: skip
    for name, _made in found:
        boss.execute(sql.SQL("DROP INDEX ") + sql.SQL(name))
    yield
    for _name, made in found:
        boss.execute(sql.SQL(made))


def seal_phones(boss: psycopg.Connection, newest: int) -> None:
    shown = boss.execute(
        f"SELECT id, {PHONE} FROM customer WHERE tenant_id = 2 AND phone IS NULL AND (id >= %s OR name LIKE %s)", (newest, f"%{SOUGHT}%")
    ).fetchall()
    boss.execute("CREATE TEMP TABLE sealed (id int, phone text, whole text, last4 text, first7 text)")
    with boss.cursor() as cursor, cursor.copy("COPY sealed FROM STDIN") as copy:
        for pk, phone in shown:
            hashes = [vault.fingerprint(value, part, TENANT) for part, value in vault.cuts(phone).items()]
            copy.write_row((pk, vault.seal(phone), *hashes))
    boss.execute(
        "UPDATE customer c SET phone = s.phone, phone_hash = s.whole, phone_last4 = s.last4, phone_first7 = s.first7 FROM sealed s"
        " WHERE c.tenant_id = 2 AND c.id = s.id"
    )
