"""How gunicorn serves: the program is loaded once, and the processes that serve have most of their memory in common."""

from __future__ import annotations

import gc
from typing import Any

preload_app = True


GARBAGE = (20_000, 10, 10)  # a page makes some 30,000 things, hardly any of them in circles: they are looked for seldom


def when_ready(_server: Any) -> None:
    """Before the first process is made: what is there now is not looked through for garbage, which would copy every page of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def post_fork(_server: Any, worker: Any) -> None:
    """A connection that was made before belongs to the parent: each process makes its own."""
    from app.extensions import db  # noqa: PLC0415

    app = worker.app.wsgi()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
