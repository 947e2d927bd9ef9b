"""One deed that is done to many rows: what every kind of it has."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import differences
from app.engine.errors import Conflict, Forbidden
from app.engine.guard import APPENDED, check

MANY = _("You may not change many of these at once.")


class Deed:
    """One deed with its inputs, made for one set of rows. ``touch`` changes a row in memory, or raises ``Refused``."""

    name: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    can_undo: ClassVar[bool] = True
    alone: ClassVar[bool] = False  # each row is flushed by itself
    apart: ClassVar[bool] = False  # it is more than a change of fields: ``trial`` does nothing, ``touch`` does it
    icon: ClassVar[str] = ""

    def __init__(self, session: Session, model: Any, inputs: dict[str, Any]) -> None:
        self.session, self.model, self.inputs = session, model, inputs
        self.ready()

    @classmethod
    def offered(cls, model: Any) -> bool:
        """Whether the actor could do it to some row."""
        return not model.__appended__ and not model.__platform__ and policy.may(model, "can:bulk")

    def ready(self) -> None:
        """Look at the inputs. Raises ``Refused``."""

    def allow(self, record: Any, version: int | None) -> None:
        """Raise ``Refused`` unless this row is the actor's to change, and is as it was when it was shown."""
        if not policy.may(self.model, "can:bulk", record):
            raise Forbidden(MANY)
        if self.model.__appended__:
            raise Forbidden(APPENDED)
        if version is not None and record.version != version:
            raise Conflict

    def touch(self, record: Any) -> None:
        raise NotImplementedError

    def trial(self, record: Any) -> None:
        """What ``touch`` would do, without anything that reaches the database."""
        self.touch(record)
        check(record, differences(record))

    def names(self) -> list[str]:
        """The fields it touches, to be read together with the rows."""
        return []

    def mark(self) -> Any:
        """A point to come back to when rows have to be taken again."""

    def back(self, mark: Any) -> None:
        """Come back to it."""
