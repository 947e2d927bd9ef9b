"""The words of expressions, as people write them in either language; the first of each is English, the second is what is written back."""

WORDS = {
    "and": ("and", "且", "并且"), "or": ("or", "或", "或者"), "not": ("not", "非", "不"), "in": ("in", "属于"),
    "contains": ("contains", "包含"), "is": ("is", "为"), "empty": ("empty", "空"), "today": ("today", "今天"),
    "true": ("true", "yes", "是"), "false": ("false", "no", "否"), "days": ("days", "day", "天"),
}  # fmt: skip
JOINED = {"为空": ("is", "empty"), "不为空": ("is", "not", "empty"), "不属于": ("not", "in"), "不包含": ("not", "contains")}
EMPTY, FULL = ("is empty", "为空"), ("is not empty", "不为空")
