"""Print for each feature of ``docs/features.tsv`` if a test shows it: ``ID<TAB>tested|missing<TAB>number of tests``.

A test says so with ``@pytest.mark.feature("CUS-01")``. Nothing is run, so no database is needed.
"""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Collector:
    """A pytest plugin that counts the tests of each feature."""

    def __init__(self) -> None:
        self.tests: Counter[str] = Counter()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self.tests.update({one for mark in item.iter_markers("feature") for one in mark.args})


def features() -> list[str]:
    with (ROOT / "docs" / "features.tsv").open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def collect() -> Counter[str]:
    """Return the number of tests by feature. Ends the program when the tests cannot be collected."""
    plugin, said = Collector(), io.StringIO()
    with contextlib.redirect_stdout(said):
        options = ["--collect-only", "-q", "-m", "", "-n", "0", "--rootdir", str(ROOT)]  # -m "": the slow ones too
        code = pytest.main([*options, str(ROOT / "tests")], [plugin])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        sys.exit(said.getvalue()[-4000:])
    return plugin.tests


def main() -> int:
    known, tests = features(), collect()
    for feature in known:
        print(f"{feature}\t{'tested' if tests[feature] else 'missing'}\t{tests[feature]}")
    unknown = sorted(set(tests) - set(known))
    if unknown:
        print("not in docs/features.tsv: " + ", ".join(unknown), file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
