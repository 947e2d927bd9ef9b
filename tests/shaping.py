"""Fields of a company's own, made in a test as an administrator makes them: through the page."""

from __future__ import annotations

import re

from werkzeug.datastructures import MultiDict

DIALECT = [("粤语", "Cantonese", "bad"), ("四川话", "Sichuanese", "plan"), ("普通话", "Mandarin", "")]


def choices(rows) -> list[tuple[str, str]]:
    """Rows of (zh, en, tint), or (zh, en, tint, code, put away), as the form sends them."""
    sent = []
    for zh, en, tint, *rest in rows:
        code, away = (*rest, "", "")[:2]
        sent += [("c-code", code), ("c-zh", zh), ("c-en", en), ("c-tint", tint), ("c-away", away)]
    return sent


def send(admin, url: str, rows=(), flags=("required", "listed"), **more):
    """Send the form of a field."""
    admin.look("/custom/worker")
    more = {"listed": "1"} | more
    pairs = [("csrf_token", admin.token), *(("__flags", n) for n in flags), *more.items(), *choices(rows)]
    return admin.post(url, data=MultiDict(pairs))


def newest(admin, table: str) -> str:
    """What the field that was made last is called in code."""
    return "x_" + max(re.findall(r'data-field="(\d+)"', admin.get(f"/custom/{table}").text), key=int)


def add(admin, table: str = "worker", rows=(), **more) -> str:
    """Add a field; returns its name in code."""
    sent = {"label": "方言", "label_en": "Dialect", "kind": "choice" if rows else "text", "group": "basic", "listed": "1"} | more
    answer = send(admin, f"/custom/{table}/add", rows, **sent)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return newest(admin, table)


def dialect(admin, **more) -> str:
    return add(admin, "worker", DIALECT, **more)


def deed(admin, name: str, what: str, table: str = "worker", **more):
    admin.look(f"/custom/{table}")
    return admin.post_form(f"/custom/{table}/{name.removeprefix('x_')}/{what}", **more)
