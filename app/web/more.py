"""The places that do not fit in the rail."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.web import frame
from app.web.screen import Screen, allowed


class MoreScreen(Screen):
    """Everything the actor can open, as large doors."""

    @expose("/more/")
    @allowed()
    def more(self) -> Any:
        return self.render("more.html", places=frame.doors()[frame.RAIL :], page_title=_("More"))
