"""The rights each role begins with on catalogue, prices, recurring bookings and channels, written as in ``roles``."""

from __future__ import annotations

READ, PRICES = "all basic:read", "all basic:read finance:read"
WHOLE = "all basic:write finance:write internal:write workflow:read files:write notes:write +add +delete +export +import +bulk"
KNOWN = {
    "ServiceKind": READ, "ServiceStep": READ, "KindStage": READ, "Holiday": READ, "StoreArea": READ, "ClassRule": READ,
    "PriceRule": PRICES, "ServiceOption": PRICES, "PriceTier": PRICES,
}  # fmt: skip
OPTION = "basic:write finance:read +add +delete"
STAGE = "basic:fill workflow:read +add"
SERIES = "basic:write workflow:read files:write notes:write +add +print"

CATALOGUE: dict[str, dict[str, str]] = {
    "agent": {**KNOWN, "OrderOption": f"own {OPTION}", "OrderStage": f"own {STAGE}", "OrderSeries": f"own {SERIES}"},
    "dispatcher": {
        **KNOWN, "OrderOption": "store basic:read finance:read", "OrderStage": f"store {STAGE}", "ResponseTime": READ,
        "OrderSeries": "store basic:read notes:read",
    },
    "manager": {
        **KNOWN, "OrderOption": f"store {OPTION} +export", "OrderStage": f"store {STAGE} +export", "OrderSeries": f"store {SERIES} +export",
        "ResponseTime": READ,
    },
    "finance": {**KNOWN, "OrderOption": "all basic:read finance:read +export", "OrderSeries": READ},
    "partner": {"ServiceKind": READ, "ServiceStep": READ, "KindStage": READ},
    "admin": {
        **dict.fromkeys((*KNOWN, "ResponseTime"), WHOLE), "OrderOption": f"all {OPTION} +export", "OrderStage": f"all {STAGE} +export",
        "OrderSeries": f"all {SERIES} +export",
    },
}  # fmt: skip
TAKES, LEADS = "agreed:write why_price:write >confirm >answer_it", ">agree >refuse_price"  # of orders
