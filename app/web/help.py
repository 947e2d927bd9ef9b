"""Help inside the product: guides to the common jobs, and what each record type holds, read from its own definition."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy
from app.engine.current import current
from app.engine.errors import Missing
from app.engine.fields import fields_of
from app.engine.fitting import KINDS
from app.engine.tenant import Tenant
from app.extensions import db
from app.web import frame
from app.web.cells import described
from app.web.diagram import diagram
from app.web.guides import GUIDES
from app.web.rights import VERBS
from app.web.screen import Screen, administers, allowed

WORDS: dict[str, Any] = KINDS | {
    "link": _("Another record"), "state": _("State"), "phone": _("Phone number"), "idnumber": _("Identity number"),
    "place": _("Place"), "signature": _("Signature"),
}  # fmt: skip


class HelpScreen(Screen):
    """``/help/``: for everybody who is signed in, and of nothing that the reader may not open."""

    doors = ((96, _("Help and guides"), "ti-help", "/help/", lambda: True),)

    @expose("/help/")
    @allowed()
    def index(self) -> Any:
        types = [
            {"label": m.__plural__ or m.__label__, "icon": m.__icon__, "url": f"/help/{m.__tablename__}"}
            for m in (view.model for view in frame.record_views()) if policy.opens(m)
        ]  # fmt: skip
        company = db.session.get(Tenant, current().tenant_id)
        return self.render(
            "help.html", guides=[g for g in GUIDES if g.check()], types=types, administers=administers(), page_title=_("Help and guides"),
            sample=company is not None and company.sample,
        )  # fmt: skip

    @expose("/help/<table>")
    @allowed()
    def record(self, table: str) -> Any:
        """What one type of record is made of, as far as the reader may see it, and what may be done with it."""
        view = next((v for v in frame.record_views() if v.model.__tablename__ == table), None)
        if view is None or not policy.opens(view.model):
            raise Missing
        model, flow = view.model, view.model.__flow__
        steps = [s for s in flow.steps.values() if policy.may(model, f"step:{s.name}")] if flow else []
        return self.render(
            "help_record.html", page_title=model.__label__, icon=model.__icon__, list_url=f"/{table}/list",
            sections=[(s.title, rows) for s in view.parts() if (rows := [told(model, n) for n in s.fields if seen(model, n)])],
            verbs=[label for verb, label in VERBS.items() if policy.may(model, f"can:{verb}")],
            states=list(flow.states.values()) if flow else [], steps=steps,
            picture=diagram(flow, next(s.name for s in flow.states.values() if s.initial)) if flow else "",
        )  # fmt: skip


def seen(model: Any, name: str) -> bool:
    return name in policy.readable(model) or name in policy.writable(model)


def told(model: Any, name: str) -> dict[str, Any]:
    """One field in words."""
    said, field = described(model, name), fields_of(model)[name]
    settable = name in policy.writable(model)
    return {
        "label": said["label"], "kind": WORDS.get(said["kind"], ""), "help": said["help"], "choices": [w for _code, w in said["choices"]],
        "required": settable and field.required(model, name), "settable": settable,
    }  # fmt: skip
