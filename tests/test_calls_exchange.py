"""An Asterisk manager interface on loopback: what it says becomes calls, what agents ask becomes its actions."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from sqlalchemy import select

from app.extensions import db
from app.integrations import telephone
from app.integrations.asterisk import Calls, Exchange, number_of, single
from app.jobs import exchange as job
from app.models.telephone import PhoneCall
from tests.acting import as_program
from tests.calling import Exchange as Line
from tests.calling import customer_of, end_all
from tests.test_calls import card, sound

ANSWERED = """Event: Newchannel
Channel: PJSIP/trunk-0000000a
CallerIDNum: {caller}
Context: from-trunk
Exten: {line}
Uniqueid: {ref}
Linkedid: {ref}

Event: Newchannel
Channel: PJSIP/{extension}-0000000b
CallerIDNum: {extension}
Exten:
Uniqueid: {ref}9
Linkedid: {ref}

Event: DialBegin
Channel: PJSIP/trunk-0000000a
CallerIDNum: {caller}
Uniqueid: {ref}
Linkedid: {ref}
DestChannel: PJSIP/{extension}-0000000b
DestLinkedid: {ref}
DialString: {extension}

Event: DialEnd
Uniqueid: {ref}
Linkedid: {ref}
DestChannel: PJSIP/{extension}-0000000b
DialStatus: ANSWER

Event: VarSet
Channel: PJSIP/trunk-0000000a
Variable: MIXMONITOR_FILENAME
Value: {path}
Uniqueid: {ref}
Linkedid: {ref}

"""
ENDED = """Event: Hangup
Channel: PJSIP/{extension}-0000000b
Uniqueid: {ref}9
Linkedid: {ref}
Cause: 16

Event: Hangup
Channel: PJSIP/trunk-0000000a
Uniqueid: {ref}
Linkedid: {ref}
Cause: 16
Cause-txt: Normal Clearing

"""


class Asterisk:
    """The server's end of the protocol: banner, login, events, and the actions it was sent."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.actions: list[dict[str, str]] = []
        self.lines: list[socket.socket] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                line, _who = self.server.accept()
            except OSError:
                return
            self.lines.append(line)
            threading.Thread(target=self.hear, args=(line,), daemon=True).start()

    def hear(self, line):
        line.sendall(b"Asterisk Call Manager/11.0.0\r\n")
        told: dict[str, str] = {}
        with line.makefile("rb") as read:
            for raw in read:
                if text := raw.decode().strip():
                    name, _is, value = text.partition(": ")
                    told[name] = value
                    continue
                self.actions.append(told)
                if told["Action"] == "Login":
                    good = told.get("Secret") == "crm-secret"
                    words = "Success\r\nMessage: Authentication accepted" if good else "Error\r\nMessage: Authentication failed"
                    line.sendall(f"Response: {words}\r\n\r\n".encode())
                told = {}

    def say(self, text: str):
        self.lines[-1].sendall(text.replace("\n", "\r\n").encode())

    def close(self):
        self.server.close()
        for line in self.lines:
            line.close()


def wait(true, seconds: float = 8):
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.03)
    return found


@pytest.fixture
def line(app, client):
    yield Line(app, client("bj-admin"))
    end_all(app)


@pytest.fixture
def asterisk(app, tmp_path, monkeypatch):
    made, stop = Asterisk(), threading.Event()
    monkeypatch.setitem(app.config, "PBX_RECORDINGS", str(tmp_path))

    def listen():
        with app.app_context():
            job.run(f"ami://crm:crm-secret@127.0.0.1:{made.port}/?tenant=2", stop)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    wait(lambda: made.lines and any(a["Action"] == "Login" for a in made.actions))
    yield made
    stop.set()
    thread.join(5)
    made.close()
    assert not thread.is_alive()


def call_of(app, ref: str):
    with app.app_context():
        with as_program(db.session):
            call = db.session.scalars(select(PhoneCall).where(PhoneCall.ref == ref)).first()
            found = call and (call.id, call.result, call.recording)
        db.session.remove()
    return found


@pytest.mark.feature("CALL-01", "CALL-03")
def test_a_call_through_the_exchange_pops_is_kept_and_files_its_recording(app, client, asterisk, line, tmp_path):
    phone, _pk, name = customer_of(app, "bj-agent")
    path = tmp_path / "call.wav"
    path.write_bytes(sound())
    facts = {"caller": phone, "line": line.number, "extension": line.extension, "ref": f"{int(time.time())}.71", "path": path}
    asterisk.say(ANSWERED.format(**facts))
    pk, _result, _recording = wait(lambda: (f := call_of(app, facts["ref"])) and f[1] == "talking" and f)
    assert name in card(client("bj-agent"), pk)
    asterisk.say(ENDED.format(**facts))
    wait(lambda: call_of(app, facts["ref"]) == (pk, "answered", True))
    with client("bj-agent").get(f"/phone_call/recording/{pk}") as heard:
        assert heard.data == path.read_bytes()


def test_it_takes_no_file_from_elsewhere_and_no_line_that_is_not_the_companys(app, client, asterisk, line, tmp_path):
    other = Line(app, client("sh-admin"), "sh-agent")
    facts = {"caller": "14300770801", "extension": line.extension, "path": "/etc/passwd"}
    mine, theirs = f"{int(time.time())}.81", f"{int(time.time())}.82"
    for ref, number in ((theirs, other.number), (mine, line.number)):
        asterisk.say(ANSWERED.format(**facts, line=number, ref=ref) + ENDED.format(**facts, ref=ref))
    found = wait(lambda: (f := call_of(app, mine)) and f[1] == "answered" and f)
    assert found[2] is False
    assert call_of(app, theirs) is None


def test_click_to_dial_and_a_transfer_become_actions(app, client, asterisk, line):
    with app.app_context():
        wait(lambda: telephone.connected(2))
    facts = {"caller": "14300770802", "line": line.number, "extension": line.extension, "ref": f"{int(time.time())}.91", "path": ""}
    asterisk.say(ANSWERED.format(**facts))
    pk = wait(lambda: call_of(app, facts["ref"]))[0]
    agent = client("bj-agent")
    agent.look("/bell/")
    assert agent.post_form("/calls/dial", number="138 0000 0001").json["done"] is True
    made = wait(lambda: next((a for a in asterisk.actions if a["Action"] == "Originate"), None))
    assert (made["Channel"], made["Exten"]) == (f"PJSIP/{line.extension}", "13800000001")
    other = next(e for e in line.extensions.values() if e != line.extension)
    assert agent.post_form(f"/calls/transfer/{pk}", extension=other).status_code == 200
    put = wait(lambda: next((a for a in asterisk.actions if a["Action"] == "Redirect"), None))
    assert (put["Channel"], put["Exten"]) == ("PJSIP/trunk-0000000a", other)
    asterisk.say(ENDED.format(**facts))


def test_a_lost_exchange_is_called_again(app, asterisk, monkeypatch):
    monkeypatch.setattr(job, "AGAIN", 0.05)
    asterisk.lines[-1].shutdown(socket.SHUT_RDWR)
    wait(lambda: sum(a["Action"] == "Login" for a in asterisk.actions) >= 2, 10)


def test_without_an_exchange_the_page_dials_by_itself(app, client):
    from app.extensions import store

    with app.app_context():
        store().delete(telephone.alive(2))
    agent = client("bj-agent")
    agent.look("/bell/")
    assert agent.post_form("/calls/dial", number="13800000001").json["done"] is False


def test_the_words_of_the_exchange_are_read_with_care():
    assert [number_of(c) for c in ("PJSIP/801-0000002a", "SIP/802-1f", "Local/803@from-internal-1;2", "nonsense", "PJSIP/8;x-1")] == [
        "801", "802", "803", "", "",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="one line"):
        single("801\r\nAction: Command")
    with pytest.raises(ValueError, match="PBX_URL"):
        Exchange.of("http://x/")
    assert Exchange.of("ami://a:b%40c@pbx:5039/?tenant=2&technology=SIP").secret == "b@c"
    assert list(Calls().words({"Event": "Hangup", "Linkedid": "1", "Uniqueid": "1"})) == []


def test_a_rehearsal_ring_from_the_command_line(app, line):
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["ring", line.extension, "14300770803"])
    assert answer.exit_code == 0, answer.output
    assert call_of(app, answer.output.strip())[1] == "ringing"
    assert runner.invoke(args=["ring", "99999", "14300770803"]).exit_code == 1
