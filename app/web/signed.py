"""Who may use the REST surface at all: a browser's session, or a token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask_jwt_extended import verify_jwt_in_request

from app.engine.current import current
from app.engine.errors import Forbidden


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """A browser's session, or a token; nobody else."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if current().actor_id is None:
            verify_jwt_in_request()
        if current().actor_id is None:
            raise Forbidden
        return view(*args, **kwargs)

    checked.__dict__["guarded"] = True
    return checked
