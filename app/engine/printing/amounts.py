"""Amounts in capital Chinese numerals, as receipts and contracts write them: 人民币壹仟贰佰元整."""

from __future__ import annotations

from decimal import Decimal

from app.engine import values

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def capital(amount: Decimal) -> str:
    """The amount in words (元, 角, 分), rounded to cents; below zero it begins with 负."""
    cents = int(values.cents(abs(amount)) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    text = whole(yuan) + "元" if yuan else ""
    if jiao or fen:
        text += (DIGITS[jiao] + "角" if jiao else "零" if yuan else "") + (DIGITS[fen] + "分" if fen else "整")
    else:
        text += "整" if yuan else "零元整"
    return ("负" if amount < 0 else "") + "人民币" + text


def whole(number: int) -> str:
    """A whole number; one 零 stands for any zeros between digits."""
    parts, n, gap = list[str](), 0, False
    while number:
        number, four = divmod(number, 10_000)
        if four:
            parts.append(under(four) + GROUPS[n] + ("零" if gap and parts else ""))
            gap = four < 1000
        else:
            gap = True
        n += 1
    return "".join(reversed(parts))


def under(number: int) -> str:
    """A number below ten thousand."""
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + DIGITS[digit] + PLACES[place]
            zero = False
        else:
            zero = True
    return text
