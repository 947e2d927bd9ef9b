"""Run Jiahe: ``python run.py`` starts everything in the foreground; Ctrl-C stops it.

Settings come from the environment: PORT (8080), JIAHE_HOME (./var), SAMPLE (1), WORKERS (1), and for servers of your
own DATABASE_URL with DATABASE_OWNER_URL, and REDIS_URL. MIGRATE=0 leaves the schema as it is.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Start, watch, stop. Returns the exit status; what a person must do stands in one line on stderr."""
    if sys.version_info < (3, 11):  # noqa: UP036
        print("Jiahe needs Python 3.11 or later / 需要 Python 3.11 或更高版本", file=sys.stderr)
        return 2
    try:
        from ops.start import Failed, Installation  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed; run `make run` / 缺少依赖,请执行 make run", file=sys.stderr)
        return 2
    try:
        Installation(os.environ).run()
    except Failed as problem:
        print(f"Jiahe: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
