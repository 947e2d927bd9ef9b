"""The rights each role begins with on member cards and their hours, written as in ``roles``. Nobody writes a line by hand."""

from __future__ import annotations

SEE = "basic:read finance:read workflow:read"

HOURS: dict[str, dict[str, str]] = {
    "agent": {"HourCard": f"own {SEE} files:read notes:write", "HourLine": f"own {SEE}"},
    "dispatcher": {"HourCard": "store basic:read workflow:read", "HourLine": "store basic:read workflow:read"},
    "manager": {
        "HourCard": f"store {SEE} basic:write finance:write files:write notes:write +add +export +print >sell >refund",
        "HourLine": f"store {SEE} +export",
    },
    "finance": {"HourCard": f"all {SEE} notes:write +export +print >sell >refund", "HourLine": f"all {SEE} +export"},
    "admin": {
        "HourCard": f"all {SEE} basic:write finance:write files:write notes:write +add +export +import +print >sell >refund",
        "HourLine": f"all {SEE} +export",
    },
}
