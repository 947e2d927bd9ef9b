"""How templates reach into what they are given: most of it is plain dicts, and a dict's own keys come first."""

from __future__ import annotations

from typing import Any

from flask.templating import Environment as FlaskEnvironment


class Environment(FlaskEnvironment):
    """``row.url`` reads the key at once, where Jinja would first fail to find an attribute: a list page asks some 2,000 times."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)
