"""Guides to the jobs that people do most: who may do one, its steps in order, and where it begins. Areas add their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from app.web.screen import administers


@dataclass(frozen=True, slots=True)
class Guide:
    """One job. ``url`` is where its first step stands; ``check`` whether it is the reader's to do."""

    title: Any
    url: str
    steps: tuple[Any, ...]
    check: Callable[[], bool] = lambda: True


GUIDES: list[Guide] = [
    Guide(
        _("Find a person or a number"), "/search",
        (
            _("Press / and type a part of the name, its pinyin or initials, the last four digits of the phone, or an order number."),
            _("Choose one of those that appear, or press Enter for everything that was found."),
            _("Ctrl K finds places and commands instead of records."),
        ),
    ),
    Guide(
        _("Keep a list the way you need it"), "/more/",
        (
            _("Filter, sort, group and choose columns; everything you chose stands in the address, so a link shows the same to others."),
            _("Keep it as a view: for yourself, your role, your store or everybody."),
            _("The buttons above the list show the same rows as a board, calendar, table of sums, map or chart."),
        ),
    ),
    Guide(
        _("Bring in a spreadsheet"), "/more/",
        (
            _("Open the list, choose Import, and take the template if you like: headings in Chinese or English both fit."),
            _("The trial writes nothing. Mend what is marked on the page, or in the file that you get back."),
            _("All rows are written or none; the import can be taken back as a whole."),
        ),
    ),
    Guide(
        _("Ask for what is hidden from you"), "/asks/",
        (
            _("A cell that you may not see says so; the link beside it asks whoever may give it."),
            _("You are told when the answer is there."),
        ),
    ),
    Guide(
        _("Add a field of your own"), "/custom/",
        (
            _("Choose the type of record, then New field: a name in both languages, a type, and when it is shown."),
            _("It is in the form, lists, filters, imports, exports, prints and rights at once. Put away, it loses nothing."),
        ),
        administers,
    ),
    Guide(
        _("Change who may see or do what"), "/rights/",
        (
            _("Choose a type of record: rows are parts of it, columns are roles. Press 0 to 4 on a cell, R takes it back."),
            _("“View as” shows the product with a colleague's eyes before you trust a change."),
            _("Every change is in the trail, with the way back."),
        ),
        administers,
    ),
    Guide(
        _("Make a print of your own"), "/prints/",
        (
            _("Copy a template, write the words and choose fields; the preview beside it is what will be printed."),
            _("A field that the reader may not see is not in the file."),
        ),
        administers,
    ),
]
