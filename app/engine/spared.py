"""The collector of cycles, kept from walking through the whole program again and again while many rows pass."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spared() -> Iterator[None]:
    """Leave out of its rounds what is there already: it lives on. What is made meanwhile is collected as ever.

    A batch of rows makes so many lists and dictionaries that a round begins with each; half of the time went there.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
