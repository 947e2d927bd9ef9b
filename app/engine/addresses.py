"""Where a request may come from: lists of networks, as people type them and as they are compared."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask_babel import lazy_gettext as _

from app.engine.errors import Refused

MOST = 100


def networks(typed: str) -> list[str]:
    """The networks in a text, one a line or with commas between. Raises ``Refused`` naming the first that is none."""
    found: list[str] = []
    for word in re.split(r"[\s,;，；、]+", typed.strip()):
        if not word:
            continue
        try:
            found.append(str(ip_network(word, strict=False)))
        except ValueError:
            raise Refused(_("“%(word)s” is no address. Write one like 203.0.113.7 or 203.0.113.0/24.", word=word[:60])) from None
    if len(found) > MOST:
        raise Refused(_("At most %(n)s addresses.", n=MOST))
    return list(dict.fromkeys(found))


def inside(allowed: list[str] | None, address: str | None) -> bool:
    """Whether an address lies in one of the networks; no network at all means anywhere."""
    if not allowed:
        return True
    here = plain(address)
    return here is not None and any(here in ip_network(one) for one in allowed)


def plain(address: str | None) -> IPv4Address | IPv6Address | None:
    """An address as it is compared: one of IPv4 that came dressed as IPv6 is of IPv4. None for what is no address."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
