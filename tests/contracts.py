"""Contracts as tests make and sign them."""

from __future__ import annotations

import re

from app.engine.clock import today
from app.extensions import db
from app.models.signing import ContractSignature
from app.prove.forming import png
from app.web import links
from tests.acting import as_program

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
DIGEST = re.compile(r'name="digest" value="([^"]+)"')
THREE = "居家照护三方合同"


def of_template(truth, name: str = THREE, tenant: int = 2) -> int:
    return truth("SELECT id FROM contract_template WHERE tenant_id = %s AND name = %s", tenant, name)[0][0]


def carer(truth, n: int = 0) -> int:
    return truth("SELECT id FROM worker WHERE tenant_id = 2 AND active = 'working' ORDER BY id OFFSET %s LIMIT 1", n)[0][0]


def from_template(caller, truth, *, worker: bool = True, name: str = THREE, **more) -> dict:
    """A draft of the agent's, made from a template, begun today. Its price is below every tier."""
    customer = caller.get("/api/v1/customer/", size=1)["result"][0]["id"]
    sent = {"customer": customer, "template": of_template(truth, name), "starts_on": str(today())}
    if worker:
        sent["worker"] = carer(truth)
    return caller.post("/api/v1/contract/", sent | more, 201)["result"]


def to_sign(caller, truth, **more) -> dict:
    made = from_template(caller, truth, **more)
    return caller.post(f"/api/v1/contract/{made['id']}/submit")["result"]


def link(app, truth, pk: int, party: str = "customer") -> str:
    """The address of the newest open link of a party."""
    ((found,),) = truth(
        "SELECT max(id) FROM contract_signature WHERE contract_id = %s AND party = %s AND standing = 'waiting'", pk, party
    )
    with app.app_context():
        with as_program(db.session):
            made = links.link_to("sign", db.session.get(ContractSignature, found))
        db.session.remove()
    return made


def ask(person, pk: int, party: str = "customer") -> None:
    person.look("/account/password")
    assert person.post_form(f"/contract/signing/{pk}/{party}").status_code == 302


def read(phone, address: str) -> tuple[str, str]:
    """The page, and the hash of the words it shows."""
    answer = phone.get(address)
    assert answer.status_code == 200, answer.text[:500]
    if found := TOKEN.search(answer.text):
        phone.token = found.group(1)
    return answer.text, (DIGEST.search(answer.text) or [None, ""])[1]


def sign(phone, address: str, name: str = "王秀兰", **more):
    _text, digest = read(phone, address)
    form = {"name": name, "picture": png(5), "digest": digest, "agreed": "1"} | more
    return phone.post_form(f"{address}/sign", **form)


def sign_all(app, client, truth, pk: int) -> None:
    """Both parties by link."""
    for party in ("customer", "worker"):
        ask(client("bj-agent"), pk, party)
        answer = sign(client(), link(app, truth, pk, party))
        assert answer.status_code == 302, answer.text[:800]
