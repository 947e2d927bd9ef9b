"""What a spreadsheet did to numbers and days: put right where nothing is lost, refused with the reason where it is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

from flask_babel import lazy_gettext as _

from app.engine.errors import Refused
from app.engine.values import is_idnumber

SHORTENED = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+?\d+")  # 1.38E+10, as a sheet shows what does not fit its cell
POINTED = re.compile(r"\d+\.0+")
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
DAY = re.compile(r"(\d{4})\s*[-/.\u5e74]\s*(\d{1,2})\s*[-/.\u6708]\s*(\d{1,2})\s*\u65e5?(?:[ T]+(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?)?")
PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
NO_YEAR = re.compile(r"\d{1,2}\s*[-/.\u6708]\s*\d{1,2}\s*\u65e5?")
YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # day 0 of a sheet
FIRST, LAST = 10_000, 109_574  # serial numbers of 1927 to the end of 2199
EXACT = 15  # digits a sheet keeps of a number
ROUNDED = _("The spreadsheet keeps only 15 digits of a number, so the last ones are lost. Make the column text and enter it again.")
WHICH_YEAR = _("The year is missing. Write a day as 2026-11-20.")
WHICH_DAY = _("Day and month could be either way round. Write a day as 2026-11-20.")


def mend(kind: str, text: str) -> str:
    """The text as a person would have typed it. Raises ``Refused`` when a sheet destroyed it."""
    if not text:
        return text
    if kind in ("phone", "idnumber"):
        return digits(kind, text)
    if kind in ("day", "moment"):
        return day(kind, text)
    if kind in ("text", "note", "tags") and SHORTENED.fullmatch(text) and len(text) > EXACT and Decimal(text).adjusted() >= EXACT:
        raise Refused(ROUNDED)
    if kind == "whole" and POINTED.fullmatch(text):
        return text.partition(".")[0]
    return text


def digits(kind: str, text: str) -> str:
    if kind == "phone" and text.isdecimal():
        return text
    bare = re.sub(r"[\s\u200b\ufeff\xa0]", "", text).lstrip("'’‘`")
    if SHORTENED.fullmatch(bare):
        bare = str(whole(bare))
    elif POINTED.fullmatch(bare):
        bare = bare.partition(".")[0]
    if kind == "idnumber" and len(bare) == 18 and bare.isdecimal() and bare.endswith("000") and not is_idnumber(bare):
        raise Refused(ROUNDED)
    return bare


def whole(text: str) -> int:
    """The number behind 1.38001380002E+10, where all its digits are there."""
    value = Decimal(text)
    shown = len(value.as_tuple().digits)
    exponent = value.adjusted()
    if exponent >= EXACT:
        raise Refused(ROUNDED)
    if exponent + 1 > shown or value != value.to_integral_value():
        raise Refused(
            _("The spreadsheet shortened this number to %(text)s; the rest is lost. Make the column text and enter it again.", text=text)
        )
    return int(value)


def day(kind: str, text: str) -> str:
    if found := DAY.fullmatch(text):
        year, month, number, time = found.groups()
        return f"{year}-{int(month):02d}-{int(number):02d}" + (f" {time.zfill(5)}" if time and kind == "moment" else "")
    if found := PACKED.fullmatch(text):
        return "-".join(found.groups())
    if SERIAL.fullmatch(text) and FIRST <= float(text) <= LAST:
        moment = EPOCH + timedelta(days=round(float(text) * 86400) / 86400)
        return f"{moment:%Y-%m-%d %H:%M:%S}" if kind == "moment" else f"{moment:%Y-%m-%d}"
    if NO_YEAR.fullmatch(text):
        raise Refused(WHICH_YEAR)
    if YEAR_LAST.fullmatch(text):
        raise Refused(WHICH_DAY)
    return text
