"""What a template can do with a value: ``{{ amount | rmb }}``. A closed list; each says how many inputs it takes, and of what kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from app.engine import policy, signatures
from app.engine.clock import local
from app.engine.fields import fields_of
from app.engine.present import value_of
from app.engine.printing.amounts import capital
from app.engine.printing.filling import Cell, Filling, Markup, bare, holds, plainly
from app.engine.printing.language import Filtered
from app.engine.record import Record
from app.engine.rules import Level

LONGEST_CODE = 600  # characters that a square code of paper can hold and a phone can still read
SMALLEST, LARGEST = 8, 120  # mm
MAPS, MAPPED = "https://uri.amap.com/", ("lat", "lng", "city", "district", "address")


@dataclass(frozen=True, slots=True)
class Filter:
    run: Callable[..., Any]
    takes: tuple[type, ...] = ()
    least: int = 0  # of these inputs


def money(_filling: Filling, value: Any) -> str:
    found = bare(value)
    return plainly(Decimal(found), money=True) if isinstance(found, (Decimal, int)) else text(value)


def rmb(_filling: Filling, value: Any) -> str:
    found = bare(value)
    return capital(Decimal(found)) if isinstance(found, (Decimal, int)) and not isinstance(found, bool) else ""


def day(_filling: Filling, value: Any) -> str:
    """A day, or the day of a moment."""
    found = bare(value)
    if not isinstance(found, date):
        return text(value)
    found = local(found) if isinstance(found, datetime) else found
    return format_date(found, "long", locale="zh") if str(get_locale() or "zh").startswith("zh") else f"{found:%Y-%m-%d}"


def time(_filling: Filling, value: Any) -> str:
    found = bare(value)
    return f"{local(found):%H:%M}" if isinstance(found, datetime) else ""


def or_else(_filling: Filling, value: Any, instead: str) -> Any:
    return value if holds(value) else instead


def english(_filling: Filling, value: Any, words: str) -> Any:
    """Other words on prints in English."""
    return words if str(get_locale() or "zh").startswith("en") else value


def name_of(_filling: Filling, value: Any) -> str:
    """What a field is called."""
    return str(fields_of(value.model)[value.name].label) if isinstance(value, Cell) and value.model else ""


def code(_filling: Filling, value: Any) -> str:
    """The code behind a word, the number behind a record."""
    found = bare(value)
    return "" if found is None else str(found.id if isinstance(found, Record) else found)


def seen(_filling: Filling, value: Any) -> bool:
    """Whether the reader may see the field at all."""
    return not isinstance(value, Cell) or value.level > Level.NONE


def cut(_filling: Filling, value: Any, most: int) -> str:
    found = text(value)
    return found if len(found) <= most else found[: max(most - 1, 0)] + "…"


def qr(_filling: Filling, value: Any, size: float = 25) -> Markup:
    """A square code; a longer text than it can hold is cut."""
    found = text(value)[:LONGEST_CODE]
    return Markup(f'<qr size="{sized(size)}" value="{escape(found)}">') if found else Markup()


def picture(filling: Filling, value: Any, width: float = 40) -> Markup:
    """The picture of a signature, for whoever may read the field in full."""
    if not isinstance(value, Cell) or value.level < Level.READ or not value.raw or value.record is None:
        return Markup()
    if fields_of(value.model)[value.name].kind(value.model, value.name) != signatures.KIND:
        return Markup()
    there = signatures.taken(filling.session, value.record).get(value.raw)
    if there is None:
        return Markup()
    with signatures.stores[0]().open(there.key) as file:
        filling.pictures.append(file.read())
    return Markup(f'<img key="{len(filling.pictures) - 1}" width="{sized(width)}">')


def map_of(_filling: Filling, value: Any) -> str:
    """The address of a map that shows a record's place, for whoever may read the place."""
    found = bare(value)
    if not isinstance(found, Record):
        return ""
    told = {n: value_of(found, n)[1] for n in MAPPED if n in fields_of(type(found)) and policy.level(found, n) >= Level.READ}
    if told.get("lat") is not None and told.get("lng") is not None:
        return f"{MAPS}marker?position={told['lng']:.6f},{told['lat']:.6f}"
    words = "".join(str(told[n]) for n in MAPPED[2:] if told.get(n))
    return f"{MAPS}search?keyword={quote(words, safe='')}" if words else ""


def sized(size: float) -> str:
    return f"{min(max(size, SMALLEST), LARGEST):g}"


def text(value: Any) -> str:
    return value.text if isinstance(value, Cell) else "" if value is None else plainly(value)


FILTERS: dict[str, Filter] = {
    "money": Filter(money), "rmb": Filter(rmb), "date": Filter(day), "time": Filter(time), "default": Filter(or_else, (str,), 1),
    "en": Filter(english, (str,), 1), "label": Filter(name_of), "code": Filter(code), "seen": Filter(seen), "cut": Filter(cut, (int,), 1),
    "map": Filter(map_of), "qr": Filter(qr, (float,)), "picture": Filter(picture, (float,)),
}  # fmt: skip


def wrong(used: Filtered) -> Any:
    """Why a filter cannot be used so; None where it can."""
    known = FILTERS.get(used.name)
    if known is None:
        return _("There is no filter “%(name)s”. There are: %(names)s.", name=used.name[:40], names=", ".join(FILTERS))
    fits = all(isinstance(arg, (int, float) if kind is float else kind) for arg, kind in zip(used.args, known.takes, strict=False))
    if not fits or not known.least <= len(used.args) <= len(known.takes):
        return _("The filter “%(name)s” is used wrongly.", name=used.name)
    return None
