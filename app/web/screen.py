"""The base of every page made by hand: signed in, allowed, rendered in the common frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import BaseView

from app.engine.current import current
from app.engine.errors import Forbidden

ABOVE = frozenset({"admin", "head_office"})  # more than the sum of their rights: nobody edits, copies or looks as these
View = Callable[..., Any]


class Screen(BaseView):
    """A page or a few that belong together. Every exposed method carries :func:`allowed`; lint and a test see to it."""

    route_base = ""

    def render(self, template: str, **context: Any) -> Any:
        """Render in the frame; see ``app.web.frame`` for what every page gets."""
        return render_template(template, **context)


def allowed(check: Callable[[], bool] | None = None) -> Callable[[View], View]:
    """Only for people who are signed in and for whom ``check()`` holds; others go to the login page or get a 403."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if current().actor_id is None:
                return redirect(url_for("AuthDBView.login", next=request.full_path.rstrip("?")))
            if check is not None and not check():
                raise Forbidden
            return view(*args, **kwargs)

        checked.__dict__["guarded"] = True
        return checked

    return wrap


def open_to_all(view: View) -> View:
    """Mark a page that needs no login, so that the test of all routes knows it was meant."""
    view.__dict__["guarded"] = view.__dict__["open"] = True
    return view


def has_role(*roles: str) -> Callable[[], bool]:
    """A check for :func:`allowed`: the actor holds one of the roles."""
    return lambda: bool(current().roles & set(roles))


administers = has_role(*ABOVE)  # who makes the settings of a company
