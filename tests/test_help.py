"""Help inside the product, sample data that says what it is, and diagnostics that find what is broken."""

from __future__ import annotations

import pytest

from tests.shaping import dialect


@pytest.mark.feature("LOW-08")
@pytest.mark.parametrize(
    ("lang", "title", "field"), [("zh", "接电话下单", "服务地址"), ("en", "Take an order on the phone", "Service address")]
)
def test_an_agent_finds_the_guide_and_what_an_order_is_made_of(client, lang, title, field):
    agent = client("bj-agent", lang)
    index = agent.look("/help/").text
    assert title in index
    assert ("示例公司" if lang == "zh" else "sample company") in index
    assert 'href="/help/order"' in index
    assert "/help/diagnostics" not in index, "that is for administrators"
    order = agent.look("/help/order").text
    assert field in order
    assert ("单位成本" if lang == "zh" else "Unit cost") not in order, "what one may not read is not explained either"
    assert 'class="jh-flow"' in order, "its course is drawn"
    assert ("单位成本" if lang == "zh" else "Unit cost") in client("bj-admin", lang).look("/help/order").text


@pytest.mark.feature("LOW-08")
def test_what_one_may_not_open_has_no_help(client):
    dispatcher = client("bj-dispatch", "zh")
    assert 'href="/help/receipt"' not in dispatcher.look("/help/").text
    assert dispatcher.get("/help/receipt").status_code == 404
    assert dispatcher.get("/help/nothing").status_code == 404
    assert client().get("/help/").status_code == 302


@pytest.mark.feature("LOW-08")
def test_a_field_of_ones_own_is_explained_with_its_help(client, fresh_db):
    admin = client("bj-admin", "en")
    dialect(admin, help="与客户说话用", help_en="Spoken with the customer")
    page = admin.look("/help/worker").text
    assert "Dialect" in page
    assert "Spoken with the customer" in page
    assert "Cantonese" in page


@pytest.mark.feature("LOW-08")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_diagnostics_say_what_is_broken_and_what_to_do(app, client, lang, monkeypatch, tmp_path):
    admin = client("bj-admin", lang)
    for url in ("/help/diagnostics", "/help/diagnostics.txt"):
        assert client("bj-agent", lang).get(url).status_code == 403
        assert admin.get(url).status_code == 200
    page = admin.look("/help/diagnostics").text
    assert ("请设置 SMTP_URL" if lang == "zh" else "Set SMTP_URL") in page
    assert ("可写入" if lang == "zh" else "can be written") in page
    blocked = tmp_path / "files"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setitem(app.config, "FILES", str(blocked))
    assert ("腾出空间" if lang == "zh" else "Make room") in admin.look("/help/diagnostics").text
    text = admin.get("/help/diagnostics.txt").get_data(as_text=True)
    assert "Database: PostgreSQL" in text
    assert "Sample data: this is a sample company" in text
    assert not any("一" <= c <= "鿿" for c in text), "the text for whoever helps is English"
