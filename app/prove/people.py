"""Those who act in the proof, each through real requests: a browser's session, and a token of the interface."""

from __future__ import annotations

import re
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.web import sessions

LENT = 1800  # seconds that a lent session lives
META = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, as far as rights look at people."""

    name: str
    tenant: int
    id: int
    store: int | None
    roles: tuple[str, ...]
    username: str
    everywhere: bool = False  # head office, which reads every tenant


class Client:
    """One person's ways in."""

    def __init__(self, app: Flask, number: int) -> None:
        self.app, self.token, self.bearer = app, "", ""
        self.pages, self.calls = app.test_client(), app.test_client()
        for client in (self.pages, self.calls):  # the limits on logins count each address alone
            client.environ_base["REMOTE_ADDR"] = f"127.9.{number // 250}.{number % 250 + 1}"

    def open(self, client: Any, url: str, **more: Any) -> Any:
        """A request of its own: nothing of the prover's context, neither its session nor whom it acts for, goes along."""
        more.setdefault("buffered", True)  # read to its end, and closed
        return Context().run(lambda: client.open(url, **more))

    def sign_in(self, username: str, password: str) -> None:
        """By the page and by the interface. Raises ``LookupError`` when either does not let the person in."""
        self.look("/login/")
        sent = {"username": username, "password": password, "csrf_token": self.token}
        answer = self.open(self.pages, "/login/", method="POST", data=sent)
        self.look("/account/password")
        body = {"username": username, "password": password, "provider": "db"}
        called = self.open(self.calls, "/api/v1/security/login", method="POST", json=body)
        if answer.status_code != 302 or called.status_code != 200:
            raise LookupError(f"{username} cannot sign in: {answer.status_code}, {called.status_code}")
        self.bearer = (called.get_json() or {})["access_token"]

    def slip_in(self, tenant: int, user: int, epoch: int) -> None:
        """Look around as somebody without a password: a session made by hand, for reading in place."""
        lent = sessions.lend(user, epoch, self.pages.environ_base["REMOTE_ADDR"], LENT)

        def begin() -> None:
            with self.pages.session_transaction() as session:
                session.update(tenant=tenant, epoch=epoch, _user_id=str(user), _fresh=False, **lent)

        Context().run(begin)

    def look(self, url: str) -> None:
        found = META.search(self.open(self.pages, url).get_data(as_text=True))
        self.token = found.group(1) if found else self.token

    def send(self, method: str, url: str, **more: Any) -> Any:
        """One request; what lies under ``/api/`` goes with the token if there is one, all else as a page."""
        headers = {"Accept-Language": "en", **more.pop("headers", {})}
        if url.startswith("/api/") and self.bearer:
            return self.open(self.calls, url, method=method, headers=headers | {"Authorization": f"Bearer {self.bearer}"}, **more)
        if method != "GET" and "json" in more:
            headers["X-CSRFToken"] = self.token
        elif method != "GET":
            more["data"] = {"csrf_token": self.token, **more.get("data", {})}
        return self.open(self.pages, url, method=method, headers=headers, **more)
