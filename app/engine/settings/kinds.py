"""The kinds of settings: what each is called, and how one is written, through the checks that its own page goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import tailor, wordlist
from app.engine.current import current, tenant_id
from app.engine.errors import Refused
from app.engine.fields import declared, fields_of
from app.engine.laid import DEVICES
from app.engine.layout_check import checked
from app.engine.layout_versions import publish
from app.engine.printing import templates
from app.engine.printing.papers import Template
from app.engine.rules import CustomField, compiled, role_names, source
from app.engine.settings.names import OWN
from app.engine.settings.package import UNKNOWN, model_of
from app.engine.settings.reading import TOLD, here

Write = Callable[[Session, str, Any], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``write`` makes one setting what is given, or takes it away for None; raises ``Refused``."""

    label: Any
    write: Write


KINDS: dict[str, Kind] = {}


def kind(name: str, label: Any) -> Callable[[Write], Write]:
    """Mark what writes a kind of setting."""

    def mark(write: Write) -> Write:
        KINDS[name] = Kind(label, write)
        return write

    return mark


def renew(session: Session) -> None:
    """Go by the rules as this transaction has made them so far. Nobody else's book is touched."""
    session.flush()
    current().memo.clear()
    current().memo["book"] = compiled(session, tenant_id())


def shape(value: Any, **parts: type) -> dict[str, Any]:
    """A value that holds just these parts, of these types. Raises ``Refused``."""
    if not isinstance(value, dict) or set(value) - set(parts) or any(not isinstance(value[n], parts[n]) for n in value):
        raise Refused(UNKNOWN)
    return value


def choices(sent: Any) -> list[dict[str, Any]]:
    """A list of choices that keeps the codes it came with."""
    if not isinstance(sent, list) or any(not isinstance(c, dict) for c in sent):
        raise Refused(UNKNOWN)
    return [{n: str(c.get(n) or "") for n in ("code", "zh", "en", "tint")} | {"brought": True} for c in sent]


@kind("fields", _("Fields of one's own"))
def write_field(session: Session, key: str, value: Any) -> None:
    model, code = model_of(key)
    asked = select(CustomField).where(CustomField.tenant_id == tenant_id(), CustomField.model == model.__name__, CustomField.code == code)
    row = session.scalars(asked).first()
    if value is None:
        if row is not None and not row.archived:
            tailor.put_away(session, model, row)
        return
    if len(code) > 60 or "\x00" in code:
        raise Refused(UNKNOWN)
    flags = dict.fromkeys(("required", "listed"), bool)
    sent = shape(value, **(dict.fromkeys(TOLD, str) | flags | {"start": object, "choices": list}))
    sent = here(session).back(sent)
    if row is None:
        row = CustomField(model=model.__name__, code=code, label="", kind=str(sent.get("kind", "text")), group="basic", listed=True)
    elif row.archived:
        tailor.put_away(session, model, row, back=True)
    if "choices" in sent:
        sent["choices"] = choices(sent["choices"])
    tailor.save(session, model, row, sent)


@kind("lists", _("Lists of choices"))
def write_list(session: Session, key: str, value: Any) -> None:
    model, name = model_of(key)
    row = tailor.list_of(session, model, name)
    if value is None:
        if row.id is not None:
            tailor.save(session, model, row, {"choices": choices(wordlist.of(declared(model)[name]))})
        return
    sent = shape(value, choices=list)
    tailor.save(session, model, row, {"choices": choices(sent.get("choices", []))})


@kind("layouts", _("Layouts"))
def write_layout(session: Session, key: str, value: Any) -> None:
    model, holder = model_of(key)
    role, _at, device = holder.partition("@")
    role = here(session).role_in(role)
    if role not in role_names(archived=True) or device not in DEVICES:
        raise Refused(_("There is no such role or right."))
    if value is None:
        publish(session, model, role, device, None)
        return
    sent = here(session).back(shape(value, sections=list, hidden=list, rules=dict, tabs=list))
    sections, hidden = sent.get("sections", []), sent.get("hidden", [])
    if not all(isinstance(s, list) and len(s) == 2 and isinstance(s[0], str) and isinstance(s[1], list) for s in sections):
        raise Refused(UNKNOWN)
    names = [n for _key, placed in sections for n in placed] + hidden + [n for n in sent.get("rules", {}) if not n.startswith("§")]
    if unknown := [n for n in names if not isinstance(n, str) or n not in fields_of(model)]:
        raise Refused(_("No such field, or not yours to set: %(names)s", names=", ".join(map(str, unknown))[:200]))
    publish(session, model, role, device, checked(model, {k for k, _placed in sections}, {"sections": sections, "hidden": hidden} | sent))


@kind("templates", _("Print templates"))
def write_template(session: Session, key: str, value: Any) -> None:
    from app.engine.printing.press import check  # noqa: PLC0415  # it loads what draws PDF, which few processes need

    model, code = model_of(key)
    there = {t.code: t for t in templates.templates(session, model, archived=True)}.get(code)
    if value is None:
        if there is not None and there.changed:
            templates.restore(session, model, code)
        elif there is not None and not there.shipped and not there.archived:
            templates.keep(session, model, replace(there, archived=True, first=False))
        return
    flags, sizes = dict.fromkeys(("first", "archived"), bool), dict.fromkeys(("width", "height"), int)
    sent = shape(value, **(dict.fromkeys(templates.KEPT, str) | flags | sizes | dict.fromkeys(("margins", "copies"), list)))
    sent = here(session).back(sent)
    bad = not all(isinstance(n, int) for n in sent.get("margins", [])) or not all(isinstance(c, str) for c in sent.get("copies", []))
    if bad or len(code) > 40 or len(sent.get("name", "")) > 80 or len(sent.get("name_en", "")) > 80 or len(sent.get("body", "")) > 20_000:
        raise Refused(UNKNOWN)
    if code == templates.CARD and sent.get("archived"):
        raise Refused(_("This one stays, so that every record can be printed."))
    values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in sent.items()}
    made = replace(Template(model.__name__, code, "", shipped=False), **values)
    check(made, model)
    templates.keep(session, model, made)


def title(name: str, key: str, value: Any) -> str:
    """What a setting is called, for people: the record type, and its own name."""
    try:
        model, rest = model_of(key)
    except Refused:
        model, rest = None, key
    value = value if isinstance(value, dict) else {}
    said = called(value)
    if name in ("roles", "dashboards"):
        return said or key
    if name == "lists" and model is not None and rest in declared(model):
        said = str(declared(model)[rest].label)
    if name == "layouts":
        role, _at, device = rest.partition("@")
        own = next((str(r) for r in source[0]().roles.values() if role == f"{OWN}{r.key}"), role)
        said = str(role_names(archived=True).get(role, own)) + (f" ({_('on a phone')})" if device else "")
    return f"{model.__label__ if model is not None else key.partition('.')[0]} · {said or rest}"


def called(value: dict[str, Any]) -> str:
    """The name inside a value, in the reader's language."""
    english = str(get_locale() or "").startswith("en")
    names = ("label_en", "name_en", "label", "name") if english else ("label", "name")
    return next((str(value[n]) for n in names if value.get(n)), "")
