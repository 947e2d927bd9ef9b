"""What every test may ask for. The servers start by themselves; see ``harness.py``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.process import end_leftovers
from ops.services import free_port
from tests import harness, loopback
from tests.people import Caller, Person
from tests.people import count_queries as counted

pytest_plugins = ["tests.screens"]
ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config):
    loopback.block()
    workers = getattr(config.option, "numprocesses", None)
    if workers and not hasattr(config, "workerinput") and not config.option.collectonly:
        config.test_servers = harness.serve()  # while the workers collect


def pytest_unconfigure(config):
    server = getattr(config, "test_servers", None)
    if server:
        harness.finish(server)


@pytest.fixture(scope="session")
def services(request):
    """The embedded servers of this test run: ports, secrets, addresses."""
    if not hasattr(request.config, "workerinput") and not getattr(request.config, "test_servers", None):
        request.config.test_servers = harness.serve()
    return harness.attach()


@pytest.fixture(scope="session")
def worker_number(request) -> int:
    return int(getattr(request.config, "workerinput", {"workerid": "gw0"})["workerid"].removeprefix("gw"))


@pytest.fixture(scope="session")
def database(services, worker_number) -> harness.Database:
    """This test process's own copy of the sample database."""
    made = harness.clone(services, f"w{worker_number}", worker_number * 2 + 1)
    yield made
    harness.drop(made)


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def app(database, home):
    """The application on this process's database, with CSRF, sessions and limits as in real life."""
    os.environ.update(database.environ(home))
    from app.config import FIXED
    from app.factory import create_app

    # Everybody asks everything in one process here: a server's room for compiled statements would be emptied again and again.
    many = {"SQLALCHEMY_ENGINE_OPTIONS": FIXED["SQLALCHEMY_ENGINE_OPTIONS"] | {"query_cache_size": 2000}}
    made = create_app({"TESTING": True, "SERVER_NAME": None, **many})
    made.test_client_class = Person
    yield made
    from app.extensions import db

    with made.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app):
    """``client("bj-agent", "en")``: a client that has logged in. ``client()``: nobody yet."""

    def enter(username: str = "", lang: str = "zh", password: str = harness.PASSWORD) -> Person:
        person = app.test_client()
        person.environ_base["HTTP_ACCEPT_LANGUAGE"] = lang
        if username:
            answer = person.login(username, password)
            assert answer.status_code == 302, f"{username} could not log in: {answer.status_code}"
            # A person's own language stays with them, and another test may have chosen the other one.
            assert person.post_form("/lang", lang=lang).status_code == 302
        return person

    return enter


@pytest.fixture
def api(app):
    """``api("bj-agent").get("/api/v1/order/", state="placed")``."""
    return lambda username, password=harness.PASSWORD: Caller(app, username, password)


@pytest.fixture
def count_queries():
    return counted


fresh_engines: dict[str, Any] = {}


@pytest.fixture
def fresh_db(app, services, worker_number):
    """A copy of the sample database for this test alone; the application works on it meanwhile."""
    import sqlalchemy

    from app.extensions import db

    made = harness.clone(services, f"w{worker_number}_fresh", worker_number * 2 + 2)
    with app.app_context():
        db.session.remove()
        engines = db.engines
    before = engines[None]
    if made.url not in fresh_engines:  # one for all copies of this name: what it compiled serves the next copy as well
        options = dict(app.config["SQLALCHEMY_ENGINE_OPTIONS"], pool_size=2)
        fresh_engines[made.url] = sqlalchemy.create_engine(made.url, **options)
    engines[None] = fresh_engines[made.url]
    forget()
    yield made
    with app.app_context():
        db.session.remove()
    engines[None].dispose()
    engines[None] = before
    forget()
    harness.drop(made)


@pytest.fixture
def kept(database):
    """What is really in the database that the tests of this process share."""
    return harness.asking(database)


@pytest.fixture
def truth(fresh_db):
    """What is really in the fresh database, asked past every wall."""
    return harness.asking(fresh_db)


def forget() -> None:
    """Let the rules that were compiled from one database not speak for another."""
    from app.engine import rules

    getattr(rules, "forget", lambda: None)()


def wait_until_healthy(url: str, process: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url + "/health", timeout=2).close()
        except OSError as problem:
            if process.poll() is not None:
                raise RuntimeError(f"run.py ended with {process.returncode}") from problem
            if time.monotonic() > end:
                body = problem.read().decode() if hasattr(problem, "read") else ""
                raise TimeoutError(f"{url} is not healthy: {problem} {body}") from problem
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def live(app, database, home, tmp_path_factory):
    """The whole program on this process's database: web, worker, ticker. ``live.url``, ``live.pid("worker1")``."""
    folder = tmp_path_factory.mktemp("live")
    port = free_port(set())
    # One place for the files of one database.
    env = os.environ | database.environ(folder, PORT=str(port), MIGRATE="0", FILES=str(home / "files"))
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, str(ROOT / "run.py")], env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, process, 120)  # two of these may start at once
        pid = lambda name: int((folder / "run" / f"{name}.pid").read_text().split()[0])  # noqa: E731
        yield SimpleNamespace(url=url, port=port, home=folder, process=process, pid=pid, database=database)
    finally:
        process.terminate()
        process.wait(10)
        end_leftovers(folder)


@pytest.fixture
def installation(tmp_path):
    """``installation(SAMPLE="0")`` starts run.py with its own servers in a new home: for kills and second starts."""
    started = []
    folder = tmp_path / "home"
    port = free_port(set())

    def start(wait: bool = True, **environ: str) -> SimpleNamespace:
        gone = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEY", "MAKELEVEL"}
        env = {k: v for k, v in os.environ.items() if k not in gone} | {"JIAHE_HOME": str(folder), "PORT": str(port)}
        log = (tmp_path / "run.log").open("ab")
        process = subprocess.Popen([sys.executable, str(ROOT / "run.py")], env=env | environ, stdout=log, stderr=log)
        log.close()
        started.append(process)
        url = f"http://127.0.0.1:{port}"
        pid = lambda name: int((folder / "run" / f"{name}.pid").read_text().split()[0])  # noqa: E731
        if wait:
            while not is_child(pid, "web", process):  # what a killed predecessor left may still answer
                time.sleep(0.1)
            wait_until_healthy(url, process, 120)
        return SimpleNamespace(url=url, port=port, home=folder, process=process, pid=pid, log=tmp_path / "run.log")

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(15)
    if folder.exists():
        end_leftovers(folder)


def is_child(pid, name: str, parent: subprocess.Popen) -> bool:
    assert parent.poll() is None, f"run.py ended with {parent.returncode}"
    try:
        stat = Path(f"/proc/{pid(name)}/stat").read_text()
    except (OSError, IndexError):
        return False
    return int(stat.rsplit(")", 1)[1].split()[1]) == parent.pid


def pytest_collection_modifyitems(items):
    """Tests with a browser of one file run in one process: a page costs less than a browser.

    What runs beside other programs is asked once more before it counts as broken, and listed as run again: a machine
    that is busy elsewhere shows a page late. What fails twice has failed.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & {"page", "live"}:
            item.add_marker(pytest.mark.xdist_group(re.sub(r"\W", "_", item.location[0])))
        if names & {"page", "live", "installation"}:
            item.add_marker(pytest.mark.flaky(reruns=1))
