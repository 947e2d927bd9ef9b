"""Translations for one request: the language is asked for once, not with every word."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import Domain


class Words(Domain):
    """The product's texts. The catalog in hand serves until another language is forced."""

    def get_translations(self) -> Any:
        context: Any = getattr(g, "_flask_babel", None)
        known, catalog = getattr(context, "catalog", (None, None))
        if known is None or known is not context.babel_locale:
            catalog = super().get_translations()
            context.catalog = context.babel_locale, catalog
        return catalog
