"""Words typed by people, read into values; and values, written out again. Bad input says what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.clock import today, zone
from app.engine.errors import Refused
from app.engine.vault import normal

TRUE, FALSE = {"1", "true", "yes", "on", "是"}, {"0", "false", "no", "off", "否"}
STARS = 5
CENT = Decimal("0.01")
LARGEST = Decimal("99999999999.99")
# A number of its own, never a part of an order number or of a longer one: in one piece, in fours, or as 4-6-5 and 6-13.
CARD = re.compile(
    r"(?<![A-Za-z0-9])(?:[0-9]{13,19}|[0-9]{4}(?:([ \-])[0-9]{4}){2}(?:\1[0-9]{1,4}){1,2}|[0-9]{4}[ \-][0-9]{6}[ \-][0-9]{5}"
    r"|[0-9]{6}[ \-][0-9]{13})(?![A-Za-z0-9])"
)
SHOWING = re.compile(r"https?://\S+|(?<![0-9A-Za-z])(?:1[0-9]{10}|[0-9]{17}[0-9Xx])(?![0-9A-Za-z])")
CARD_WORDS = _("This looks like a bank card number. Card numbers are never kept here: let the customer pay through the payment gateway.")


def money(text: str) -> Decimal:
    value = number(text)
    if value != value.quantize(CENT):
        raise Refused(_("An amount has at most two decimals."))
    return value.quantize(CENT)


def cents(amount: Decimal | float) -> Decimal:
    """A number to the cent, half up: as people reckon, and as the database does."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def number(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").replace("，", "").lstrip("¥￥"))
    except InvalidOperation:
        raise Refused(_("Write a number, for example 120.50.")) from None
    if not value.is_finite() or abs(value) > LARGEST:
        raise Refused(_("This number is too large."))
    return value


def whole(text: str) -> int:
    value = number(text)
    if value != int(value) or abs(value) > 2**31 - 1:
        raise Refused(_("Write a whole number."))
    return int(value)


def place(text: str) -> float:
    value = float(number(text))
    if abs(value) > 180:
        raise Refused(_("A coordinate lies between -180 and 180."))
    return value


def day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        raise Refused(_("Write a day as 2026-11-20.")) from None


def moment(text: str) -> datetime:
    """A moment; without a zone it is the tenant's wall clock."""
    try:
        value = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        raise Refused(_("Write a time as 2026-11-20 14:00.")) from None
    return value if value.tzinfo else value.replace(tzinfo=zone())


def flag(text: str) -> bool:
    if text.strip().lower() in TRUE:
        return True
    if text.strip().lower() in FALSE:
        return False
    raise Refused(_("Write yes or no."))


def phone(text: str) -> str:
    bare = normal(text)
    if not bare.isdecimal():
        raise Refused(_("A phone number has digits only."))
    if bare.startswith("1") and len(bare) < 11:
        raise Refused(_("The mobile number is %(n)s digits short.", n=11 - len(bare)))
    if bare.startswith("1") and len(bare) > 11:
        raise Refused(_("The mobile number has %(n)s digits too many.", n=len(bare) - 11))
    if not 7 <= len(bare) <= 12:
        raise Refused(_("A phone number has 7 to 12 digits."))
    return bare


def idnumber(text: str) -> str:
    """A resident identity number of 18 places, its check digit verified (GB 11643)."""
    bare = normal(text)
    if not re.fullmatch(r"\d{17}[\dX]", bare):
        raise Refused(_("An identity number has 17 digits and a digit or X."))
    try:
        born = date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14]))
    except ValueError:
        born = date.max
    if born > today():
        raise Refused(_("The birthday in this identity number does not exist. Check for a typing error."))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    if "10X98765432"[sum(int(c) * w for c, w in zip(bare, weights, strict=False)) % 11] != bare[-1]:
        raise Refused(_("The last place of this identity number does not fit the others. Check for a typing error."))
    return bare


def no_card(text: str) -> str:
    """The text itself, unless it holds what looks like a bank card number: 13 to 19 digits, in one piece or in fours, that pass Luhn."""
    if len(text) < 13 or sum(map(str.isdigit, text)) < 13:  # most texts: quicker than to look properly
        return text
    for found in CARD.finditer(unicodedata.normalize("NFKC", text)):
        digits = re.sub(r"\D", "", found[0])
        if 13 <= len(digits) <= 19 and luhn(digits) and not is_idnumber(digits):
            raise Refused(CARD_WORDS)
    return text


def luhn(digits: str) -> bool:
    """Whether the last digit fits the others (ISO/IEC 7812): every second one from the right is doubled."""
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def is_idnumber(text: str) -> bool:
    try:
        return bool(idnumber(text))
    except Refused:
        return False


def rating(text: str) -> int:
    """Stars as a number from 1 to 5, or drawn."""
    value = text.count("★") if set(text) <= {"★", "☆"} else whole(text)
    if not 1 <= value <= STARS:
        raise Refused(_("Give one to five stars."))
    return value


def signature(_text: str) -> int:
    raise Refused(_("A signature is drawn on the record's own page."))


def tags(text: Any) -> list[str]:
    parts = text if isinstance(text, list) else re.split(r"[,，、;；\s]+", str(text))
    return [no_card(p.strip()) for p in parts if p.strip()]


READERS: dict[str, Callable[[Any], Any]] = {
    "money": money, "number": number, "whole": whole, "place": place, "day": day, "moment": moment, "flag": flag,
    "phone": phone, "idnumber": idnumber, "tags": tags,
    "rating": rating, "signature": signature,
}  # fmt: skip


def read(kind: str, value: Any) -> Any:
    """A value of one kind from what was typed or sent; None for nothing. Raises ``Refused`` in the reader's words."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if kind in READERS:
        return READERS[kind](value if kind == "tags" else str(value).strip())
    if "\x00" in str(value):
        raise Refused(_("This text holds a character that cannot be kept."))
    return no_card(str(value).strip())


def hidden(text: str) -> str:
    """A text with the mobile and identity numbers in it masked, but for those inside an address of a page."""
    return SHOWING.sub(lambda m: m[0] if m[0].startswith("http") else mask("phone" if len(m[0]) == 11 else "idnumber", m[0]), text)


def mask(kind: str, value: Any) -> str:
    """What a masked cell shows: the ends of a number people recognise it by, and nothing of sums and dates."""
    text = str(value or "")
    if kind == "phone" and len(text) >= 7:
        return f"{text[:3]}****{text[-4:]}"
    if kind == "idnumber" and len(text) == 18:
        return f"{text[:4]}{'*' * 12}{text[-2:]}"
    return "***" if text else ""
