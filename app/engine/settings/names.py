"""What a company calls its own things inside settings, said so that another company understands it, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.errors import Refused

HERE = re.compile(r"(?<![A-Za-z0-9_])x_(\d+)(?![0-9])")  # a field of one's own, by its number
ABROAD = re.compile(r"x\[(\w+\.[^\]\[]+)\]")
OWN = "+"  # before the key of a role that a company made


@dataclass(slots=True)
class Names:
    """The fields and roles of one company: number or code here, key everywhere."""

    fields: dict[int, str] = field(default_factory=dict)  # 12 -> "Worker.dialect"
    away: set[str] = field(default_factory=set)  # names of fields that were put away: x_12
    roles: dict[str, str] = field(default_factory=dict)  # "own-1" -> "+trainer"

    def role_out(self, code: str | None) -> str:
        return self.roles.get(code or "", code or "")

    def role_in(self, key: str) -> str:
        """Raises ``Refused`` for a role that is not here."""
        if not key.startswith(OWN):
            return key
        if found := next((code for code, known in self.roles.items() if known == key), None):
            return found
        raise Refused(_("It names the role “%(name)s”, which is not here. Take it in as well.", name=key[1:]))

    def out(self, value: Any) -> Any:
        return mapped(value, lambda text: HERE.sub(lambda m: f"x[{k}]" if (k := self.fields.get(int(m[1]))) else m[0], text))

    def back(self, value: Any) -> Any:
        """Raises ``Refused`` for a field that is not here."""
        numbers = {key: pk for pk, key in self.fields.items() if f"x_{pk}" not in self.away}

        def one(match: re.Match[str]) -> str:
            if match[1] not in numbers:
                raise Refused(_("It names the field “%(name)s”, which is not here. Take it in as well.", name=match[1]))
            return f"x_{numbers[match[1]]}"

        return mapped(value, lambda text: ABROAD.sub(one, text))


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A plain value with each of its texts changed, keys included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [mapped(v, change) for v in value]
    return {change(k): mapped(v, change) for k, v in value.items()} if isinstance(value, dict) else value
