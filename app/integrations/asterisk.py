"""Asterisk's manager interface: its events put into our words, and our wishes into its actions. One socket, one thread to read it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PATIENCE = 10  # seconds to connect, and to log in
QUIET = 30  # seconds of silence after which it is asked whether it is still there
EXTENSION = re.compile(r"^[A-Za-z0-9]+/(?:[a-z]+:)?(\w{1,20}?)(?:-[0-9a-f]+)?(?:@.*)?$")
Told = dict[str, str]


class Refused(ConnectionError):
    """The exchange does not let us in."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where it is: ``ami://user:secret@host:5038/?tenant=2&context=from-internal&technology=PJSIP``."""

    host: str
    port: int
    user: str
    secret: str
    tenant: int
    context: str = "from-internal"
    technology: str = "PJSIP"

    @classmethod
    def of(cls, url: str) -> Exchange:
        """Read an address. Raises ``ValueError`` for one without a tenant or a host."""
        parts = urlsplit(url)
        more = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "ami" or not parts.hostname or not more.get("tenant", "").isdecimal():
            raise ValueError("PBX_URL is ami://user:secret@host:5038/?tenant=<number of the company>")
        known = {name: more[name] for name in ("context", "technology") if more.get(name)}
        user, secret = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, parts.port or 5038, user, secret, int(more["tenant"]), **known)


class Manager:
    """One connection. Every value that goes out is one line: nothing that a caller says can become an action."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.line = socket.create_connection((exchange.host, exchange.port), PATIENCE)
        self.lock = threading.Lock()
        self.read = self.line.makefile("rb")
        if not self.read.readline().startswith(b"Asterisk Call Manager"):
            raise Refused("this is no manager interface")
        self.send("Login", Username=exchange.user, Secret=exchange.secret, Events="call,dialplan,cdr,reporting")
        answer = next((m for m in self.messages() if "Response" in m), {})
        if answer.get("Response") != "Success":
            raise Refused(answer.get("Message", "no answer"))
        self.line.settimeout(QUIET)

    def send(self, action: str, **values: str) -> None:
        lines = [f"Action: {action}", *(f"{name}: {single(value)}" for name, value in values.items())]
        with self.lock:
            self.line.sendall("\r\n".join([*lines, "", ""]).encode())

    def messages(self) -> Iterator[Told]:
        """Every message until the connection ends; silence is answered with a question."""
        told: Told = {}
        asked = False
        while True:
            try:
                raw = self.read.readline()
            except TimeoutError:
                if asked:
                    raise
                asked = True
                self.read = self.line.makefile("rb")
                self.send("Ping")
                continue
            asked = False
            if not raw:
                return
            if text := raw.decode("utf-8", "replace").rstrip("\r\n"):
                name, _is, value = text.partition(":")
                told[name.strip()] = value.strip()
            elif told:
                yield told
                told = {}

    def call(self, extension: str, number: str) -> None:
        """Ring the extension, and when it is answered, the number."""
        channel = f"{self.exchange.technology}/{extension}"
        self.send("Originate", Channel=channel, Exten=number, Context=self.exchange.context, Priority="1", Timeout="30000", Async="true",
                  CallerID=number)  # fmt: skip

    def transfer(self, channel: str, extension: str) -> None:
        self.send("Redirect", Channel=channel, Exten=extension, Context=self.exchange.context, Priority="1")

    def shut(self) -> None:
        """End the wait for the next message, from another thread."""
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.read.close()
        self.line.close()


def single(value: str) -> str:
    """Raises ``ValueError`` for what could be more than one value."""
    if any(c in value for c in "\r\n\0"):
        raise ValueError("one line")
    return value


@dataclass
class Calls:
    """What is known of the calls that go on, by the id that links their channels."""

    first: dict[str, Told] = field(default_factory=dict)  # the caller's channel
    sounds: dict[str, str] = field(default_factory=dict)  # where the recording is written

    def words(self, told: Told) -> Iterator[dict[str, Any]]:
        """Our events for one of theirs; most of theirs mean nothing to us."""
        what, ref, own = told.get("Event", ""), told.get("Linkedid", ""), told.get("Uniqueid", "")
        if what == "Newchannel" and ref == own:
            self.first[ref] = told
        elif what == "VarSet" and told.get("Variable") == "MIXMONITOR_FILENAME" and ref:
            self.sounds[ref] = told.get("Value", "")
        elif ref not in self.first:
            return
        elif what == "DialBegin" and (extension := number_of(told.get("DestChannel", ""))):
            yield self.about(ref, "ring", extension)
        elif what == "DialEnd" and told.get("DialStatus") == "ANSWER" and (extension := number_of(told.get("DestChannel", ""))):
            yield self.about(ref, "answer", extension)
        elif what in ("BlindTransfer", "AttendedTransfer") and told.get("Extension"):
            yield self.about(ref, "transfer", told["Extension"])
        elif what == "Hangup" and ref == own:
            yield self.about(ref, "hangup", "")
            if sound := self.sounds.pop(ref, ""):
                yield self.about(ref, "recording", "") | {"path": sound}
            self.first.pop(ref)

    def about(self, ref: str, event: str, extension: str) -> dict[str, Any]:
        begun = self.first[ref]
        return {
            "event": event, "call": ref, "line": begun.get("Exten", ""), "caller": begun.get("CallerIDNum", "").replace("<unknown>", ""),
            "extension": extension,
        }  # fmt: skip

    def channel(self, ref: str) -> str:
        """The caller's channel, to be put through."""
        return self.first.get(ref, {}).get("Channel", "")


def number_of(channel: str) -> str:
    """``PJSIP/801-0000002a`` -> ``801``."""
    found = EXTENSION.match(channel)
    return found[1] if found else ""
