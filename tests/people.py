"""Persons as the tests meet them: a browserless client with a real login and real CSRF, and a caller of the API."""

from __future__ import annotations

import itertools
import re
from contextlib import contextmanager

from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.harness import PASSWORD

META = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
_addresses = itertools.count(2)


class Person(FlaskClient):
    """A client of its own address, so that the limits on logins, which are real, count each person alone."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        number = next(_addresses)
        self.environ_base["REMOTE_ADDR"] = f"127.1.{number // 250}.{number % 250 + 1}"
        self.token = ""

    def login(self, username: str, password: str = PASSWORD):
        """Log in through the page, as a browser does. Returns the answer."""
        self.look("/login/")
        answer = self.post("/login/", data={"username": username, "password": password, "csrf_token": self.token})
        if answer.status_code == 302:
            self.look("/bell/")
        return answer

    def look(self, url: str):
        """Get a page and remember its CSRF token."""
        answer = self.get(url, follow_redirects=True)
        found = META.search(answer.get_data(as_text=True))
        self.token = found.group(1) if found else self.token
        return answer

    def post_form(self, url: str, follow: bool = False, **data):
        """Send a form with the CSRF token of the last page looked at."""
        return self.post(url, data={"csrf_token": self.token, **data}, follow_redirects=follow)


def text(person: Person, url: str) -> str:
    """A page that is there."""
    answer = person.get(url)
    assert answer.status_code == 200, (url, answer.status_code, answer.get_data(as_text=True)[:500])
    return answer.get_data(as_text=True)


class Caller:
    """Somebody with a token of the REST interface. Each call returns the JSON and checks the status."""

    def __init__(self, app, username: str, password: str = PASSWORD):
        self.client = app.test_client()
        body = {"username": username, "password": password, "provider": "db", "refresh": True}
        answer = self.client.post("/api/v1/security/login", json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.headers = {"Authorization": f"Bearer {answer.json['access_token']}"}

    def call(self, method: str, url: str, status: int | None = None, language: str = "en", **kwargs):
        """Call and return the JSON. Without ``status`` any 2xx will do."""
        headers = {**self.headers, "Accept-Language": language, **kwargs.pop("headers", {})}
        answer = self.client.open(url, method=method, headers=headers, **kwargs)
        good = answer.status_code == status if status else 200 <= answer.status_code < 300
        assert good, f"{method} {url}: {answer.status_code} {answer.get_data(as_text=True)[:1500]}"
        return answer.get_json(silent=True)

    def get(self, url: str, status: int | None = None, **query):
        return self.call("GET", url, status, query_string=query)

    def post(self, url: str, body=None, status: int | None = None):
        return self.call("POST", url, status, json=body or {})

    def put(self, url: str, body=None, status: int | None = None):
        return self.call("PUT", url, status, json=body or {})

    def delete(self, url: str, status: int | None = None):
        return self.call("DELETE", url, status)


class Queries(list):
    """The statements that were sent, in order."""

    @property
    def count(self) -> int:
        return len(self)


@contextmanager
def count_queries():
    """Collect the statements that this process sends to the database meanwhile; BEGIN and COMMIT are not counted."""
    sent = Queries()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
