"""Settings made in a test as an administrator makes them, and packages sent as a browser sends them."""

from __future__ import annotations

import json
import re

from werkzeug.datastructures import MultiDict

from tests.shaping import add, dialect, send

KINDS = ("fields", "lists", "roles", "layouts", "views", "templates", "dashboards")
BODY = "<h1>{{ %s | label }} {{ name }}</h1>"


def shape_all(person, level: str = "4") -> str:
    """One setting of each kind, all of which name the same field of one's own; returns what that is called in code."""
    name = dialect(person)
    add(person, "worker", label="口音程度", label_en="Accent", kind="whole", when=name, when_how="eq", when_value="cantonese")
    levels = re.findall(r'name="c-code" value="(\w+)"', person.get("/custom/worker/choices/grade").text)
    rows = [(f"级{n}", f"Grade {n}", "plan" if n else "", code, "") for n, code in enumerate(reversed(levels))]
    assert send(person, "/custom/worker/choices/grade", [*rows, ("金牌", "Gold", "done")]).status_code == 302
    person.look("/roles/")
    assert person.post_form("/roles/add", name="培训专员", name_en="Trainer", copy="").status_code == 302
    role = re.search(r'value="(own-\d+)">(?:Trainer|培训专员)', person.get("/roles/").text)[1]
    person.look("/rights/?model=worker")
    cells = {"reach": "all", "where": f"{name}=cantonese", "basic": "2", name: level}
    cells = {f"cell:{role}:{target}": value for target, value in cells.items()}
    assert person.post_form("/rights/", model="worker", **cells).status_code == 302
    for who in ("dispatcher", role):
        assert lay(person, who, [("active", ["grade", name, "active"]), ("name", ["name", "phone"])], ["rating"]).status_code == 302
    person.look("/worker/list")
    question = f"where=({name}.eq.cantonese,active.eq.working)&sort=name&cols=name,{name}"
    on_phones(person, "dispatcher", {"rating": {"shown": f'{name} = "cantonese"'}})
    sent = {"table": "worker", "name": "讲粤语的", "question": question, "audience": "role", "role": role}
    assert person.post_form("/views/add", **sent).status_code == 302
    person.look("/prints/worker/new")
    made = person.post_form("/prints/worker/new", version="0", name="方言卡", name_en="Card", paper="a5", body=BODY % name)
    assert made.status_code == 302, made.text[:900]
    person.look("/statistics/?all=1")
    made = person.post_form("/statistics/add", name="方言", audience="role", role=role, first="1")
    pk = made.location.rpartition("/")[2]
    tile = {"table": "worker", "dashboard": pk, "kind": "count", "title": "粤语人数", "width": "2", "target": "3", "question": question}
    assert person.post_form("/statistics/tiles", **tile).status_code == 302
    return name


def on_phones(person, role: str, rules: dict) -> None:
    """A layout for phones, with tabs and a rule, through its draft."""
    shape = {"sections": [["active", ["active"]], ["name", ["name", "phone"]]], "hidden": [], "rules": rules}
    shape["tabs"] = [{"zh": "人", "en": "Who", "sections": ["name"]}, {"zh": "活", "en": "Work", "sections": ["active"]}]
    person.look("/bell/")
    assert person.post_form("/layouts/worker/draft", shape=json.dumps(shape), role=role, device="phone").status_code == 200
    page = person.look(f"/layouts/worker/versions?role={role}&device=phone").text
    draft = re.search(r"/layouts/worker/draft/(\d+)/publish", page)[1]
    assert person.post_form(f"/layouts/worker/draft/{draft}/publish").status_code == 302


def lay(person, role: str, sections, hidden):
    person.look("/layouts/worker")
    sent = [("csrf_token", person.token), ("role", role), *(("s", key) for key, _names in sections)]
    sent += [("f", n) for _key, names in sections for n in names] + [("f", n) for n in hidden]
    sent += [(f"in:{n}", key) for key, names in sections for n in names] + [(f"in:{n}", "") for n in hidden]
    return person.post("/layouts/worker", data=MultiDict(sent))


def tick(person, url: str, slots=(), kinds=(), **more):
    """Send a form with some settings ticked."""
    pairs = [("csrf_token", person.token), *(("s", s) for s in slots), *(("k", k) for k in kinds), *more.items()]
    return person.post(url, data=MultiDict(pairs))


def export(person, slots=(), kinds=KINDS, name="Ours") -> str:
    person.look("/settings/")
    answer = tick(person, "/settings/export", slots, () if slots else kinds, name=name)
    assert answer.status_code == 200, answer.text[:900]
    return answer.text


def upload(person, text, name="package.json"):
    person.look("/settings/")
    data = text if isinstance(text, bytes) else (text if isinstance(text, str) else json.dumps(text)).encode()
    head = 'Content-Disposition: form-data; name="%s"'
    parts = [(head % "csrf_token", person.token.encode()), (f'{head % "file"}; filename="{name}"\r\nContent-Type: application/json', data)]
    body = b"".join(f"--cut\r\n{top}\r\n\r\n".encode() + part + b"\r\n" for top, part in parts) + b"--cut--\r\n"
    return person.post("/settings/import", data=body, content_type="multipart/form-data; boundary=cut")  # a large one leaves no file open


def lines(answer) -> dict[str, str]:
    """Setting -> what the trial says of it."""
    return dict(re.findall(r'data-setting="([^"]+)" data-state="(\w+)"', answer.text.replace("&amp;", "&")))


def take(person, answer, slots=None):
    """Take in what a trial offered, or some of it."""
    offered = [s for s, state in lines(answer).items() if state in ("new", "changed")]
    token = re.search(r'name="token" value="([^"]*)"', answer.text)[1]
    action = re.search(r'action="(/settings/(?:import/do|offer/\w+))"', answer.text)[1]
    return tick(person, action, offered if slots is None else slots, token=token)


def held(person) -> dict:
    """All settings that can travel."""
    person.look("/settings/")
    answer = tick(person, "/settings/export", (), KINDS)
    return json.loads(answer.text)["settings"] if answer.status_code == 200 else {}


def bare(truth) -> None:
    """Take away the settings that the sample brings along."""
    truth("DELETE FROM tile")
    truth("DELETE FROM dashboard")
