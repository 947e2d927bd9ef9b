"""The rights each role begins with on reviews and spot checks, written as in ``roles``."""

from __future__ import annotations

READ = "all basic:read"
REVIEW = "basic:write workflow:read notes:write +add +print"
SCORES = "basic:write +add +delete"
SEES = "basic:read workflow:read notes:read"
AUDITS = "basic:write workflow:read files:write notes:write +add +export +print >pass_it >send_back"
ANSWERS = "basic:read workflow:read files:fill notes:write"
WHOLE = "all basic:write +add +delete +export"

REVIEWS: dict[str, dict[str, str]] = {
    "agent": {
        "ReviewDimension": READ, "Review": f"own {REVIEW}", "ReviewScore": f"own {SCORES}", "ServiceAudit": f"own {ANSWERS}",
    },
    "dispatcher": {
        "ReviewDimension": READ, "Review": f"store {SEES}", "ReviewScore": "store basic:read", "ServiceAudit": f"store {SEES}",
    },
    "manager": {
        "ReviewDimension": READ, "Review": f"store {REVIEW} +export", "ReviewScore": f"store {SCORES} +export",
        "ServiceAudit": f"store {AUDITS}",
    },
    "admin": {
        "ReviewDimension": WHOLE, "Review": f"all {REVIEW} +export", "ReviewScore": f"all {SCORES} +export",
        "ServiceAudit": f"all {AUDITS}",
    },
}  # fmt: skip
