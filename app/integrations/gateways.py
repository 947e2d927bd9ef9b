"""The ways out of the house. Without a real one, a message goes to the rehearsal, where people can read it."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from app.integrations.rehearsal import Rehearsal


class Gateway(Protocol):
    """Takes one message. The key is what the receiver tells a repetition by."""

    def send(self, session: Any, *, tenant: int, key: str, channel: str, address: str, title: str, text: str) -> None: ...


class Smtp:
    """Mail through ``smtp://user:password@host:port``; ``smtps`` speaks TLS from the start. Raises ``OSError`` kinds."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    def send(self, session: Any, *, tenant: int, key: str, channel: str, address: str, title: str, text: str) -> None:  # noqa: ARG002
        mail = EmailMessage()
        mail["Subject"], mail["To"] = title, address
        mail["From"] = unquote(self.url.username or "") or f"jiahe@{self.url.hostname}"
        mail["Message-ID"] = f"<{tenant}.{key.replace(':', '.')}@jiahe>"  # a repetition is recognised by it
        mail.set_content(text)
        kind = smtplib.SMTP_SSL if self.url.scheme == "smtps" else smtplib.SMTP
        with kind(self.url.hostname or "localhost", self.url.port or 0, timeout=10) as server:
            if self.url.password:
                server.starttls() if kind is smtplib.SMTP else None
                server.login(unquote(self.url.username or ""), unquote(self.url.password))
            server.send_message(mail)


def gateway(channel: str, smtp_url: str = "") -> Gateway:
    """The way out for a channel."""
    return Smtp(smtp_url) if channel == "mail" and smtp_url else Rehearsal()
