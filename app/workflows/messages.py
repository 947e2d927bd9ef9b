"""Who is told what, over which channel. Places such as %(number)s are filled from the record's ``facts``.

``%(link)s`` is the reader's own signed address. What a text says, everyone who gets it may know: no prices, no pay.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.tell import CHANNELS, EVENT

RINGS = ("order.placed", "order.unassign", "visit.decline")  # what a dispatcher should hear as well as see


def tell(event: str, to: str, channels: str, title: Any, text: Any) -> None:
    """Subscribe somebody to an event over each of the channels."""
    sound = event in RINGS and to == "role:dispatcher"
    SUBSCRIPTIONS.extend(Subscription(event, to, channel, title, text, sound) for channel in channels.split())


PLACED = _("%(customer)s: %(service)s, %(when)s, %(district)s")
OFFERED = _("%(service)s in %(district)s, %(when)s. Accept or decline: %(link)s")
COMING = _("%(worker)s comes for %(service)s, %(when)s. Follow it here: %(link)s")
VISIT = _("%(worker)s at %(customer)s: order %(order)s")
MONEY = _("%(customer)s paid ¥%(amount)s for %(receivable)s")
WHY = _("%(worker)s at %(customer)s: %(reason)s")
OFF = _("%(service)s, %(when)s: you need not go. %(reason)s")

tell("order.placed", "role:dispatcher", "bell", _("New order %(number)s"), PLACED)
tell("order.cancel", "role:dispatcher", "bell", _("Order %(number)s cancelled"), PLACED)
tell("order.unassign", "role:dispatcher", "bell", _("Order %(number)s needs a carer again"), PLACED)
tell("order.finish", "role:finance", "bell", _("Order %(number)s is done"), PLACED)

tell("visit.offered", "worker", "sms wechat", _("A visit for you"), OFFERED)
tell("visit.accept", "customer", "sms", _("Your visit is booked"), COMING)
tell("visit.accept", "owner", "bell", _("Visit accepted"), VISIT)
tell("visit.decline", "role:dispatcher", "bell", _("Visit declined"), WHY)
tell("visit.decline", "owner", "bell", _("Visit declined"), WHY)
tell("visit.set_out", "customer", "wechat", _("Your carer is on the way"), COMING)
tell("visit.set_out", "owner", "bell", _("Carer on the way"), VISIT)
tell("visit.check_in", "owner", "bell", _("Carer on site"), VISIT)
tell("visit.finish", "owner", "bell", _("Visit finished"), VISIT)
tell("visit.finish", "role:dispatcher", "bell", _("Visit finished"), VISIT)
tell("visit.cancel", "worker", "sms wechat", _("Your visit is cancelled"), OFF)

for way in CHANNELS:
    tell(EVENT + way, "told", way, _("A message for you"), "%(text)s")

tell("receipt.registered", "owner", "bell", _("Receipt %(number)s"), MONEY)
