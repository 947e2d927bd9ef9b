"""The rights each role begins with on care days, written as in ``roles``."""

from __future__ import annotations

DAYS = "basic:read workflow:read"
DEALS = "finance:read"

CARE_DAYS: dict[str, dict[str, str]] = {
    "agent": {
        "CareDay": f"own {DAYS} {DEALS}", "CareChange": f"own {DAYS} {DEALS} internal:read", "CarePrice": f"own {DAYS} {DEALS}",
        "CareBill": f"own {DAYS} {DEALS} +share +print",
    },
    "dispatcher": {"CareDay": f"store {DAYS}", "CareChange": f"store {DAYS} internal:read"},
    "manager": {
        "CareDay": f"store {DAYS} {DEALS} cost:read +export", "CareChange": f"store {DAYS} {DEALS} internal:read +export",
        "CarePrice": f"store {DAYS} {DEALS} +export >agree >refuse", "CareBill": f"store {DAYS} {DEALS} +share +export +print",
    },
    "finance": {
        "CareDay": f"all {DAYS} {DEALS} cost:read +export", "CareChange": f"all {DAYS} {DEALS} +export",
        "CarePrice": f"all {DAYS} {DEALS}", "CareBill": f"all {DAYS} {DEALS} +share +export +print",
    },
    "admin": {
        "CareDay": f"all {DAYS} {DEALS} cost:read +export", "CareChange": f"all {DAYS} {DEALS} internal:read +export",
        "CarePrice": f"all {DAYS} {DEALS} +export >agree >refuse", "CareBill": f"all {DAYS} {DEALS} +share +export +print",
    },
}  # fmt: skip
