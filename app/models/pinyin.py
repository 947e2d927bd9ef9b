"""How a Chinese name is typed on a keyboard: in full, and by initials."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT


def pinyin_of(name: str) -> str:
    """王小明 -> ``wangxiaoming``; what is not Chinese stays, in small letters."""
    return "".join(sounds(name)).replace(" ", "").lower()[:120]


def initials_of(name: str) -> str:
    """王小明 -> ``wxm``."""
    return "".join(s if s in name else s[:1] for s in sounds(name)).replace(" ", "").lower()[:32]


@lru_cache(256)
def sounds(name: str) -> tuple[str, ...]:
    """The sound of each sign, and what is not Chinese in one piece. A short name without a set phrase goes sign by sign."""
    if len(name) <= 4 and all("\u4e00" <= c <= "\u9fff" for c in name):
        ends = len(name) + 1
        if not any(name[a:b] in PHRASES_DICT for a in range(len(name)) for b in range(a + 2, ends)):
            return tuple(map(sound, name))
    return tuple(lazy_pinyin(name))


@lru_cache(8192)
def sound(sign: str) -> str:
    return lazy_pinyin(sign)[0]
