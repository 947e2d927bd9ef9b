"""The rights each role begins with to what hangs on a carer; the words are those of ``roles``."""

from __future__ import annotations

ALL = "files:write notes:write basic:write private:write internal:write workflow:read +export"
LIFE = "basic:write private:write internal:write +add +delete"
PAPER = "basic:write private:write internal:write files:write notes:write +add +print"
CHECK = "basic:write private:write workflow:read files:write notes:write +add >submit"
DECIDES = ">approve >refuse >withdraw"
OFF = "basic:write internal:write notes:write +add +delete"
RULES = {"PaperRule": "all basic:read"}

WORKERS: dict[str, dict[str, str]] = {
    "agent": dict.fromkeys(("WorkerPaper", "WorkerLeave", "WorkerSchool", "WorkerJob"), "all basic:read"),
    "dispatcher": {
        **RULES,
        "WorkerPaper": f"all {PAPER}",
        "WorkerLeave": f"all {OFF}",
        "WorkerFamily": "all private:masked",
        "WorkerSchool": f"all {LIFE}",
        "WorkerJob": f"all {LIFE}",
        "RealNameCheck": f"all {CHECK}",
    },
    "manager": {
        **RULES,
        "WorkerPaper": f"store {PAPER} +export +bulk",
        "WorkerLeave": f"store {OFF} +export",
        "WorkerFamily": f"store {LIFE}",
        "WorkerSchool": f"store {LIFE} +export",
        "WorkerJob": f"store {LIFE} +export",
        "RealNameCheck": f"store {CHECK} {DECIDES} +export",
    },
    # Another agency enters its own people; whether they are who they say is for us to decide.
    "partner": {
        "WorkerPaper": "store basic:write private:write files:fill +add",
        "WorkerLeave": "store basic:write +add +delete",
        "RealNameCheck": "store basic:write private:write workflow:read files:fill +add >submit",
    },
    "admin": {
        "PaperRule": f"all {ALL} +add +delete",
        "WorkerPaper": f"all {ALL} +add +delete +import +print +bulk",
        "WorkerLeave": f"all {ALL} +add +delete +import +bulk",
        "WorkerFamily": f"all {ALL} +add +delete +import",
        "WorkerSchool": f"all {ALL} +add +delete +import",
        "WorkerJob": f"all {ALL} +add +delete +import",
        "RealNameCheck": f"all {CHECK} {DECIDES} internal:write +export",
    },
}
