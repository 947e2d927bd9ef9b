"""The rights each role begins with on work orders and their devices, written as in ``roles``."""

from __future__ import annotations

SEES = "basic:read private:read internal:read workflow:read files:read notes:write +print"
LEADS = "basic:write private:read internal:write workflow:read files:write notes:write +print +export"
DEVICES = "basic:write +add +delete"

WORK: dict[str, dict[str, str]] = {
    "agent": {"WorkOrder": f"own {SEES}", "DeviceLine": f"own {DEVICES}"},
    "dispatcher": {"WorkOrder": f"store {LEADS}", "DeviceLine": f"store {DEVICES} +export"},
    "manager": {"WorkOrder": f"store {LEADS} +bulk", "DeviceLine": f"store {DEVICES} +export"},
    "finance": {"WorkOrder": "all basic:read workflow:read +export", "DeviceLine": "all basic:read +export"},
    "admin": {"WorkOrder": f"all {LEADS} +bulk", "DeviceLine": f"all {DEVICES} +export"},
}
