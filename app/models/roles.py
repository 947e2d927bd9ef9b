"""The rights each role begins with. A tenant's own administrator changes them afterwards, on the matrix page.

A line reads: record, reach, then words. ``basic:write`` is a level for a group or a field, ``+add`` a verb,
``>cancel`` a step of the record's workflow. What is not said is not allowed.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.record import records
from app.engine.rules import Grant, Level, Scope

SEE = "basic:read workflow:read"
FILE = "basic:write private:masked internal:write workflow:read"
ORDER = "basic:write private:read internal:write workflow:read finance:read quantity:fill"
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
    f"basic:write internal:write finance:write terms:write {IN_FORCE} workflow:read files:write notes:write +add +print +share >activate"
)
STEPS = ">accept >decline >set_out >check_in >finish >cancel"

DEFAULTS: dict[str, dict[str, str]] = {
    "agent": {
        **LISTS,
        "Customer": f"own {FILE} files:write notes:write phone:write contact_phone:write door:write birthday:write +add +reveal +print"
        " +share +bulk",
        "Worker": f"all {SEE}",
        "Order": f"own {ORDER} given:read files:write notes:write contact:write door:write +add +print +share >cancel",
        "Contract": f"own {CONTRACT}",
        "Visit": f"own {SEE} files:read notes:read",
        "Receivable": f"own {MONEY}",
        "Receipt": f"own {MONEY}",
        "Consent": CONSENT.format("own"),
        "PrivacyTicket": "own basic:fill internal:fill workflow:read +add",
    },
    "dispatcher": {
        **LISTS,
        "Customer": f"store {SEE} private:masked door:read internal:read files:read notes:read",
        "Worker": "all basic:write private:masked phone:read internal:write files:write notes:write +print",
        "Order": "store basic:write private:read internal:write files:write notes:write workflow:read +assign +print +export",
        "Visit": f"store {SEE} files:write notes:write +print +export +bulk {STEPS}",
    },
    "manager": {
        **LISTS,
        "Staff": "store basic:read private:masked internal:read",
        "Service": f"all {SEE} finance:read cost:read",
        "Customer": f"store {FILE} private:write files:write notes:write +share +add +reveal +print +export +import +assign +bulk",
        "Worker": "store basic:write private:write internal:write cost:read files:write notes:write +add +reveal +print +export +bulk",
        "Order": f"store {ORDER} files:write notes:write finance:write cost:read contact:write door:write +share +add +print +export"
        " +assign +bulk >cancel",
        "Contract": f"store {CONTRACT} +export +bulk >end >terminate",
        "Visit": f"store {SEE} files:write notes:write cost:write +print +export +bulk {STEPS}",
        "Receivable": f"store {MONEY} +export",
        "Receipt": f"store {MONEY} +export",
        "Consent": CONSENT.format("store") + " +export",
        "PrivacyTicket": "store basic:write internal:write workflow:read +add +export",
    },
    "finance": {
        **LISTS,
        "Service": f"all {SEE} finance:read cost:read",
        "Customer": f"all {SEE} private:masked",
        "Worker": f"all {SEE} cost:read",
        "Order": f"all {SEE} private:masked finance:read cost:read internal:read +export",
        "Contract": "all basic:read internal:read finance:fill terms:read workflow:read +export +print",
        "Visit": f"all {SEE} cost:read +export",
        "Receivable": f"all {MONEY} due_on:write files:fill notes:fill +export +print +bulk",
        "Receipt": "all basic:fill finance:fill files:fill notes:fill workflow:read +add +export +print",
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
        "Worker": f"all {ALL} +share +add +delete +export +import +reveal +print +assign +bulk",
        "Order": f"all {ALL} +share +add +export +import +print +assign +bulk >cancel",
        "Contract": f"all {CONTRACT} private:write +export +import +assign +bulk >end >terminate",
        "Visit": f"all {SEE} cost:write files:write notes:write +export +print +bulk {STEPS}",
        "Receivable": f"all {MONEY} due_on:write +export +print +bulk",
        "Receipt": f"all {MONEY} +export +print",
        "Consent": f"all {ALL} +add +export +import +print",
        "PrivacyTicket": f"all {ALL} +add +export >approve >decline >export >erase",
    },
}
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
