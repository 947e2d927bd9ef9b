"""Long work: seen by its owner alone, done once and whole, stopped when asked, and told when it ends."""

from __future__ import annotations

import threading

import pytest
from rq import Queue
from sqlalchemy import select

from app.engine import tasks
from app.engine.current import current
from app.engine.errors import Refused
from tests.acting import as_person, as_program
from tests.delivering import deliver

pytestmark = pytest.mark.usefixtures("fresh_db")


@pytest.fixture
def begin(app):
    """Teach the program a kind of work for this test, and ask for it as somebody. Returns the task's number."""

    def ask(run, username="bj-manager"):
        from app.engine.wall import leave
        from app.extensions import db

        tasks.kinds["of-a-test"] = tasks.Kind(run)
        with app.test_request_context(headers={"Accept-Language": "en"}), as_person(db.session, username):
            task = tasks.begin(db.session, "of-a-test", {}, "Paint the house", 10)
            db.session.commit()
            pk = task.id
            leave(db.session)
        return pk

    yield ask
    tasks.kinds.pop("of-a-test", None)


def work(app, pk, tenant=2):
    from app.jobs.tasks import run

    with app.app_context():
        run(tenant, pk)


def recolour(session, task):
    """Change customers, so that one sees what stays of a task that was broken off."""
    from app.models.customer import Customer

    for n, one in enumerate(session.scalars(select(Customer).order_by(Customer.id).limit(10)), 1):
        one.remark = "painted"
        session.flush()
        tasks.report(task, n)
    return {"words": [f"{current().actor_id} painted"], "links": [["Look", "/customer/list"]]}


PAINTED = "SELECT count(*) FROM customer WHERE remark = 'painted'"
STATE = "SELECT state FROM task WHERE id = %s"


def test_a_task_is_done_as_its_owner_and_told_when_it_ends(app, client, api, begin, truth):
    pk = begin(recolour)
    boss = client("bj-manager", "en")
    assert boss.get(f"/task/{pk}/state").json["state"] == "waiting"
    work(app, pk)
    assert truth(PAINTED) == [(10,)]
    owner = truth("SELECT owner_id FROM task WHERE id = %s", pk)[0][0]
    assert truth("SELECT DISTINCT created_by FROM audit_entry WHERE model = 'Customer' AND changes ? 'remark'") == [(owner,)]
    page = boss.get(f"/task/{pk}").text
    assert f"{owner} painted" in page and 'href="/customer/list"' in page
    assert "Paint the house" in boss.get("/task/").text
    deliver(app)
    assert "Done: Paint the house" in boss.get("/bell/").text
    found = api("bj-manager").get(f"/api/v1/task/{pk}")["result"]
    assert (found["state"], found["done"], found["total"]) == ("done", 10, 10)


def test_nobody_else_knows_of_a_task(app, client, api, begin, truth):
    pk = begin(recolour)
    for username in ("bj-admin", "bj-agent", "sh-admin", "hq"):
        other = client(username)
        assert other.get(f"/task/{pk}").status_code == 404
        assert other.get(f"/task/{pk}/state").status_code == 404
        assert other.post_form(f"/task/{pk}/cancel").status_code == 404
        assert "Paint the house" not in other.get("/task/").text
        api(username).get(f"/api/v1/task/{pk}", 404)
        api(username).post(f"/api/v1/task/{pk}/cancel", status=404)
    assert truth(STATE, pk) == [("waiting",)]


def test_the_rights_are_those_of_now(app, begin, truth):
    """A role that was taken away meanwhile does not work any more; who left does nothing."""
    pk = begin(recolour)
    truth("UPDATE staff SET roles = '{finance}' WHERE username = 'bj-manager' RETURNING id")
    work(app, pk)
    assert truth(STATE, pk) == [("failed",)] or truth(PAINTED) == [(0,)]
    assert truth(PAINTED) == [(0,)]
    other = begin(recolour, "bj-admin")
    truth("UPDATE staff SET active = false WHERE username = 'bj-admin' RETURNING id")
    work(app, other)
    assert truth(STATE, other) == [("failed",)]
    assert truth(PAINTED) == [(0,)]


def test_a_refusal_is_told_in_words_and_a_fault_without(app, client, begin, truth):
    def decline(session, task):
        recolour(session, task)
        raise Refused("The paint is out.")

    pk = begin(decline)
    work(app, pk)
    assert "The paint is out." in client("bj-manager").get(f"/task/{pk}").text

    def stumble(session, task):
        recolour(session, task)
        raise ZeroDivisionError("secret inside")

    other = begin(stumble)
    work(app, other)
    page = client("bj-manager", "en").get(f"/task/{other}").text
    assert "Nothing was changed" in page and "secret inside" not in page
    assert truth(PAINTED) == [(0,)]
    deliver(app)
    assert "Failed: Paint the house" in client("bj-manager", "en").get("/bell/").text


def test_a_waiting_task_is_stopped_at_once(app, client, begin, truth):
    pk = begin(recolour)
    boss = client("bj-manager")
    boss.look(f"/task/{pk}")
    assert boss.post_form(f"/task/{pk}/cancel").status_code == 302
    assert truth(STATE, pk) == [("cancelled",)]
    assert boss.post_form(f"/task/{pk}/cancel").status_code == 409
    work(app, pk)
    assert truth(PAINTED) == [(0,)]


@pytest.mark.parametrize("heard", [True, False], ids=["at the next report", "at the end, when the queue did not tell"])
def test_a_running_task_is_rolled_back_when_somebody_stops_it(app, client, begin, truth, heard):
    going, stopped = threading.Event(), threading.Event()
    seen = []

    def slow(session, task):
        from app.jobs import tasks as side

        side.told.clear()  # the page is told now and then only, and a task of another test had this number
        tasks.report(task, 3)
        result = recolour(session, task)
        session.flush()
        going.set()
        assert stopped.wait(20)
        if heard:
            side.told.clear()  # the page is told now and then only
            tasks.report(task, 10)
            seen.append("not heard")
        return result

    pk = begin(slow)
    boss = client("bj-manager")
    boss.look(f"/task/{pk}")
    worker = threading.Thread(target=work, args=(app, pk))
    worker.start()
    assert going.wait(20)
    now = boss.get(f"/task/{pk}/state").json
    assert now["state"] == "running"
    assert now["done"] >= 3, "what was reported is seen; later reports are told now and then only"
    assert truth(PAINTED) == [(0,)], "it is one transaction"
    assert boss.post_form(f"/task/{pk}/cancel").status_code == 302
    stopped.set()
    worker.join(20)
    assert truth(STATE, pk) == [("cancelled",)]
    assert truth(PAINTED) == [(0,)]
    assert not seen


def test_a_task_is_never_done_twice(app, begin, truth):
    """The queue may hold it several times, and two workers may take it up at once."""
    going, on = threading.Event(), threading.Event()
    runs = []

    def slow(session, task):
        runs.append(1)
        going.set()
        assert on.wait(20)
        return recolour(session, task)

    pk = begin(slow)
    worker = threading.Thread(target=work, args=(app, pk))
    worker.start()
    assert going.wait(20)
    work(app, pk)  # returns at once
    from app.extensions import db
    from app.jobs.tasks import worked_on

    with app.app_context(), as_program(db.session):
        assert worked_on(db.session, pk)
        db.session.remove()
    on.set()
    worker.join(20)
    work(app, pk)
    assert runs == [1]
    assert truth(STATE, pk) == [("done",)]
    assert truth("SELECT attempts FROM task WHERE id = %s", pk) == [(1,)]


def test_a_task_whose_worker_died_is_begun_again_and_given_up_after_three(app, client, begin, truth):
    """A killed worker leaves a task that runs, and nothing else: its lock and its changes went with it."""
    pk = begin(recolour)
    dead = "UPDATE task SET state = 'running', attempts = %s WHERE id = %s RETURNING id"
    truth(dead, 1, pk)
    work(app, pk)
    assert truth(STATE, pk) == [("done",)]
    other = begin(recolour)
    truth(dead, 3, other)
    work(app, other)
    assert truth(STATE, other) == [("failed",)]
    assert "interrupted" in client("bj-manager", "en").get(f"/task/{other}").text


def test_what_the_queue_lost_comes_back(app, begin, truth, monkeypatch):
    """The notice of a task that has not ended puts it into the queue again, and leaves another notice for later."""
    from app.jobs import tasks

    pk, usual = begin(recolour), tasks.queue
    unheard = lambda: Queue("unheard", connection=usual().connection)  # noqa: E731  # a worker of other tests hears the usual one
    monkeypatch.setattr(tasks, "queue", unheard)
    queue = unheard
    waits = lambda: [j.args for j in queue().get_jobs() if j.func_name == "app.jobs.tasks.run"]  # noqa: E731
    with app.app_context():
        queue().empty()
    deliver(app)
    with app.app_context():
        assert waits() == [(2, pk)]
        queue().empty()  # lost
    later = "SELECT count(*) FROM notice WHERE event = 'task.due' AND done_at IS NULL"
    assert truth(later) == [(1,)]
    truth("UPDATE notice SET due_at = now() WHERE event = 'task.due' AND done_at IS NULL RETURNING id")
    deliver(app)
    with app.app_context():
        assert waits() == [(2, pk)]
        queue().empty()
    work(app, pk)
    truth("UPDATE notice SET due_at = now() WHERE event = 'task.due' AND done_at IS NULL RETURNING id")
    deliver(app)
    assert truth(later) == [(0,)], "nobody looks after a task that has ended"
