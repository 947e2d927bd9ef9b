"""Import and export of 100,000 customers: rows, seconds, CPU seconds and the most memory a process needed.

``ROWS`` changes the size. Each line is a process of its own, so that its memory is its own. The database runs beside it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import harness

ROWS = int(os.environ.get("ROWS", "100000"))
GOAL = {"import": (20, 250), "csv": (3, 150), "xlsx": (8, 150)}  # seconds, MB
COLUMNS = [
    "name", "gender", "birthday", "phone", "attention", "level", "source", "city", "district", "address", "door", "contact",
    "contact_phone", "habits", "diet", "remark", "owner", "store", "created_at", "pinyin",
]  # fmt: skip
HEADS = ["Name", "Gender", "Birthday", "Phone", "Class", "Source", "City", "District", "Address", "Building and door", "Remark"]
FAMILY, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华慧建国平文玲红霞"


def sheet(folder: Path, count: int) -> Path:
    """A workbook as a company would send it."""
    from rustpy_xlsxwriter import write_worksheet

    dice, path = random.Random(7), folder / "customers.xlsx"
    rows = (
        dict(zip(HEADS, [
            dice.choice(FAMILY) + "".join(dice.choices(GIVEN, k=2)), dice.choice(["Female", "Male"]),
            f"19{dice.randrange(30, 80)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}", f"139{n:08d}", "Ordinary", "Phone",
            "北京", dice.choice(["朝阳区", "海淀区", "西城区"]), f"幸福路{n % 900}号", f"{n % 30}-{n % 12}01", "老客户，介绍来的",
        ], strict=True)) for n in range(count)
    )  # fmt: skip
    write_worksheet(rows, str(path))
    return path


def main() -> None:
    server = harness.serve()
    try:
        database = harness.clone(harness.attach(), "bench", 1)
        print(f"load {os.getloadavg()}, {ROWS} rows", flush=True)
        for line in lines(database, ROWS):
            print(json.dumps(line), flush=True)
        harness.drop(database)
    finally:
        if server:
            harness.finish(server)


def lines(database: harness.Database, rows: int) -> Iterator[dict]:
    """What each part took, as it ends; ``base`` is the memory of a program that does nothing."""
    folder = Path(tempfile.mkdtemp())
    env = os.environ | database.environ(folder)
    path = sheet(folder, rows)
    for what in ("base", "import", "csv", "xlsx"):
        argv = [sys.executable, "-m", "tests.bench.exchange", what, str(path)]
        answer = subprocess.run(argv, cwd=harness.ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True)
        yield json.loads(answer.stdout)


def one(what: str, path: Path) -> None:
    import logging

    from app.factory import create_app

    logging.disable(logging.WARNING)
    app = create_app({"TESTING": True})
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        from app.extensions import db
        from tests.acting import as_person

        with as_person(db.session, "bj-admin"):
            db.session.execute(db.select(db.func.now()))
            start, cpu = time.perf_counter(), time.process_time()
            call = {"base": lambda *_: 0, "import": bring, "csv": take, "xlsx": take}[what]
            rows = call(db.session, path, what)
            took, used = time.perf_counter() - start, time.process_time() - cpu
    peak = most_memory()
    line = {"what": what, "rows": rows, "seconds": round(took, 2), "cpu": round(used, 2), "peak_mb": round(peak), "goal": GOAL.get(what)}
    print(json.dumps(line | {"load": os.getloadavg()[0]}))


def most_memory() -> float:
    """In MB. The system's own figure for a process also counts the one that started it, before it became its own."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


def take(session, path: Path, kind: str) -> int:
    from app.engine.export import export
    from app.models.customer import Customer

    with tempfile.TemporaryFile() as file:
        found = export(session, Customer, file=file, names=COLUMNS, by="-id", kind=kind)
        session.commit()
        assert file.tell() > found
    return found


def bring(session, path: Path, _what: str) -> int:
    from app.engine.columns import Plan
    from app.engine.imports import bring_in
    from app.engine.sheets import sheet_of
    from app.models.customer import Customer

    with path.open("rb") as file:
        rows = sheet_of(path.name, file.read())
    trial = bring_in(session, Customer, rows, Plan(), keep=True)
    assert trial.done, trial.faults[:3]
    session.commit()
    return trial.rows


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
