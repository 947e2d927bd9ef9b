"""What hangs on a record beside its fields. Each has a right of its own on the matrix: read sees it, fill adds, write also removes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

PARTS: dict[str, Any] = {"files": _("Files"), "notes": _("Notes")}
