"""What can be wrong with a template, in words that name the line."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.errors import Refused


class BadTemplate(Refused):
    """A template that cannot be used; ``line`` is where, or 0 where no line can be named."""

    status = 422

    def __init__(self, why: Any, line: int = 0) -> None:
        super().__init__(_("Line %(line)s: %(why)s", line=line, why=why) if line else why)
        self.line = line
