"""Prints: nobody prints without the right, and what stands on the paper is what the reader may read, cell by cell."""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any

from app.engine.files import PDF
from app.engine.printing.signed import signed_path
from app.engine.record import STAMPS
from app.extensions import db
from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.plant import program
from app.prove.reference import Row
from app.prove.sample import few_rows, some_rows
from app.prove.world import World, denied

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
DRAWN = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def text_of(data: bytes) -> str:
    """The Latin letters and digits in a PDF of ours, a line for each stretch that was drawn: canaries are made of these."""
    lines: list[str] = []
    for found in STREAM.finditer(data):
        try:
            page = zlib.decompress(base64.a85decode(found[1].strip().removesuffix(b"~>")))
        except (ValueError, zlib.error):
            continue
        lines += [plain(drawn[1]) for drawn in DRAWN.finditer(page)]
    return "\n".join(lines)


def plain(drawn: bytes) -> str:
    raw = ESCAPED.sub(lambda m: bytes([int(m[1], 8) & 255]) if len(m[1]) == 3 else m[1], drawn)
    return "".join(chr(c) if 32 <= c < 127 else " " for c in raw)


def able(world: World, actor: Actor, row: Row) -> bool:
    """Whether the reference lets somebody print a row."""
    return world.opened(actor, row.model) and world.visible(actor, row) and world.reference.may(actor, row, "can:print")


def judged(world: World, actor: Actor, answer: Any, url: str, *, row: Row | None = None) -> None:
    """Read the paper: of one row each cell, of many that nothing stands there that is not his."""
    text = text_of(answer.get_data())
    world.judge(actor, text, url, set())
    if row is not None:
        world.check(actor, bool(text.strip()), f"{world.slot(row)}: an empty paper", url)
        world.seen(actor, row, [n for n in world.fields(actor, row.model) if n not in STAMPS], text, url)


@probe("print", "GET /<T>/print/<int:pk>", "GET /<T>/print/<int:pk>/<code>", "GET /api/v1/<T>/<int:pk>/print",
       "GET /api/v1/<T>/<int:pk>/print/<code>")  # fmt: skip
def one_row(world: World, actor: Actor) -> None:
    """All fields of a row on paper, by page for some rows and by interface for the others."""
    turn = list(world.actors).index(actor.name)
    for n, row in enumerate(some_rows(world, actor)):
        table, may = row.model.__tablename__, able(world, actor, row)
        base = f"/{table}/print/{row.id}" if (n + turn) % 2 else f"/api/v1/{table}/{row.id}/print"
        url = f"{base}/card"
        answer = world.ask(actor, url)
        good = world.check(actor, (answer.status_code == 200) == may, f"{world.slot(row)} answers {answer.status_code}", url)
        if good and may:
            world.check(actor, answer.mimetype == PDF, "no PDF", url)
            judged(world, actor, answer, url, row=row)
        if (n + turn) % 3 == 0:
            there = world.ask(actor, base)
            world.check(actor, (there.status_code == 200) == may, f"{world.slot(row)} answers {there.status_code}", base)


@probe("print many", "POST /<T>/print", "GET /<T>/print/many/<token>", "GET /<T>/print/many/<token>/<code>",
       "POST /<T>/print/many/<token>/<code>", "POST /api/v1/<T>/print", late=True)  # fmt: skip
def many_rows(world: World, actor: Actor) -> None:
    """Of rows that are chosen only those that may be printed; a choice is told to nobody else."""
    turn = list(world.actors).index(actor.name)
    for n, model in enumerate(world.models):
        if (n + turn) % 3:
            continue
        table, planted = model.__tablename__, world.planted(model)
        # Whoever chooses sends, and what head office sends is of its own books: others' rows it prints one by one.
        ids, may = [r.id for r in planted][:40], any(able(world, actor, r) for r in planted[:40] if r.tenant == actor.tenant)
        url = f"/api/v1/{table}/print"
        answer = world.ask(actor, url, "POST", json={"ids": ids, "template": "card"}, trial=True)
        if world.check(actor, (answer.status_code == 200) == may, f"{model.__name__} answers {answer.status_code}", url) and may:
            judged(world, actor, answer, url)
        url = f"/{table}/print"
        sent = world.ask(actor, url, "POST", data={"ids": ids}, trial=True)
        there = sent.headers.get("Location", "")
        if not world.check(actor, ("/print/many/" in there) == may, f"{model.__name__} answers {sent.status_code}", url) or not may:
            continue
        world.ask(actor, there)
        judged(world, actor, world.ask(actor, f"{there}/card"), there)
        other = next(a for a in world.actors.values() if a.id and a.id != actor.id)
        shut = world.ask(other, f"{there}/card")
        world.check(other, denied(shut) or shut.status_code == 404, f"{model.__name__}: another's choice is printed", there)
    gone = world.ask(actor, "/customer/print/many/none/card", "POST")
    world.check(actor, denied(gone) or gone.status_code == 404, f"answers {gone.status_code}", "/customer/print/many")


@probe("print templates", "GET /prints/", "GET /prints/<table>/<code>", "POST /prints/<table>/<code>", "POST /prints/<table>/draft",
       "POST /prints/<table>/<code>/<any(copy, restore, archive, unarchive, first):what>",
       "GET /prints/<table>/draft/<token>/<int:pk>", "GET /prints/check/<value>", late=True)  # fmt: skip
def templates(world: World, actor: Actor) -> None:
    """Only administrators write templates, and try them on records that they may print; a signed address opens what one sees."""
    admin = bool({"admin", "head_office"} & set(actor.roles))
    for url in ("/prints/", "/prints/customer/card"):
        answer = world.ask(actor, url)
        world.check(actor, (answer.status_code == 200) == admin, f"answers {answer.status_code}", url)
    body = "".join(f"{{{{ {n} }}}}\n" for n in ("name", "phone", "remark"))
    for n, row in enumerate(few_rows(world, actor)):
        table = row.model.__tablename__
        if admin and table == "customer":
            data = {"name": "x", "paper": "a4", "body": body, "record": str(row.id)}
            made = world.ask(actor, "/prints/customer/draft", "POST", trial=True, data=data)
            url = (made.get_json() or {}).get("url", "")
            answer = world.ask(actor, url)
            may = able(world, actor, row)
            world.check(actor, (answer.status_code == 200) == may, f"{world.slot(row)} answers {answer.status_code}", url)
            if answer.status_code == 200:
                judged(world, actor, answer, url)
        if n % 4 == 0:
            with program(row.tenant):
                url = signed_path(db.session.get(row.model, row.id))
            answer = world.ask(actor, url)
            there = world.visible(actor, row) and world.opened(actor, row.model)
            opened = answer.status_code == 302 and not denied(answer)
            world.check(actor, opened == there, f"{world.slot(row)} answers {answer.status_code}", url)
    if not admin:
        for url in ("/prints/customer/card", "/prints/customer/draft", "/prints/customer/card/copy"):
            answer = world.ask(actor, url, "POST", data={"name": "x", "paper": "a4", "body": "x", "record": "1"})
            world.check(actor, denied(answer), f"answers {answer.status_code}", url)
        answer = world.ask(actor, "/prints/customer/draft/none/1")
        world.check(actor, denied(answer), f"answers {answer.status_code}", "/prints/customer/draft")
