"""The floor: one statement of SQL into one plain template. Nobody signs in, nothing is counted, nothing is decided."""

from __future__ import annotations

import json
import os
from urllib.parse import parse_qsl

import jinja2
import psycopg

from tests.bench.peers.wsgi import Site

ORDERS = """SELECT o.id, o.number, c.name AS customer, v.name AS service, o.starts_at, o.district, o.amount, o.state, s.name AS owner
FROM orders o JOIN customer c ON c.id = o.customer_id JOIN service v ON v.id = o.service_id JOIN staff s ON s.id = o.owner_id """
CUSTOMERS = """SELECT c.id, c.name, c.phone, c.attention, c.level, c.district, c.source, s.name AS owner
FROM customer c JOIN staff s ON s.id = c.owner_id WHERE c.name LIKE %(name)s ORDER BY c.id DESC LIMIT 25"""
NEWEST = "ORDER BY o.starts_at DESC, o.id DESC LIMIT %(size)s"
ASKED = {
    "/list": ORDERS + NEWEST,
    # Late joining: the numbers of a far page are found in the index alone.
    "/deep": ORDERS + "WHERE o.id IN (SELECT id FROM orders ORDER BY starts_at DESC, id DESC OFFSET %(offset)s LIMIT %(size)s) " + NEWEST,
    "/filter": ORDERS + "WHERE o.state = %(state)s AND o.store_id = %(store)s " + NEWEST,
    "/sorted": ORDERS + "ORDER BY c.name, o.id LIMIT %(size)s",
    "/one": ORDERS + "WHERE o.id = %(id)s",
    "/json": ORDERS + "ORDER BY o.id DESC LIMIT %(size)s",
    "/search": CUSTOMERS,
}
PAGE = """<!doctype html><html lang="zh"><title>{{ heads[0] }}</title><table>
<thead><tr>{% for h in heads[1:] %}<th>{{ h }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr><td><a href="/one?id={{ row[0] }}">{{ row[1] }}</a></td>
{% for cell in row[2:] %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody></table></html>"""


def open_site() -> Site:
    connection = psycopg.connect(os.environ["PEER_URL"], autocommit=True, prepare_threshold=1)
    template = jinja2.Environment(autoescape=True).from_string(PAGE)
    statements: list[str] = []

    def app(environ, start):
        path, given = environ["PATH_INFO"], {"size": 25} | dict(parse_qsl(environ["QUERY_STRING"]))
        values = {k: int(v) if str(v).isdecimal() else v for k, v in given.items()}
        statements.append(ASKED[path])
        found = connection.execute(ASKED[path], values)
        heads, rows = [c.name for c in found.description], found.fetchall()
        if path == "/json":
            body = json.dumps([dict(zip(heads, r, strict=True)) for r in rows], default=str, ensure_ascii=False)
        else:
            body = template.render(heads=heads, rows=rows)
        start("200 OK", [("Content-Type", "application/json" if path == "/json" else "text/html; charset=utf-8")])
        return [body.encode()]

    return Site(app, statements)
