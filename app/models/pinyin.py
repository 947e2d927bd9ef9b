"""How a Chinese name is typed on a keyboard: in full, and by initials."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin


def pinyin_of(name: str) -> str:
    """王小明 -> ``wangxiaoming``; what is not Chinese stays, in small letters."""
    return "".join(lazy_pinyin(name)).replace(" ", "").lower()[:120]


def initials_of(name: str) -> str:
    """王小明 -> ``wxm``."""
    parts = lazy_pinyin(name, style=Style.FIRST_LETTER)
    return "".join(parts).replace(" ", "").lower()[:32]
