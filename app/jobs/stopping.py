"""How a process of its own hears that it is to end."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def until_signal() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set. Only for the main thread."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop
