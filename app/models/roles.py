"""The rights each role begins with. A tenant's own administrator changes them afterwards, on the matrix page.

A line reads: record, reach, then words. ``basic:write`` is a level for a group or a field, ``+add`` a verb,
``>cancel`` a step of the record's workflow. What is not said is not allowed.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.record import records
from app.engine.rules import Grant, Level, Scope
from app.models.evaluation import begin_dimensions
from app.models.roles_care import CARE_DAYS
from app.models.roles_catalogue import CATALOGUE, TAKES
from app.models.roles_catalogue import LEADS as AGREES
from app.models.roles_hours import HOURS
from app.models.roles_reviews import REVIEWS
from app.models.roles_work import WORK
from app.models.worker_paper import begin_rules
from app.models.worker_rights import WORKERS

SEE = "basic:read workflow:read"
FILE = "basic:write private:masked internal:write workflow:read"
ORDER = f"basic:write private:read internal:write workflow:read finance:read quantity:fill {TAKES}"
MONEY = "basic:read finance:read workflow:read"
LISTS = {
    "Store": f"all {SEE}",
    "Staff": "all basic:read",
    "Service": f"all {SEE} finance:read",
    "StorePrice": "all basic:read finance:read",
}
ALL = "files:write notes:write basic:write private:write internal:write finance:write cost:write workflow:read"
CONSENT = "{} basic:fill internal:write workflow:read files:fill notes:fill +add +print"  # given once; withdrawn once
# In force a missing amount may still be added; the words are read. The administrator may say otherwise for that state.
IN_FORCE = "finance@active:fill terms@active:read"
CONTRACT = (
    f"basic:write internal:write finance:write terms:write {IN_FORCE} workflow:read files:write notes:write +add +print +share"
    " >submit >rewrite >sign >activate >change >as_before >suspend >resume"
)
PEOPLE = "basic:write private:masked phone:write internal:write notes:write +add +delete +print"
HOME = "basic:write private:write internal:write +add +delete +print"
NEED = "basic:write finance:write internal:write workflow:read files:write notes:write +add +share +print"
NEED += " >match >order >contract >lose >reopen"
TALK = "basic:write internal:write files:write notes:write +add +print"
COUPON = "basic:read finance:read used_on:fill order:fill"
LEADS = "cost:write >approve >send_back >end >terminate"  # what agents do not do to a contract
PAID = "basic:write finance:write workflow:read"
SAW = f"{SEE} files:read notes:read"
ASKS = "basic:write workflow:read files:write notes:write +add +print >encourage >correct >replace >solve >miss >swap"
HANDLES = "basic:write internal:write workflow:read files:write notes:write +add +print >take_up >solve >reopen >close"
CARE = {  # what everybody who talks with customers does after the signing
    "ContractTemplate": f"all {SEE} terms:read",
    "TemplateFee": f"all {SEE} finance:read",
    "ComplaintRoute": "all basic:read",
    "VisitRule": "all basic:read",
}
# Calls are told by the exchange: people add what was said. Whoever may read "recording" may play it.
CALL = "{} basic:read private:masked phone:read internal:write recording:read workflow:read files:read notes:write +reveal"
KNOW = {"PhoneLine": "all basic:read", "PhoneExtension": "all basic:read", "Article": "all basic:read notes:read"}
WRITE_DOWN = "all basic:write files:write notes:write +add +export +print"
STEPS = ">accept >decline >set_out >check_in >begin >finish >cancel"
SAID = "basic:fill workflow:read +add"  # a word to the family, once
SCANS = f"{SEE} files:read +export"
PRICE_OF_CHANGE = "all basic:read finance:read"

DEFAULTS: dict[str, dict[str, str]] = {
    "agent": {
        **LISTS,
        "Customer": f"own {FILE} files:write notes:write phone:write contact_phone:write door:write birthday:write +add +reveal +print"
        " +share +bulk",
        "Contact": f"own {PEOPLE}",
        "CustomerAddress": f"own {HOME}",
        "Need": f"own {NEED}",
        "Followup": f"own {TALK}",
        "Coupon": f"own {COUPON}",
        "Worker": f"all {SEE}",
        "Order": f"own {ORDER} given:read files:write notes:write contact:write door:write +add +print +share >cancel",
        **CARE,
        "Contract": f"own {CONTRACT}",
        "ContractFee": f"own {PAID} +add +delete",
        "ContractSignature": f"own {SEE}",
        "ReturnVisit": f"store {ASKS}",
        "Complaint": f"store {HANDLES}",
        "ComplaintStep": "store basic:fill workflow:read +add",
        "Correction": f"store {SEE}",
        "Visit": f"own {SEE} internal:read files:read notes:read",
        "Slip": f"own {SEE}",
        "VisitTap": f"own {SEE}",
        "VisitMessage": f"own {SAID}",
        "CancelRule": PRICE_OF_CHANGE,
        "Charge": f"own {MONEY}",
        "Receivable": f"own {MONEY}",
        "Receipt": f"own {MONEY}",
        "Consent": CONSENT.format("own"),
        "PrivacyTicket": "own basic:fill internal:fill workflow:read +add",
        **KNOW,
        "PhoneCall": CALL.format("own"),
    },
    "dispatcher": {
        **LISTS,
        "Customer": f"store {SEE} private:masked door:read internal:read files:read notes:read",
        "Contact": "store basic:read private:masked phone:read",
        "CustomerAddress": "store basic:read private:read",
        "Need": "store basic:read workflow:read",
        "Followup": "store basic:read internal:read",
        "Worker": "all basic:write private:masked phone:read internal:write files:write notes:write +print",
        "Order": "store basic:write private:read internal:write files:write notes:write workflow:read +assign +print +export"
        " >confirm >answer_it",
        "Visit": f"store {SEE} internal:write files:write notes:write +print +export +bulk {STEPS}",
        "Slip": f"store {SEE}",
        "SlipScan": f"store {SCANS}",
        "VisitTap": f"store {SEE} +export",
        "VisitMessage": f"store {SAID} +export",
        "CancelRule": "all basic:read",
        "Charge": f"store {SEE}",
        "ReturnVisit": f"store {SAW} >swap",
        "Complaint": f"store {HANDLES}",
        "ComplaintStep": "store basic:fill workflow:read +add",
        **KNOW,
        "PhoneCall": CALL.format("own"),
    },
    "manager": {
        **LISTS,
        "Staff": "store basic:read private:masked internal:read",
        "Service": f"all {SEE} finance:read cost:read",
        "Customer": f"store {FILE} private:write files:write notes:write +share +add +reveal +print +export +import +assign +bulk",
        "Contact": f"store {PEOPLE} +export +import +bulk",
        "CustomerAddress": f"store {HOME} +export +import +bulk",
        "Need": f"store {NEED} +export +assign +bulk",
        "Followup": f"store {TALK} +export +assign +bulk",
        "Coupon": "store basic:write finance:write notes:write +add +export +print",
        "Worker": "store basic:write private:write internal:write cost:read files:write notes:write +add +reveal +print +export +bulk",
        "Order": f"store {ORDER} files:write notes:write finance:write cost:read contact:write door:write +share +add +print +export"
        f" +assign +bulk >cancel {AGREES}",
        **CARE,
        "Contract": f"store {CONTRACT} {LEADS} +export +bulk",
        "ContractFee": f"store {PAID} +add +delete +export",
        "ContractSignature": f"store {SEE} +export",
        "ReviewTier": "all basic:read finance:read",
        "ReturnVisit": f"store {ASKS} +export +bulk",
        "Complaint": f"store {HANDLES} +export +bulk",
        "ComplaintStep": "store basic:fill workflow:read +add +export",
        "Correction": "store basic:write workflow:read files:write notes:write +add +export >finish",
        "Visit": f"store {SEE} internal:write files:write notes:write cost:write +print +export +bulk {STEPS}",
        "Slip": f"store {SEE} +export >void",
        "SlipScan": f"store {SCANS} +delete",
        "PayLine": "store basic:read cost:read workflow:read +export +print",
        "VisitTap": f"store {SEE} +export",
        "VisitMessage": f"store {SAID} +export",
        "CancelRule": PRICE_OF_CHANGE,
        "Charge": f"store {MONEY} +export",
        "Receivable": f"store {MONEY} +export",
        "Receipt": f"store {MONEY} +export",
        "Consent": CONSENT.format("store") + " +export",
        "PrivacyTicket": "store basic:write internal:write workflow:read +add +export",
        **KNOW,
        "PhoneCall": CALL.format("store") + " +export",
        "Article": WRITE_DOWN,
    },
    "finance": {
        **LISTS,
        "Service": f"all {SEE} finance:read cost:read",
        "Customer": f"all {SEE} private:masked",
        "Coupon": f"all {COUPON} +export",
        "Worker": f"all {SEE} cost:read",
        "Order": f"all {SEE} private:masked finance:read cost:read internal:read +export",
        "Contract": "all basic:read internal:read finance:fill terms:read workflow:read +export +print >approve >send_back",
        "ContractTemplate": f"all {SEE} terms:read",
        "TemplateFee": f"all {SEE} finance:read",
        "ContractFee": f"all {MONEY} +export",
        "ReviewTier": "all basic:read finance:read",
        "Complaint": f"own {HANDLES}",
        "ComplaintStep": "own basic:fill workflow:read +add",
        "Visit": f"all {SEE} internal:read cost:read +export",
        "Slip": f"all {SEE} +export",
        "PayLine": "all basic:fill cost:fill workflow:read +add +export +print",
        "VisitTap": f"all {SEE}",
        "CancelRule": PRICE_OF_CHANGE,
        "Charge": f"all {MONEY} +export",
        "Receivable": f"all {MONEY} due_on:write files:fill notes:fill +export +print +bulk",
        "Receipt": "all basic:fill finance:fill files:fill notes:fill workflow:read +add +export +print",
        "Article": KNOW["Article"],
    },
    # Another agency that works for us: its own people, and of ours the jobs it was given. No customer, no money.
    "partner": {
        "Staff": "store basic:read",
        "Service": "all basic:read",
        "Worker": "store basic:write private:masked phone:read +add",
        "Order": "given basic:read private:read special:read workflow:read +assign +print +export",
        "Visit": f"given {SEE} files:write notes:write +print +export {STEPS}",
    },
    "admin": {
        "Store": f"all {ALL} +add +export +import",
        "Staff": f"all {ALL} +export +reveal",
        "Service": f"all {ALL} +add +delete +export +import +bulk",
        "StorePrice": "all basic:fill internal:write finance:write workflow:read files:write notes:write +add +delete +export +import"
        " +bulk",
        "Customer": f"all {ALL} +share +add +delete +export +import +reveal +print +assign +bulk",
        "Contact": f"all {ALL} +add +delete +export +import +reveal +print +assign +bulk",
        "CustomerAddress": f"all {ALL} +add +delete +export +import +print +assign +bulk",
        "Need": f"all {NEED} +delete +export +import +assign +bulk",
        "Followup": f"all {ALL} +add +delete +export +import +print +assign +bulk",
        "Coupon": f"all {ALL} +add +export +print",
        "Worker": f"all {ALL} +share +add +delete +export +import +reveal +print +assign +bulk",
        "Order": f"all {ALL} +share +add +export +import +print +assign +bulk >cancel >confirm >answer_it {AGREES}",
        "ContractTemplate": f"all {ALL} terms:write +add +export +import",
        "TemplateFee": f"all {ALL} +add +delete +export",
        "ReviewTier": f"all {ALL} +add +delete",
        "VisitRule": f"all {ALL} +add +delete",
        "ComplaintRoute": f"all {ALL} +add +delete",
        "Contract": f"all {CONTRACT} {LEADS} private:write +export +import +assign +bulk",
        "ContractFee": f"all {PAID} +add +delete +export",
        "ContractSignature": f"all {SEE} +export",
        "ReturnVisit": f"all {ASKS} +export +import +assign +bulk",
        "Complaint": f"all {HANDLES} +export +assign +bulk",
        "ComplaintStep": "all basic:fill workflow:read +add +export",
        "Correction": f"all {ALL} +add +export >finish",
        "Visit": f"all {SEE} internal:write cost:write files:write notes:write +export +print +bulk {STEPS}",
        "Slip": f"all {SEE} +export >void",
        "SlipScan": f"all {SCANS} +delete",
        "PayLine": "all basic:read cost:read workflow:read +export +print",
        "VisitTap": f"all {SEE} +export",
        "VisitMessage": f"all {SAID} +export",
        "CancelRule": f"all {ALL} +add +delete +export",
        "Charge": f"all {MONEY} +export",
        "Receivable": f"all {MONEY} due_on:write +export +print +bulk",
        "Receipt": f"all {MONEY} +export +print",
        "Consent": f"all {ALL} +add +export +import +print",
        "PhoneLine": "all basic:write files:write notes:write +add +delete",
        "PhoneExtension": "all basic:write +add +delete +export +import",
        "PhoneCall": CALL.format("all") + " +export",
        "Article": f"{WRITE_DOWN} +delete +import +bulk",
        "PrivacyTicket": f"all {ALL} +add +export >approve >decline >export >erase",
    },
}
for _parts in (WORKERS, CATALOGUE, WORK, CARE_DAYS, HOURS, REVIEWS):
    for _role, _more in _parts.items():
        DEFAULTS[_role] |= _more
READ_ALL = (
    "all files:read notes:read basic:read private:masked internal:read finance:read cost:read terms:read workflow:read +export +print"
)


def lines() -> dict[str, dict[str, str]]:
    """The defaults of every role; head office reads every record there is."""
    return {**DEFAULTS, "head_office": {r.__name__: READ_ALL for r in records() if not r.__platform__}}


def rows(role: str, model: str, line: str) -> list[Grant | Scope]:
    """A line as rows of rights.

    Raises:
        ValueError: a word of the line is not understood.

    """
    reach, *words = line.split()
    levels: dict[str, Level] = {}
    for word in words:
        target, mark, level = word.partition(":")
        if word[0] == "+":
            levels[f"can:{word[1:]}"] = Level.WRITE
        elif word[0] == ">":
            levels[f"step:{word[1:]}"] = Level.WRITE
        elif mark and level.upper() in Level.__members__:
            levels[target] = Level[level.upper()]
        else:
            raise ValueError(f"{role} {model}: {word}")
    grants = [Grant(role=role, model=model, target=t, level=int(n)) for t, n in levels.items()]
    return [Scope(role=role, model=model, reach=reach), *grants]


def give_defaults(session: Session) -> None:
    """Give the acting tenant the rights that every role begins with; what is there already stays as it is.

    The caller is trusted, and commits.
    """
    there = {(role, model) for role, model in session.execute(select(Grant.role, Grant.model).distinct())}
    for role, models in lines().items():
        for model, line in models.items():
            if (role, model) not in there:
                session.add_all(rows(role, model, line))
    session.flush()
    begin_rules(session)
    begin_dimensions(session)
