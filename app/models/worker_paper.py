"""A carer's papers, which of them a company demands, and the check of the real name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, func, select, type_coerce
from sqlalchemy.orm import Mapped, Session

from app.engine.current import current
from app.engine.fields import Code, Day, Flag, IdNumber, Moment, Name, Note, Tags, choice, computed, field, fields_of, key, link, secret
from app.engine.record import Record
from app.models.catalog import CATEGORIES
from app.models.organisation import Staff
from app.models.worker import Worker
from app.models.worker_life import of_worker

PAPERS = {
    "health": _("Health certificate"), "training": _("Training certificate"), "background": _("Background check"),
    "door": _("Home service permit"), "insurance": _("Insurance policy"), "certificate": _("Professional certificate"),
}  # fmt: skip
REAL_NAME = "real_name"
EVER = date(9999, 12, 31)  # where nothing ends
REAL_NAME_WORD = _("Real-name check")
WAYS = {"hand": _("By hand"), "provider": _("By a provider"), "before": _("Before checks were kept")}
BEGIN: tuple[dict[str, Any], ...] = ({"kind": "health", "spares": ["equipment"]}, {"kind": REAL_NAME, "spares": []})


def latest_sql() -> Any:
    """Whether no paper of the same kind reaches farther: of a renewed one nobody need be reminded."""
    other, mine = WorkerPaper.__table__.alias("other_paper"), WorkerPaper.__table__
    same = (other.c.tenant_id == mine.c.tenant_id) & (other.c.worker_id == mine.c.worker_id) & (other.c.kind == mine.c.kind)
    far = func.coalesce(other.c.until, EVER) > func.coalesce(mine.c.until, EVER)
    return type_coerce(~select(other.c.id).where(same, far).correlate(mine).exists(), Boolean)


class WorkerPaper(Record):
    """One paper. The picture of it is a file of this record; a renewed one is a paper of its own."""

    __label__ = _("Carer's paper")
    __plural__ = _("Papers")
    __icon__ = "ti-certificate"
    __called__ = ("kind",)
    __told__ = "worker"
    __indexes__ = (("kind", "until"),)
    __periods__ = (("issued_on", "until"),)

    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    kind: Mapped[Code] = choice(_("Carer's paper"), PAPERS, open=True, default="health")
    number: Mapped[Name | None] = field(_("Paper no."), "private")
    issued_on: Mapped[Day | None] = field(_("Issued on"))
    until: Mapped[Day | None] = field(_("Valid until"), help=_("Empty: it does not run out."))
    checked_id: Mapped[int | None] = key("staff")
    checked: Mapped[Staff | None] = link(_("Original seen by"))
    remark: Mapped[Note | None] = field(_("Remark"), "internal")
    latest: Mapped[Flag] = computed(_("The latest of its kind"), "basic", latest_sql)

    def __str__(self) -> str:
        return str((fields_of(WorkerPaper)["kind"].choices or {}).get(self.kind, self.kind))

    def before_create(self, session: Session) -> None:
        of_worker(self, session)


class KindWords(Mapping[str, Any]):
    """The kinds of papers that the acting company has, and the check of the real name."""

    def words(self) -> dict[str, Any]:
        return {REAL_NAME: REAL_NAME_WORD, **(fields_of(WorkerPaper)["kind"].choices or {})}

    def __getitem__(self, code: str) -> Any:
        return self.words()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words())

    def __len__(self) -> int:
        return len(self.words())


class PaperRule(Record):
    """What a carer must hold. One that blocks keeps a carer from every visit that goes on longer than the paper does."""

    __label__ = _("Paper required")
    __plural__ = _("Papers required")
    __icon__ = "ti-shield-check"
    __called__ = ("kind",)
    __unique__ = (("kind",),)
    __refusals__: ClassVar[dict[str, Any]] = {"paper_rule_kind_key": _("There is already a rule for this paper.")}

    kind: Mapped[Code] = choice(_("Carer's paper"), KindWords(), default="health")
    blocks: Mapped[Flag] = field(_("Nobody is sent without it"), default=True)
    spares: Mapped[Tags] = field(_("Not for services of the kind"), choices=CATEGORIES, default=list, server_default="{}")
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return str(KindWords().get(self.kind, self.kind))


class RealNameCheck(Record):
    """One check of who somebody is: the number and a photo are entered, somebody else decides. ``RealNameFlow`` moves it."""

    __label__ = REAL_NAME_WORD
    __plural__ = _("Real-name checks")
    __icon__ = "ti-id"
    __called__ = ("worker",)
    __told__ = "worker"
    __indexes__ = (("state",),)

    worker_id: Mapped[int] = key("worker")
    worker: Mapped[Worker] = link(_("Carer"))
    name: Mapped[Name] = field(_("Name on the card"), "private", personal=True)
    id_number: Mapped[IdNumber | None] = secret(_("ID number"), "private")
    way: Mapped[Code] = choice(_("How"), WAYS, "workflow", default="hand")
    checked_id: Mapped[int | None] = key("staff")
    checked: Mapped[Staff | None] = link(_("Decided by"), "workflow", readonly=True)
    decided_at: Mapped[Moment | None] = field(_("Decided at"), "workflow", readonly=True)
    reason: Mapped[Note | None] = field(_("Why not"), "workflow", readonly=True)
    state: Mapped[Code] = field(_("State"), "workflow", default="entered")

    def __str__(self) -> str:
        return f"{self.worker}"

    def before_create(self, session: Session) -> None:
        worker = of_worker(self, session)
        self.name = self.name or (worker.name if worker is not None else "")

    def facts(self) -> dict[str, str]:
        return {"worker": str(self.worker), "reason": self.reason or ""}


def begin_rules(session: Session) -> None:
    """What a company begins with. The caller is trusted, and has found that it is new here."""
    if current().tenant_id and session.scalar(select(PaperRule.id).limit(1)) is None:
        session.add_all(PaperRule(**rule) for rule in BEGIN)
