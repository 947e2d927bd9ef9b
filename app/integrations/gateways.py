"""The ways out of the house. Without a real one, a message goes to the rehearsal, where people can read it."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from app.integrations.rehearsal import Outgoing, Rehearsal

PATIENCE = 10  # seconds for a mail server to answer


class Gateway(Protocol):
    """Takes one message. Its key is what the receiver tells a repetition by."""

    def send(self, session: Any, message: Outgoing) -> None:
        """Send now; raise when it was not taken, so that it is tried again."""


class Smtp:
    """Mail through ``smtp://user:password@host:port``; ``smtps`` is TLS from the start. Raises ``OSError`` kinds."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    def send(self, _session: Any, message: Outgoing) -> None:
        user, password = unquote(self.url.username or ""), unquote(self.url.password or "")
        host, port = self.url.hostname or "localhost", self.url.port or 0
        mail = EmailMessage()
        mail["Subject"], mail["To"] = message.title, message.address
        mail["From"] = user if "@" in user else f"jiahe@{host}"
        mail["Message-ID"] = f"<{message.tenant}.{message.key.replace(':', '.')}@jiahe>"  # the same at every try
        mail.set_content(message.text)
        with self.connect(host, port) as server:
            if password:
                if self.url.scheme != "smtps":
                    server.starttls(context=ssl.create_default_context())
                server.login(user, password)
            server.send_message(mail)

    def connect(self, host: str, port: int) -> smtplib.SMTP:
        if self.url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=PATIENCE)


def gateway(channel: str, smtp_url: str = "") -> Gateway:
    """The way out for a channel."""
    return Smtp(smtp_url) if channel == "mail" and smtp_url else Rehearsal()
