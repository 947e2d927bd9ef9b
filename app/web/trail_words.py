"""The words of the trail: what was done, to what, and what is wrong with a chain."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

VERBS = {
    "create": _("created"), "update": _("changed"), "delete": _("deleted"), "reveal": _("looked at a number in full"),
    "export": _("exported"), "import": _("imported"), "attach": _("added a file"), "detach": _("removed a file"),
    "rights": _("changed rights"), "password": _("set a new password"), "login": _("signed in"), "logout": _("signed out"),
    "login_failed": _("wrong password"), "locked": _("login locked after wrong passwords"), "refused": _("was refused"),
}  # fmt: skip
# What people did with the program rather than with a record: it stands on the trail's own page alone.
OF_PEOPLE = ("login", "logout", "login_failed", "locked", "refused")
PLATFORM = {
    "Grant": _("Right"), "Scope": _("Rows of a role"), "CustomField": _("Custom field"), "Share": _("Share"), "Attachment": _("File"),
    "AuditEntry": _("Trail"),
}  # fmt: skip
BREAKS = {
    "changed": _("Entries were changed"), "removed": _("Entries were removed"), "inserted": _("Entries were put in later"),
    "missing": _("The seal is missing"), "altered": _("The seal was changed"), "cut": _("What followed this seal was cut off"),
}  # fmt: skip
