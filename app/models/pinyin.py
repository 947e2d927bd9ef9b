"""How a Chinese name is typed on a keyboard: in full, and by initials."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import Any


def pinyin_of(name: str) -> str:
    """王小明 -> ``wangxiaoming``; what is not Chinese stays, in small letters."""
    return "".join(sounds(name)).replace(" ", "").lower()[:120]


def initials_of(name: str) -> str:
    """王小明 -> ``wxm``."""
    return "".join(s if s in name else s[:1] for s in sounds(name)).replace(" ", "").lower()[:32]


@cache
def dictionary() -> tuple[Any, Any]:
    """How to read a text, and the phrases that are read otherwise than sign by sign.

    It takes much memory, so only a process in which somebody writes a name has it; and 20 MB less where each sound is kept once.
    """
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")  # we add no phrases of our own
    from pypinyin import lazy_pinyin  # noqa: PLC0415
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415

    once: dict[tuple[str, ...], Any] = {}
    for phrase in PHRASES_DICT.values():
        phrase[:] = [once.setdefault(kept := tuple(one), kept) for one in phrase]
    return lazy_pinyin, PHRASES_DICT


@lru_cache(256)
def sounds(name: str) -> tuple[str, ...]:
    """The sound of each sign, and what is not Chinese in one piece. A short name without a set phrase goes sign by sign."""
    read, phrases = dictionary()
    if len(name) <= 4 and all("\u4e00" <= c <= "\u9fff" for c in name):
        ends = len(name) + 1
        if not any(name[a:b] in phrases for a in range(len(name)) for b in range(a + 2, ends)):
            return tuple(map(sound, name))
    return tuple(read(name))


@lru_cache(8192)
def sound(sign: str) -> str:
    return str(dictionary()[0](sign)[0])
