"""The words of the trail: what was done, to what, and what is wrong with a chain."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

VERBS = {
    "create": _("created"), "update": _("changed"), "delete": _("deleted"), "reveal": _("looked at a number in full"),
    "export": _("exported"), "print": _("printed"), "import": _("imported"), "attach": _("added a file"), "detach": _("removed a file"),
    "share": _("shared with"), "unshare": _("ended sharing with"), "ask": _("asked for access"),
    "merge": _("took up another record"), "tell": _("sent a message"), "unmerge": _("gave another record back"),
    "note": _("wrote a note"), "unnote": _("removed a note"), "todo": _("planned something to do"),
    "todo done": _("did what was to do"), "todo open": _("put back what was to do"),
    "view_as": _("looked with the eyes of"), "view_as_end": _("stopped looking with the eyes of"),
    "login refused": _("was refused at the sign-in"), "second factor on": _("turned the second factor on"),
    "second factor off": _("turned the second factor off"), "second factor reset": _("reset the second factor"),
    "recovery codes renewed": _("made new recovery codes"), "recovery code used": _("used a recovery code"),
    "sessions ended": _("ended sessions"), "token made": _("made a token"), "token revoked": _("revoked a token"),
    "token refused": _("was refused with a token"), "security": _("changed the security settings"),
    "play": _("played the recording"), "secret": _("made a new secret"),
    "rotate": _("sealed everything with a new key"),
    "rights": _("changed rights"), "layout": _("changed a layout"), "field": _("changed a field"),
    "template": _("changed a print template"), "dashboard": _("changed a dashboard"),
    "password": _("set a new password"), "login": _("signed in"), "logout": _("signed out"),
    "login_failed": _("wrong password"), "locked": _("login locked after wrong passwords"), "refused": _("was refused"),
}  # fmt: skip
# What people did with the program rather than with a record: it stands on the trail's own page alone.
OF_PEOPLE = ("login", "logout", "login_failed", "locked", "refused")
NOTED = ("note", "todo", "todo done", "todo open")  # of these a record's page shows the note itself, to whoever may read it
PLATFORM = {
    "Grant": _("Right"), "Scope": _("Rows of a role"), "CustomField": _("Custom field"), "Share": _("Share"), "Attachment": _("File"),
    "RecordNote": _("Note"), "Layout": _("Layout"), "PrintTemplate": _("Print template"),
    "AuditEntry": _("Trail"), "OwnRole": _("Role"), "AccessRequest": _("Ask for access"), "ApiToken": _("Token"),
    "Safeguard": _("Sign-in and security"),
}  # fmt: skip
TEMPLATE = {
    "name": _("Name"), "name_en": _("Name in English"), "paper": _("Paper"), "width": _("Width in mm"), "height": _("Height in mm"),
    "margins": _("Margins"), "copies": _("Copies"), "language": _("Language"), "first": _("Default"), "archived": _("put away"),
    "body": _("Template"),
}  # fmt: skip
BREAKS = {
    "changed": _("Entries were changed"), "removed": _("Entries were removed"), "inserted": _("Entries were put in later"),
    "missing": _("The seal is missing"), "altered": _("The seal was changed"), "cut": _("What followed this seal was cut off"),
}  # fmt: skip
