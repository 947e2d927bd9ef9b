"""The proof of rights is green on the product as it is, and red, in the right channel, for holes made on purpose."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy
from werkzeug.routing import Map, Rule

from app.engine.rules import Level
from app.jobs.queue import JOBS
from app.prove.channels import PROBES, unclaimed
from app.prove.report import Report, terminal
from app.prove.run import prepare, prove
from tests import harness
from tests.conftest import forget

READING = ["list", "show", "form", "api list", "api read", "export", "openapi", "files", "notes", "notices", "live", "home and figures"]
TELLING = ["agent", "split", "where"]  # own rows only; and two roles that must not add up
ASKING = ["filter", "sort", "search", "lookup", "chart"]
QUESTIONS = ["trees", "builder", "saved views", "dashboards"]
PRINTS = ["print", "print many", "print templates"]
WALKED = {*READING, *ASKING, *QUESTIONS, *PRINTS}


@pytest.fixture(scope="module")
def world(app, services, worker_number):
    """One planted database for the file: holes are made in the program, not in the rows."""
    from app.extensions import db

    made = harness.clone(services, f"w{worker_number}_prove", worker_number * 2 + 2)
    with app.app_context():
        engines = db.engines
    before = engines[None]
    engines[None] = sqlalchemy.create_engine(made.url, **dict(app.config["SQLALCHEMY_ENGINE_OPTIONS"], pool_size=2))
    forget()
    with app.app_context():
        yield prepare(app)
        db.session.remove()
    engines[None].dispose()
    engines[None] = before
    forget()
    harness.drop(made)


@pytest.fixture(autouse=True)
def rules_of_now():
    """What was compiled with a hole is not kept for the next test."""
    yield
    forget()


def walk(world, channels, actors):
    forget()  # what was compiled before a hole was made
    world.report = Report()
    return prove(world, channels=channels, actors=actors)


@pytest.mark.feature("PER-02", "PRV-03")
def test_every_way_in_and_out_is_claimed(world):
    assert unclaimed(world.app) == []


def test_every_job_is_known():
    text = "".join(p.read_text() for p in (harness.ROOT / "app").rglob("*.py"))
    assert set(re.findall(r'enqueue\("([\w.]+)"', text)) <= set(JOBS)


def test_the_reference_does_not_import_what_it_judges():
    for name in ("reference", "conditions", "truth"):
        text = (Path(harness.ROOT) / f"app/prove/{name}.py").read_text()
        assert not re.search(r"\bpolicy\b|engine\.reach|engine\.compare|import reach", text)
        assert len(text.splitlines()) < 160


@pytest.mark.feature("PER-02", "PRV-03")
def test_each_reach_holds_some_planted_rows_and_not_others(world):
    words = {"team": "team", "below": "below", "region": "region", "where": "all?", "tree": "all?where="}
    for name, word in words.items():
        actor = world.actors[name]
        for model in world.models:
            reaches = world.reference.scopes[actor.tenant, f"prove-{name}", model.__name__]
            held = {slot for (m, slot), r in world.rows.items() if m is model and any(world.reference.holds(actor, x, r) for x in reaches)}
            assert all(x.startswith((word, "store?")) for x in reaches)
            assert held < {"mine", "colleague's", "elsewhere's", "empty"}, f"{name} {model.__name__} {reaches}: {held}"
            assert held or "&" in next(iter(reaches)), f"{name} {model.__name__} {reaches}"


@pytest.mark.feature("PER-02", "PRV-03")
@pytest.mark.timeout(400)  # every page of every record type
def test_reading_is_green(world):
    report = walk(world, READING, TELLING)
    assert not report.findings, terminal(report.table())
    assert report.cells > 3000


@pytest.mark.feature("PER-02", "PRV-03")
def test_asking_is_green(world):
    report = walk(world, ASKING, ["where"])
    assert not report.findings, terminal(report.table())
    assert report.cells > 200


@pytest.mark.feature("PER-02", "PRV-03")
def test_questions_and_views_are_green(world):
    report = walk(world, QUESTIONS, ["agent", "split", "finance", "admin"])
    assert not report.findings, terminal(report.table())
    assert report.cells > 300


@pytest.mark.feature("PER-02", "BOOK-04")
def test_prints_are_green_and_a_hole_in_them_is_found(world, monkeypatch):
    """The paper is read letter by letter: also what a template of an administrator prints."""
    report = walk(world, PRINTS, ["agent", "split", "finance", "admin"])
    assert not report.findings, terminal(report.table())
    assert report.cells > 300
    from app.engine.fields import fields_of
    from app.engine.printing import filling

    monkeypatch.setattr(filling, "value_of", lambda record, name: (Level.WRITE, fields_of(type(record))[name].read(record, name)))
    assert walk(world, ["print"], ["agent"]).reds("print")


@pytest.mark.feature("PER-02", "STO-01")
def test_settings_are_green(world):
    """Everybody tries to read, move and publish them."""
    report = walk(world, ["settings"], None)
    assert not report.findings, terminal(report.table())


@pytest.mark.feature("PER-02", "PRV-03", "CALL-02")
def test_the_telephone_is_green(world):
    """Everybody tries the cards, recordings and lines of everybody."""
    report = walk(world, ["ringing", "recordings", "telephone lines"], None)
    assert not report.findings, terminal(report.table())


@pytest.mark.feature("ORD-02")
def test_care_days_and_their_bills_are_green(world):
    """The grid, its deeds, and a bill that is opened without a login."""
    report = walk(world, ["care days", "deeds of care days", "bills by link"], None)
    assert not report.findings, terminal(report.table())


@pytest.mark.feature("PER-02", "PRV-03")
def test_prices_stages_and_the_booking_page_are_green(world):
    """Sums as they are typed, the tabs of an order, and what a client without a login is shown."""
    report = walk(world, ["price as typed", "parts of an order", "deeds of an order's tabs", "booking page"], None)
    assert not report.findings, terminal(report.table())


@pytest.mark.feature("PER-02", "PRV-03")
def test_reviews_and_spot_checks_are_green(world):
    """A carer's stars, who draws, and what families and guests see by their links."""
    report = walk(world, ["reviews of a carer", "spot checks", "links for reviews"], None)
    assert not report.findings, terminal(report.table())


@pytest.mark.feature("PER-02", "PRV-03")
def test_notes_and_duplicates_are_green(world):
    report = walk(world, ["notes", "notes written", "duplicates"], ["agent", "finance", "fill", "admin"])
    assert not report.findings, terminal(report.table())
    assert report.cells > 100


@pytest.mark.feature("PER-02", "PRV-03")
def test_the_ways_of_a_list_are_green_and_red_for_a_hole(world, monkeypatch):
    report = walk(world, ["ways of a list", "pivot", "pivot as a file", "moves"], ["agent", "split", "where", "finance"])
    assert not report.findings, terminal(report.table())
    assert report.cells > 150
    monkeypatch.setattr("app.engine.pivot.policy", SimpleNamespace(readable_where=lambda *_asked: None))
    assert walk(world, ["pivot"], ["where"]).findings, "rows on which the field is hidden were counted"


@pytest.mark.feature("PER-02")
def test_what_is_typed_into_a_field_of_ones_own_moves_no_row(world):
    """A condition on such a field holds for what is kept, as for any other field."""
    from app.engine import reach
    from app.engine.custom import Custom
    from app.extensions import db
    from app.prove.plant import HOME, program

    row, name = next((r, n) for r in world.values for n, f in world.reference.fields[HOME, r.model].items()
                     if isinstance(f, Custom) and r.tenant == HOME)  # fmt: skip
    with program(HOME):
        record = db.session.get(row.model, row.id)
        before = reach.held(record, name)
        world.reference.fields[HOME, row.model][name].write(record, name, "typed")
        assert reach.held(record, name) == before == world.values[row][name]


@pytest.mark.feature("PRV-03")
@pytest.mark.parametrize("turn", [0, 7, 1234])
def test_what_is_chosen_stands_for_all(world, turn):
    """Each person tries each kind that is his to try, somebody each thing there is, and nothing rests on those who skip channels."""
    from app.prove import sample

    sample.look_ahead(world)
    for kind, offers in world.offers.items():
        taken = sample.chosen(offers, turn)
        assert taken == sample.chosen(offers, turn)
        met = set()
        for name, offered in offers.items():
            mine = [(own, common) for item, own, common in offered if item in taken[name]]
            assert {k for own, _common in mine for k in own} == {k for _item, own, _common in offered for k in own}, f"{kind} {name}"
            met |= {k for _own, common in mine for k in common} if name not in sample.TWINS else set()
        assert met == {k for name, o in offers.items() if name not in sample.TWINS for _i, _o, common in o for k in common}, kind
        tried, there = sum(map(len, taken.values())), sum(map(len, offers.values()))
        print(f"{kind}: {tried} of {there}")


@pytest.mark.feature("PER-02", "PRV-03")
def test_files_in_and_out_are_green(world):
    report = walk(world, ["csv", "csv by REST", "import by REST"], ["agent", "finance", "mask", "admin"])
    assert not report.findings, terminal(report.table())
    assert report.cells > 200


# Each hole, the channel that must name it, and for whom.

def instead(module, **parts):
    """A module with some of its names changed, for one user of it alone."""
    return SimpleNamespace(**{**vars(module), **parts})


def hole_filter(m):
    from app.engine import policy, query

    m.setattr(query, "policy", instead(policy, readable_where=lambda *_a: None))


def hole_sort(m):
    from app.engine import policy, query

    m.setattr(query, "policy", instead(policy, comparable=lambda _m, names: names, readable_where=lambda *_a: None))


def hole_search(m):
    from app.engine import policy, query

    m.setattr(query, "policy", instead(policy, readable_where=lambda *_a: None, findable=lambda *_a: True))


def hole_api(m):
    from app.engine import policy, present

    everything = {"levels": lambda r: dict.fromkeys(present.fields_of(type(r)), Level.WRITE), "seen": lambda _r: True}
    m.setattr(present, "policy", instead(policy, readable=lambda model: list(present.fields_of(model)), **everything))


def hole_export(m):
    from app.engine import flat

    m.setattr(flat.Judge, "levels", lambda self, *_a: tuple(Level.WRITE for _name in self.names))


def hole_label(m):
    from app.web import cells

    m.setattr(cells, "label", str)


def hole_form(m):
    from app.web import showing

    for name in ("settable", "open_to"):  # of a record as it lies, and of one that a form shows while it is changed
        m.setattr(showing, name, lambda *_a: True)


def hole_chart(m):
    from app.engine import charts, groups

    m.setattr(charts.Chart, "open_to", lambda *_a: True)
    m.setattr(groups, "shown", lambda model, name: groups.fields_of(model)[name].column(model, name))


def hole_lookup(m):
    from app.engine import guard

    m.setattr(guard, "criteria", tuple)


def hole_condition(m):
    from app.engine import reach

    m.setattr(reach, "condition", lambda _reach: reach.Group(reach.ALL, ()))


def hole_tree(m):
    """All of some terms is taken for any of them."""
    from app.engine import reach

    known = reach.condition

    def loose(node):
        return reach.Group("any", tuple(map(loose, node.terms))) if isinstance(node, reach.Group) else node

    m.setattr(reach, "condition", lambda text: loose(known(text)))


def hole_cap(m):
    """A state makes no difference."""
    from app.engine import policy

    m.setattr(policy, "cap", lambda *_a: Level.WRITE)


def hole_half_cap(m):
    """A row in hand knows its state, SQL does not."""
    from app.engine import policy

    m.setattr(policy, "states", lambda _model: [])


def hole_half_condition(m):
    """SQL knows the condition, a row in hand does not."""
    from app.engine import reach

    m.setattr(reach, "matches", lambda *_a: True)


def hole_below(m):
    from app.engine import reach

    m.setattr(reach, "stores", lambda _word, book: set(book.stores))


def hole_team(m):
    from app.engine import reach

    m.setattr(reach, "team", lambda _book: set(range(500)))  # everybody of a sample company


def hole_history(m):
    from app.engine import policy
    from app.web import showing

    m.setattr(showing, "policy", instead(policy, level=lambda *_a: Level.WRITE))


def hole_reveal(m):
    from app.engine import policy
    from app.web import reveal

    m.setattr(reveal, "policy", instead(policy, level=lambda *_a: Level.WRITE))


def hole_files(m):
    from app.engine import files

    m.setattr(files, "need", lambda *_a: None)


def hole_notes(m):
    from app.web import notes

    m.setattr(notes, "need", lambda *_a: None)
    m.setattr(notes, "policy", instead(notes.policy, part=lambda *_a: Level.WRITE))


def hole_live(m):
    from app.web import realtime

    stream = realtime.stream
    m.setattr(realtime, "stream", lambda name, *a: stream(re.sub(r"^2:staff:\d+$", f"2:staff:{hole_live.other}", name), *a))


def hole_bell(m):
    from app.web import bell

    m.setattr(bell, "current", lambda: SimpleNamespace(actor_id=hole_live.other))


def hole_write(m):
    from app.engine import guard, policy

    m.setattr(policy, "may_set", lambda *_a: True)
    m.setattr(policy, "ceiling", lambda *_a: Level.WRITE)
    m.setattr(guard, "check", lambda *_a: None)


HOLES = {
    "trees": (hole_filter, "split"),
    "filter": (hole_filter, "split"), "sort": (hole_sort, "split"), "search": (hole_search, "split"), "api read": (hole_api, "agent"),
    "export": (hole_export, "mask"), "csv by REST": (hole_export, "mask"), "list": (hole_label, "links"), "form": (hole_form, "agent"),
    "chart": (hole_chart, "split"), "lookup": (hole_lookup, "agent"),
    "show": (hole_history, "agent"), "reveal": (hole_reveal, "dispatcher"), "files": (hole_files, "finance"),
    "api list": (hole_condition, "where"), "live": (hole_live, "agent"), "notices": (hole_bell, "agent"),
    "notes": (hole_notes, "finance"),
}  # fmt: skip


@pytest.mark.feature("PRV-03")
@pytest.mark.parametrize("channel", HOLES)
def test_a_hole_is_found_and_named(world, monkeypatch, channel):
    hole, actor = HOLES[channel]
    hole_live.other = world.actors["manager"].id
    hole(monkeypatch)
    report = walk(world, [channel], [actor])
    found = [f for f in report.reds(channel) if "stumbled" not in f.what]
    assert found, terminal(report.table())
    assert {f.actor for f in found} == {actor}


WIDER = [(hole_condition, "where", "show"), (hole_condition, "where", "filter"), (hole_half_condition, "where", "api read"),
         (hole_tree, "tree", "api list"), (hole_tree, "tree", "show"), (hole_cap, "caps", "api read"),
         (hole_half_cap, "caps", "filter"), (hole_half_cap, "caps", "trees"),
         (hole_below, "below", "api list"), (hole_below, "region", "list"), (hole_team, "team", "api read")]  # fmt: skip


@pytest.mark.feature("PRV-03", "PER-02")
@pytest.mark.parametrize(("hole", "actor", "channel"), WIDER)
def test_a_reach_that_holds_too_much_is_found(world, monkeypatch, hole, actor, channel):
    hole(monkeypatch)
    found = [f for f in walk(world, [channel], [actor]).reds(channel) if "stumbled" not in f.what]
    assert found
    assert {f.actor for f in found} == {actor}


@pytest.mark.feature("PRV-03")
def test_a_new_route_without_a_probe_is_red(world):
    rules = Map([r.empty() for r in world.app.url_map.iter_rules()] + [Rule("/order/leak", endpoint="leak", methods=["GET"])])
    assert unclaimed(SimpleNamespace(url_map=rules)) == ["GET /<T>/leak: no probe"]


@pytest.mark.feature("PRV-03")
def test_a_proof_that_sees_nothing_is_red(world, monkeypatch):
    from app.engine import policy
    from app.engine.fields import fields_of

    monkeypatch.setattr(policy, "levels", lambda record: dict.fromkeys(fields_of(type(record)), Level.NONE))
    assert any("missing" in f.what for f in walk(world, ["api read"], ["agent"]).findings)


def test_administrators_see_the_proof_and_start_a_look(world, monkeypatch):
    """The look itself is run here and now: there is no worker in this test."""
    from app.prove import inplace
    from app.prove.inplace import kept, look_around

    real = inplace.ready

    def fewer(tenant):
        """One person is enough here: what each channel tells is proved above."""
        made = real(tenant)
        made.actors = {role: actor for role, actor in made.actors.items() if role == "agent"}
        return made

    monkeypatch.setattr(inplace, "ready", fewer)
    monkeypatch.setattr(inplace, "ROWS", 1)
    admin, agent = world.clients["admin"], world.clients["agent"]
    assert agent.send("GET", "/prove/").status_code == 403
    assert admin.send("GET", "/prove/").status_code == 200
    assert admin.send("POST", "/prove/").status_code == 302
    assert kept(2)["running"]
    look_around(2)
    table = kept(2)
    assert table["green"], terminal(table)
    assert table["cells"] > 200
    assert "✓" in admin.send("GET", "/prove/").get_data(as_text=True)


SLICE = ["where", "fill", "agent", "split", "below", "mask", "finance", "blind", "team", "dispatcher"]
FITS = {  # who finds something to try there
    "signed links": "visitor", "links of agreements": "visitor", "links of carers": "visitor", "links of visits": "visitor",
    "bills by link": "visitor", "links for reviews": "visitor",
    "refusals": "admin", "sort": "where",
}  # fmt: skip


PARTS = 4


@pytest.mark.timeout(400)
@pytest.mark.feature("PER-02", "PRV-03")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_slice_of_every_other_channel_is_green(world, part):
    """Each channel that no test above walks, with another person each time. What changes rows comes last: no test of reading may follow."""
    world.report = report = Report()
    channels = sorted((p for p in PROBES.values() if p.name not in WALKED), key=lambda p: p.late)
    size = -(-len(channels) // PARTS)
    mine = list(enumerate(channels))[part * size : (part + 1) * size]
    for n, channel in mine:
        prove(world, channels=[channel.name], actors=[FITS.get(channel.name, SLICE[n % len(SLICE)])])
    assert not report.findings, terminal(report.table())
    assert {c for c, _a in report.checked} >= {p.name for _n, p in mine} - {"one's own account"}  # which only the judge reads


@pytest.mark.feature("PRV-03", "PER-02")
@pytest.mark.parametrize(("hole", "actor"), [(hole_write, "finance"), (hole_cap, "caps")])
def test_a_hole_in_writing_is_found(world, monkeypatch, hole, actor):
    """After all others: it lets through what nothing may change, and so the planted rows are not what they were."""
    hole(monkeypatch)
    found = [f for f in walk(world, ["write by api"], [actor]).reds("write by api") if "stumbled" not in f.what]
    assert found
    assert {f.actor for f in found} == {actor}


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.feature("PER-02", "PRV-03")
def test_the_whole_proof_is_green(world):
    world.report = Report()
    report = prove(world, say=print)
    assert not report.findings, terminal(report.table(), most=400)
    assert report.cells > 20000
