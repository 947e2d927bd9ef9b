"""Tests talk to this machine only: any other address is an error, at once and by name."""

from __future__ import annotations

import ipaddress
import socket

_connect, _connect_ex, _resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


class Outside(AssertionError):
    """A test reached for another machine."""


def check(host) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return
    try:
        inside = ipaddress.ip_address(name).is_loopback or name == "0.0.0.0"
    except ValueError:
        inside = False
    if not inside:
        raise Outside(f"a test tried to reach {name}")


def guard(original):
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        return original(self, address)

    return connect


def resolve(host, *args, **kwargs):
    check(host)
    return _resolve(host, *args, **kwargs)


def block() -> None:
    socket.socket.connect = guard(_connect)
    socket.socket.connect_ex = guard(_connect_ex)
    socket.getaddrinfo = resolve
