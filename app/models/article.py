"""The knowledge base: what to know and what to say, found while the customer waits on the telephone."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Mapped, Session, validates

from app.engine import policy, query
from app.engine.fields import Code, Flag, Name, Note, field
from app.engine.record import Record
from app.models.pinyin import initials_of, pinyin_of

WRITING = _("An empty line begins a paragraph, a line with - before it is a point.")
SHOWN = 8


class Article(Record):
    """One answer: what is so, and the words to say it in."""

    __label__ = _("Article")
    __plural__ = _("Knowledge base")
    __icon__ = "ti-bookmark"
    __search__ = ("title", "words", "pinyin", "initials")

    title: Mapped[Name] = field(_("Title"))
    words: Mapped[Name | None] = field(_("Search words"), help=_("Other words that people look for it by, in any language."))
    pinyin: Mapped[Name | None] = field(_("Pinyin"))
    initials: Mapped[Code | None] = field(_("Initials"))
    body: Mapped[Note] = field(_("What is so"), help=WRITING)
    script: Mapped[Note | None] = field(_("What to say"), help=WRITING)
    active: Mapped[Flag] = field(_("In use"), default=True, server_default="true")

    def __str__(self) -> str:
        return self.title

    @validates("title")
    def spell(self, _name: str, title: str) -> str:
        self.pinyin, self.initials = pinyin_of(title or "")[:160], initials_of(title or "")[:40]
        return title


def answers(session: Session, text: str) -> list[Article]:
    """The articles in use that speak of something: those with it in their title or search words first, then those with it in the text."""
    text = text.strip()[:60]
    if not text or not policy.opens(Article):
        return []
    named = query.search(Article, text)
    inside: list[Any] = [query.where(Article, n, "ct", text) for n in ("body", "script") if policy.comparable(Article, [n])]
    wanted = select(Article).where(and_(Article.active, or_(named, *inside)))
    return list(session.scalars(wanted.order_by(case((named, 0), else_=1), Article.id).limit(SHOWN)))
