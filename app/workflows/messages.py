"""Who is told what, over which channel. Places such as %(number)s are filled from the record's ``facts``.

``%(link)s`` is the reader's own signed address. What a text says, everyone who gets it may know: no prices, no pay.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.tell import CHANNELS, EVENT

# What a dispatcher should hear as well as see.
RINGS = ("order.placed", "order.booked", "order.unanswered", "order.unassign", "visit.decline", "visit.late")


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
LATE_START = _("%(worker)s is not at %(customer)s: %(minutes)s minutes late, order %(order)s")
MOVED = _("%(service)s in %(district)s is now %(when)s: %(link)s")
MOVED_FOR_YOU = _("%(service)s is now %(when)s, with %(worker)s: %(link)s")
SAYS = _("%(customer)s, %(worker)s: %(said)s")
SAID_TO_CARER = _("%(service)s, %(when)s: “%(said)s” %(link)s")
ANSWERS = _("“%(said)s” %(link)s")
OFF = _("%(service)s, %(when)s: you need not go. %(reason)s")

tell("order.placed", "role:dispatcher", "bell", _("New order %(number)s"), PLACED)
tell("order.booked", "role:dispatcher", "bell", _("Booking %(number)s: confirm by %(by)s"), PLACED)
tell("order.booked", "owner", "bell", _("Booking %(number)s: confirm by %(by)s"), PLACED)
tell("order.booked", "customer", "sms", _("We have your booking"), _("%(service)s, %(when)s: number %(number)s. See it here: %(link)s"))
tell("order.confirm", "customer", "sms", _("Your booking is confirmed"), _("%(service)s, %(when)s. See it here: %(link)s"))
tell("order.confirm", "role:dispatcher", "bell", _("New order %(number)s"), PLACED)
tell("order.unanswered", "role:dispatcher", "bell", _("Nobody has answered order %(number)s"), PLACED)
tell("order.unanswered", "role:manager", "bell", _("Nobody has answered order %(number)s"), PLACED)
tell("order.price_waits", "role:manager", "bell", _("Order %(number)s: a price to agree to"), PLACED)
tell("order.agree", "owner", "bell", _("The price of %(number)s is agreed to"), PLACED)
tell("order.agree", "role:dispatcher", "bell", _("New order %(number)s"), PLACED)
tell("order.refuse_price", "owner", "bell", _("The price of %(number)s is refused"), PLACED)
tell("order.tomorrow", "customer", "sms", _("We come tomorrow"), _("%(service)s, %(when)s. See it here: %(link)s"))
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
tell("visit.begin", "owner", "bell", _("Work begun"), VISIT)
tell("visit.late", "role:dispatcher", "bell", _("The carer is late"), LATE_START)
tell("visit.late", "owner", "bell", _("The carer is late"), LATE_START)
tell("visit.moved", "worker", "sms wechat", _("Your visit was moved"), MOVED)
tell("visit.moved", "customer", "sms", _("Your visit was moved"), MOVED_FOR_YOU)
tell("order.moved", "owner", "bell", _("Order %(number)s was moved"), PLACED)
tell("order.moved", "role:dispatcher", "bell", _("Order %(number)s was moved"), PLACED)
tell("visit.said_by_customer", "worker", "sms wechat", _("The customer says"), SAID_TO_CARER)
tell("visit.said_by_customer", "role:dispatcher", "bell", _("The customer says"), SAYS)
tell("visit.said_by_customer", "owner", "bell", _("The customer says"), SAYS)
tell("visit.said_by_worker", "owner", "bell", _("The carer says"), SAYS)
tell("visit.said_by_office", "customer", "wechat", _("The office says"), ANSWERS)
tell("visit.said_by_office", "worker", "wechat", _("The office says"), SAID_TO_CARER)
tell("visit.cancel", "worker", "sms wechat", _("Your visit is cancelled"), OFF)

for way in CHANNELS:
    tell(EVENT + way, "told", way, _("A message for you"), "%(text)s")

tell("receipt.registered", "owner", "bell", _("Receipt %(number)s"), MONEY)

TO_SIGN = _("Your contract %(number)s is ready. Read it and sign it here: %(link)s")
SIGNED = _("%(name)s has signed %(number)s")
BOTH = _("%(number)s with %(customer)s")
LATE = _("%(customer)s: %(kind)s. It was to be solved by %(until)s")
SOLVED = _("We have an answer to your complaint %(number)s. Read it here: %(link)s")
COMPLAINT = _("%(customer)s: %(kind)s, to be solved by %(until)s")

tell("contract.ask_to_sign", "signer", "sms", _("A contract to sign"), TO_SIGN)
tell("contract.signed_by_link", "owner", "bell", _("Signed by link"), SIGNED)
tell("contract.submit", "role:manager", "bell", _("A contract to review"), BOTH)
tell("contract.pass_on", "role:admin", "bell", _("A contract to review"), BOTH)
tell("contract.approve", "owner", "bell", _("The contract may be signed"), BOTH)
tell("contract.send_back", "owner", "bell", _("The contract was sent back"), BOTH)
tell("contract.sign", "owner", "bell", _("The contract is signed"), BOTH)
tell("contract.sign", "role:finance", "bell", _("A contract's fees are due"), BOTH)
tell("contract.expire", "owner", "bell", _("The contract has run out"), BOTH)
tell("complaint.opened", "owner", "bell", _("Complaint %(number)s"), COMPLAINT)
tell("complaint.low_score", "owner", "bell", _("Low score: %(number)s"), COMPLAINT)
tell("complaint.low_score", "role:manager", "bell", _("Low score: %(number)s"), COMPLAINT)
tell("service_audit.send_back", "owner", "bell", _("A spot check was returned"), _("%(visit)s, %(worker)s: %(note)s"))
tell("complaint.late", "owner", "bell", _("Complaint %(number)s is late"), LATE)
tell("complaint.late", "role:manager", "bell", _("Complaint %(number)s is late"), LATE)
tell("complaint.solve", "customer", "sms", _("Your complaint"), SOLVED)
tell("complaint.reopen", "owner", "bell", _("Complaint %(number)s is open again"), COMPLAINT)

LOW = _("%(customer)s: %(left)s h left on card %(number)s")
LOW_FOR_YOU = _("%(left)s h are left on your member card %(number)s, valid until %(until)s. Call us to add hours.")
tell("hour_card.low", "owner", "bell", _("Few hours are left"), LOW)
tell("hour_card.low", "customer", "sms", _("Few hours are left"), LOW_FOR_YOU)

INVITED = _("%(name)s, please look through your record and send us what has changed: %(link)s")
PROPOSED = _("%(name)s wants %(count)s fields changed")
CHECK = _("%(worker)s is to be checked")

tell("worker.invited", "worker", "sms", _("Your record with us"), INVITED)
tell("worker.proposed", "role:manager", "bell", _("A carer's record"), PROPOSED)
tell("real_name_check.submit", "role:manager", "bell", _("A real name to check"), CHECK)

TAKES_OVER = _("%(service)s: from %(when)s %(worker)s comes instead of %(old)s. See it here: %(link)s")
RESTS = _("%(service)s rests from %(since)s to %(until)s. These days cost nothing. See it here: %(link)s")
COMES_TOO = _("%(service)s: from %(when)s %(worker)s comes too. See it here: %(link)s")
DAY_PRICE = _("%(customer)s: order %(number)s, %(worker)s from %(since)s")

tell("care_change.replaced", "customer", "sms wechat", _("Another carer comes"), TAKES_OVER)
tell("care_change.replaced", "owner", "bell", _("Order %(number)s: the carer was replaced"), TAKES_OVER)
tell("care_change.added", "customer", "sms", _("One more carer comes"), COMES_TOO)
tell("care_change.paused", "customer", "sms", _("Your care rests"), RESTS)
tell("visit.ends_early", "worker", "sms wechat", _("Your visit ends earlier"), _("%(service)s: your work ends %(until)s. %(link)s"))
tell("care_price.asked", "role:manager", "bell", _("Order %(number)s: a price to agree to"), DAY_PRICE)
tell("care_price.agree", "owner", "bell", _("The price of %(number)s is agreed to"), DAY_PRICE)
tell("care_price.refuse", "owner", "bell", _("The price of %(number)s is refused"), DAY_PRICE)
tell("care_bill.sent", "customer", "sms wechat", _("Your bill"), _("%(service)s: the bill for %(since)s to %(until)s is here: %(link)s"))
