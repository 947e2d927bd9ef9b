"""What we ask of an exchange: to call somebody, or to put a call through. A process of its own that is connected to it takes it up."""

from __future__ import annotations

import json
from typing import Any

from app.extensions import store

ALIVE = 15  # seconds after which an exchange that says nothing counts as away


def wishes(tenant: int) -> str:
    return f"jiahe:exchange:{tenant}:do"


def alive(tenant: int) -> str:
    return f"jiahe:exchange:{tenant}:alive"


def connected(tenant: int) -> bool:
    """Whether an exchange listens to us."""
    return bool(store().exists(alive(tenant)))


def ask(tenant: int, what: str, **facts: Any) -> bool:
    """Ask the exchange for something: ``call`` (extension, number), ``transfer`` (ref, extension). False when there is none."""
    if not connected(tenant):
        return False
    store().rpush(wishes(tenant), json.dumps({"what": what, **facts}))
    store().expire(wishes(tenant), 60)  # nobody wants to be called an hour later
    return True


def asked(tenant: int, seconds: int) -> dict[str, Any] | None:
    """The next wish, waited for at most so long."""
    found: Any = store().blpop([wishes(tenant)], timeout=seconds)
    return json.loads(found[1]) if found else None


def live(tenant: int) -> None:
    store().set(alive(tenant), "1", ex=ALIVE)
