"""Files of a record: added, seen and removed by right, on the page and by REST; nobody else gets a byte."""

from __future__ import annotations

import base64
import io

import pytest
from playwright.sync_api import expect

from app.engine import files
from tests.e2e.test_chain import fits
from tests.screens import until

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
PDF = b"%PDF-1.7\n" + b"1" * 300


def first(api, user: str, table: str) -> int:
    return api(user).get(f"/api/v1/{table}/", size=1)["result"][0]["id"]


def send(person, url: str, *files: tuple[str, bytes], json: bool = False):
    data = {"file": [(io.BytesIO(content), name) for name, content in files], "csrf_token": person.token}
    headers = {"Accept": "application/json"} if json else {}
    return person.post(url, data=data, content_type="multipart/form-data", headers=headers)


def test_a_file_is_added_seen_told_of_and_removed(client, api):
    person, pk = client("bj-agent", "zh"), first(api, "bj-agent", "customer")
    answer = send(person, f"/customer/files/{pk}", ("身份证 正面.png", PNG), ("合同.pdf", PDF), json=True)
    assert answer.status_code == 201
    picture, paper = answer.json["result"]
    assert (picture["name"], picture["kind"], paper["kind"]) == ("身份证 正面.png", "image/png", "application/pdf")
    part = person.get(f"/customer/files/{pk}").text
    assert "身份证 正面.png" in part
    assert "合同.pdf" in part
    shown = person.get(picture["url"], buffered=True)
    assert shown.data == PNG
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert person.get(paper["url"], buffered=True).headers["Content-Disposition"].startswith("attachment")
    part = person.get(picture["url"], headers={"Range": "bytes=0-3"}, buffered=True)
    assert (part.status_code, part.data) == (206, PNG[:4])
    page = person.get(f"/customer/show/{pk}").text
    assert "添加了文件" in page
    assert "合同.pdf" in page
    person.look(f"/customer/show/{pk}")
    assert person.post_form(f"{paper['url']}/remove").status_code == 302
    assert "合同.pdf" not in person.get(f"/customer/files/{pk}").text
    assert person.get(paper["url"]).status_code == 404
    assert "移除了文件" in person.get(f"/customer/show/{pk}").text


def test_the_same_content_twice_is_one_file(client, api):
    person, pk = client("bj-agent"), first(api, "bj-agent", "order")
    for _again in range(2):
        assert send(person, f"/order/files/{pk}", ("a.png", PNG), json=True).status_code == 201
    assert len(api("bj-agent").get(f"/api/v1/order/{pk}/files")["result"]) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<html><script>alert(1)</script>", "不是图片"),
        ("photo.jpg", b"<html>", "不是图片"),
        ("void.png", b"", "空的"),
        ("big.png", PNG + b"0" * 9000, "20 MB"),
    ],
)
def test_what_is_not_taken_is_refused_in_words_and_changes_nothing(client, api, monkeypatch, name, content, words):  # noqa: PLR0917
    monkeypatch.setattr(files, "LARGEST", 9000)  # the test client leaves larger bodies open
    person, pk = client("bj-agent", "zh"), first(api, "bj-agent", "customer")
    before = api("bj-agent").get(f"/api/v1/customer/{pk}/files")["result"]
    answer = send(person, f"/customer/files/{pk}", ("good.png", PNG + b"1"), (name, content), json=True)
    assert answer.status_code == 400
    assert words in answer.json["message"]
    assert api("bj-agent").get(f"/api/v1/customer/{pk}/files")["result"] == before


def test_nobody_else_gets_a_byte(client, api):
    """Another agent's customer, another company, a role without the right, and an id guessed under another record."""
    mine, pk = client("bj-agent"), first(api, "bj-agent", "customer")
    url = send(mine, f"/customer/files/{pk}", ("mine.png", PNG + b"mine"), json=True).json["result"][0]["url"]
    assert mine.get(url, buffered=True).status_code == 200
    other = first(api, "bj-agent2", "customer")
    for user in ("bj-agent2", "sh-admin", "sh-agent"):
        assert client(user).get(url, buffered=True).status_code == 404, user
    number = url.rsplit("/", 1)[-1]
    assert client("bj-agent2").get(f"/customer/file/{other}/{number}").status_code == 404
    finance = client("bj-finance")
    assert finance.get(f"/customer/show/{pk}").status_code == 200  # the customer is his to see, its files are not
    assert finance.get(url, buffered=True).status_code == 403
    assert finance.get(f"/customer/files/{pk}").status_code == 403
    assert 'data-part="/customer/files' not in finance.get(f"/customer/show/{pk}").text
    assert client("bj-dispatch").post(f"{url}/remove").status_code in (400, 403, 404)
    assert mine.get(url, buffered=True).status_code == 200
    app = mine.application.test_client()
    assert app.get(url, buffered=True).status_code in (302, 401)


def test_reading_is_not_adding(client, api):
    """A dispatcher reads the files of customers, and cannot add or remove."""
    mine = client("bj-manager")
    pk = first(api, "bj-dispatch", "customer")
    url = send(mine, f"/customer/files/{pk}", ("ramp.png", PNG + b"ramp"), json=True).json["result"][0]["url"]
    reader = client("bj-dispatch")
    reader.look("/")
    assert reader.get(url, buffered=True).status_code == 200
    assert send(reader, f"/customer/files/{pk}", ("x.png", PNG + b"x"), json=True).status_code == 403
    assert reader.post_form(f"{url}/remove").status_code == 403


def test_files_by_rest(app, api):
    caller = api("bj-agent")
    pk = first(api, "bj-agent", "order")
    answer = caller.client.post(
        f"/api/v1/order/{pk}/files", data={"file": (io.BytesIO(PDF + b"rest"), "slip.pdf")}, headers=caller.headers
    )
    assert answer.status_code == 201
    number = answer.json["result"][0]["id"]
    assert caller.client.get(f"/api/v1/order/{pk}/files/{number}", headers=caller.headers, buffered=True).data == PDF + b"rest"
    caller.delete(f"/api/v1/order/{pk}/files/{number}")
    caller.get(f"/api/v1/order/{pk}/files/{number}", 404)
    paths = caller.get("/api/v1/openapi.json")["paths"]
    assert set(paths["/api/v1/order/{pk}/files"]) >= {"get", "post"}
    assert "/api/v1/customer/{pk}/files" not in api("bj-finance").get("/api/v1/openapi.json")["paths"]


@pytest.mark.feature("CON-04")
def test_a_file_of_the_same_name_is_the_next_version(client, api):
    person, caller = client("bj-agent", "en"), api("bj-agent")
    pk = first(api, "bj-agent", "contract")
    url = f"/contract/files/{pk}"
    made = [send(person, url, ("scan.pdf", PDF + bytes([n])), json=True).json["result"][0] for n in range(3)]
    assert [m["version"] for m in made] == [1, 2, 3]
    assert made[0]["by"]
    assert send(person, url, ("scan.pdf", PDF + bytes([2])), json=True).json["result"][0]["id"] == made[2]["id"], "not twice"
    page = person.get(url).text
    assert "Version 3" in page
    assert "2 earlier versions" in page
    for n, one in enumerate(made):
        assert person.get(one["url"], buffered=True).data == PDF + bytes([n]), "earlier ones stay openable"
    listed = caller.get(f"/api/v1/contract/{pk}/files")["result"]
    assert [(f["name"], f["version"]) for f in listed[:3]] == [("scan.pdf", 3), ("scan.pdf", 2), ("scan.pdf", 1)]
    person.look(f"/contract/show/{pk}")
    assert person.post_form(f"{made[1]['url']}/remove").status_code == 302
    assert [f["version"] for f in caller.get(f"/api/v1/contract/{pk}/files")["result"][:2]] == [3, 1], "a number is not given anew"
    again = send(person, url, ("scan.pdf", PDF + bytes([0])), json=True).json["result"][0]
    assert again["version"] == 4, "what an earlier one held may come again"


@pytest.mark.feature("CON-04")
def test_a_paper_is_framed_by_our_own_page_alone(client, api):
    person, pk = client("bj-agent"), first(api, "bj-agent", "contract")
    paper = send(person, f"/contract/files/{pk}", ("frame.pdf", PDF + b"frame"), json=True).json["result"][0]
    assert paper["look"] == "pdf"
    shown = person.get(f"{paper['url']}?view=1", buffered=True)
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    part = person.get(f"{paper['url']}?view=1", headers={"Range": "bytes=5-9"}, buffered=True)
    assert (part.status_code, part.data) == (206, (PDF + b"frame")[5:10])
    for other in ("bj-agent2", "sh-admin"):
        assert client(other).get(f"{paper['url']}?view=1", buffered=True).status_code == 404
    picture = send(person, f"/contract/files/{pk}", ("p.png", PNG + b"x"), json=True).json["result"][0]
    assert person.get(f"{picture['url']}?view=1", buffered=True).headers["X-Frame-Options"] == "DENY"


def noise(page, wide: int, high: int) -> bytes:
    """A picture that does not shrink by itself, made by the browser."""
    data = page.evaluate(
        """([wide, high]) => { const c = document.createElement("canvas"); c.width = wide; c.height = high; const p = c.getContext("2d");
        for (let n = 0; n < 9000; n++) {
            p.fillStyle = `rgb(${n % 255},${n * 7 % 255},${n * 13 % 255})`; p.fillRect(n * 37 % wide, n * 91 % high, 90, 70);
        }
        return c.toDataURL("image/jpeg", 1).split(",")[1]; }""",
        [wide, high],
    )
    return base64.b64decode(data)


@pytest.mark.feature("CON-04")
def test_a_photo_is_made_smaller_goes_up_and_is_looked_at(page, api):
    agent = page("bj-agent", "zh", 360, 740)
    customer, service = first(api, "bj-agent", "customer"), first(api, "bj-agent", "service")
    sent = {"customer": customer, "service": service, "starts_on": "2027-01-01"}
    pk = api("bj-agent").post("/api/v1/contract/", sent, 201)["id"]  # its files lie where the running program keeps them
    agent.goto(f"/contract/show/{pk}#files")
    agent.wait_for_selector("[data-camera]", state="attached")
    assert agent.get_attribute("[data-camera]", "capture") == "environment"
    photo = noise(agent, 4000, 3000)
    bars = agent.evaluate_handle(
        """() => { const seen = []; new MutationObserver(() => { if (document.querySelector(".sending progress")) seen.push(1); })
        .observe(document.body, { childList: true, subtree: true }); return seen; }"""
    )
    agent.set_input_files("[data-camera]", {"name": "image.jpg", "mimeType": "image/jpeg", "buffer": photo})
    agent.wait_for_selector(".files a[data-look=picture] img")
    assert agent.evaluate("(seen) => seen.length", bars), "a bar tells how far it is"
    (made,) = [f for f in api("bj-agent").get(f"/api/v1/contract/{pk}/files")["result"] if f["name"].startswith("照片 ")]
    assert made["size"] < len(photo) / 2
    link = agent.locator(".files a[data-look=picture]").first
    link.click()
    box = agent.locator("dialog.jh-look")
    expect(box).to_be_visible()
    until(agent, lambda: box.locator("img").evaluate("(one) => one.naturalWidth") == 2560)
    fits(agent)
    agent.keyboard.press("Escape")
    expect(box).to_have_count(0)
    assert link.evaluate("(one) => one === document.activeElement")
    desk = page("bj-agent", "en", 1366, 768)
    send_paper(desk, pk)
    if desk.evaluate("navigator.pdfViewerEnabled"):
        desk.locator(".files a[data-look=pdf]").first.click()
        frame = desk.locator("dialog.jh-look iframe")
        expect(frame).to_be_visible()
        desk.wait_for_timeout(400)  # what breaks the policy would complain by now


def send_paper(desk, pk) -> None:
    desk.goto(f"/contract/show/{pk}#files")
    desk.wait_for_selector("[data-drop] input[type=file]", state="attached")
    paper = written("Jiahe 1234")
    file = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": paper}
    desk.locator("[data-drop] input[type=file]").first.set_input_files(file)
    desk.wait_for_selector(".files a[data-look=pdf]")


def written(words: str) -> bytes:
    """A paper of one page."""
    text = f"BT /F1 40 Tf 40 140 Td ({words}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    made, places = b"%PDF-1.4\n", []
    for n, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (n, part)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    return made + b"xref\n0 6\n0000000000 65535 f \n%strailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (table, len(made))
