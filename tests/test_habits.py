"""The project's own habits: no network, a complete list of features, one head of migrations, nothing unpinned."""

from __future__ import annotations

import csv
import re
import socket
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests import loopback

ROOT = Path(__file__).resolve().parent.parent


def test_a_test_cannot_reach_another_machine():
    for reach in (lambda: socket.create_connection(("192.0.2.1", 80)), lambda: socket.getaddrinfo("example.org", 80)):
        with pytest.raises(loopback.Outside):
            reach()


def test_every_feature_has_its_acceptance_in_both_languages():
    with (ROOT / "docs" / "features.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) == len({row["id"] for row in rows}) == 339
    for row in rows:
        assert all(row.values()), row["id"]
        assert re.search(r"[\u4e00-\u9fff]", row["acceptance_zh"]), row["id"]


def test_there_is_one_head_of_migrations():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_hashed(name):
    lines = (ROOT / name).read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(entries) > 30
    assert all(re.match(r"[a-z0-9-]+==[\w.]+ .*\\$", entry) for entry in entries)


def test_what_is_asked_for_is_what_is_pinned():
    for name in ("requirements", "requirements-dev", "requirements-bench"):
        pinned = (ROOT / f"{name}.txt").read_text()
        for line in (ROOT / f"{name}.in").read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.sub(r"\[.*\]", "", line) + " " in pinned, line
