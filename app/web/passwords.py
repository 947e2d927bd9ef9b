"""What a password must be, and one made for somebody."""

from __future__ import annotations

import secrets
from typing import Any

from flask_babel import lazy_gettext as _

SHORTEST, LONGEST = 10, 128
KINDS, DIFFERENT = 3, 5  # of character, and characters
CLEAR = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-!?")  # no letter that looks like another


def weakness(password: str, username: str = "") -> Any:
    """What is wrong with a password, in words; nothing when it will do."""
    if len(password) < SHORTEST:
        return _("At least %(n)s characters.", n=SHORTEST)
    if len(password) > LONGEST:
        return _("At most %(n)s characters.", n=LONGEST)
    kinds = {(c.islower(), c.isupper(), c.isdecimal()) for c in password}
    if len(kinds) < KINDS:
        return _("Mix at least three of: small letters, capitals, digits, signs.")
    if len(set(password)) < DIFFERENT or (username and username.lower() in password.lower()):
        return _("This is too easy to guess. Do not repeat one character or use the login name.")
    return None


def generated() -> str:
    """A strong password that can be read out over the phone: 14 characters of all four kinds."""
    while weakness(made := "".join(secrets.choice("".join(CLEAR)) for _n in range(14))):
        pass
    return made
