"""How often somebody may be wrong about a password or a code before the login is locked for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.clock import now
from app.web import noting

TRIES, LOCKED = 5, timedelta(minutes=15)
WORDS = _("Too many wrong passwords. Try again in 15 minutes, or ask your administrator.")


def locked(member: Any) -> bool:
    return bool(member.locked_until and member.locked_until > now())


def failed(member: Any) -> None:
    """Count one wrong answer; each fifth locks. Passwords and codes share the count, so that neither resets the other."""
    member.fail_login_count = (member.fail_login_count or 0) + 1
    if member.fail_login_count % TRIES == 0:
        member.locked_until = now() + LOCKED
    noting.failing(member, locked=member.fail_login_count % TRIES == 0)


def passed(member: Any) -> None:
    """Everything that was asked was answered: forget what was wrong before."""
    noting.coming(member, "login")
    member.fail_login_count, member.locked_until = 0, None
    member.login_count, member.last_login = (member.login_count or 0) + 1, now().replace(tzinfo=None)
