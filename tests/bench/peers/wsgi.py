"""A browser without a socket: it calls a WSGI application directly, keeps its cookies and sends a form's hidden inputs back."""

from __future__ import annotations

import html
import io
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
KEPT = "/?&=%:(),!~'+*@.-"  # in an address these stay as they are


@dataclass
class Site:
    """A peer, ready to be asked: its application, the statements it has sent so far, and how one signs in."""

    app: Callable
    statements: list[str]
    login: tuple[str, dict[str, str]] | None = None


@dataclass
class Browser:
    """One person at one application."""

    app: Callable
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self, path: str, form: dict[str, str]) -> None:
        _status, page, _used = self.call("GET", path)
        inputs = [dict(ATTRIBUTE.findall(found)) for found in HIDDEN.findall(page.decode())]
        hidden = {i["name"]: html.unescape(i.get("value", "")) for i in inputs if "name" in i}
        status, page, _used = self.call("POST", path, urlencode(hidden | form).encode())
        if status not in (302, 303):
            raise RuntimeError(f"{path} did not let us in: {status} {page[:300]!r}")

    def call(self, method: str, path: str, sent: bytes = b"") -> tuple[int, bytes, tuple[float, float]]:
        """Returns the status, the body, and the milliseconds on the wall's clock and on the processor's."""
        environ, answer = self.environ(method, path, sent), {}

        def start(status, headers, _error=None):
            answer.update(status=int(status[:3]), headers=headers)

        wall, cpu = time.perf_counter(), time.process_time()
        parts = self.app(environ, start)
        body = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        used = (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000
        for name, value in answer["headers"]:
            if name.lower() == "set-cookie":
                key, _equals, kept = value.partition(";")[0].partition("=")
                self.cookies[key.strip()] = kept
        return answer["status"], body, used

    def environ(self, method: str, path: str, sent: bytes) -> dict:
        place, _mark, question = quote(path, safe=KEPT).partition("?")
        return {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote(place).encode().decode("latin-1"), "QUERY_STRING": question,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "HTTP_ACCEPT": "text/html,*/*", "HTTP_ACCEPT_LANGUAGE": "zh", "HTTP_REFERER": f"http://127.0.0.1{place}",
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(sent)), "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(sent), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
            "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
