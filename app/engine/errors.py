"""Every way the product says no. Each knows its HTTP status and its words for the reader."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _


class Refused(Exception):
    """The request is understood and declined; the message is safe to show and says what to do."""

    status = 400
    message: Any = _("This cannot be done.")

    def __init__(self, message: Any = None) -> None:
        super().__init__(self.message if message is None else message)

    def __str__(self) -> str:
        return str(self.args[0])


class Invalid(Refused):
    """Some of what was sent cannot be kept; ``fields`` says what is wrong with which."""

    status = 422
    message = _("Some fields need another look. Nothing was saved.")

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__()
        self.fields = fields


class Forbidden(Refused):
    """The actor has no right to it."""

    status = 403
    message = _("You do not have the right to do this. Ask your administrator.")


class NotInThisState(Refused):
    """The step does not leave from here, or the field is locked here."""

    status = 409
    message = _("This cannot be done in the record's present state. Reload to see where it stands.")


class Missing(Refused):
    """There is no such record, or none that the actor may know of."""

    status = 404
    message = _("There is no such record, or you may not see it.")


class Conflict(Refused):
    """The second writer loses, and sees what the first one wrote."""

    status = 409
    message = _("Someone else changed this record after you opened it.")

    def __init__(self, difference: list[dict[str, Any]] | None = None) -> None:
        super().__init__()
        self.difference = difference or []


class NoTenant(RuntimeError):
    """Data was touched outside a request, job or test: a programming error."""
