"""One press changes every label of a list, a record, a form and what is printed; and a newcomer books without help."""

from __future__ import annotations

import re
import time

import pytest

from tests import harness
from tests.screens import speak, until

HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")
SAME = {"CSV", "VIP", "Ctrl", "Enter", "Esc", "Alt", "English", "Excel"}
# Labels, and not what a record holds: heads, terms, legends, tabs, buttons, doors; a service or a person is called as it is.
LABELS = """() => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) || one.closest("option, .sr-only");
  const parts = document.querySelectorAll(`th, dt, legend, label, .form-label, .form-hint, main h2, button, summary, .btn, .st, .at,
    .jh-rail a, .jh-tabs a, .rlabels label, form.rform h1, .list-head h1, select:not([data-lookup]) option`);
  const said = (one) => {
    const copy = one.cloneNode(true), data = "kbd, .cnt, .item, .row-link, .mask, select, input, textarea, output";
    copy.querySelectorAll(data).forEach((part) => part.remove());
    return copy.textContent.trim();
  };
  const apart = ".jh-top .who, [lang]:not(html), .jh-tl, .peek, .ts-dropdown, header summary, .tick";
  return [...parts].filter((one) => shown(one) && !one.closest(apart)).map(said).filter(Boolean)
    .concat([...document.querySelectorAll("main [placeholder]")].map((one) => one.placeholder).filter(Boolean));
}"""


@pytest.fixture
def truth(database):
    return harness.asking(database)


def strange(words: list[str], lang: str) -> set[str]:
    if lang == "en":
        return {w for w in words if HAN.search(w)}
    return {w for w in words if set(LATIN.findall(w)) - SAME}


@pytest.mark.feature("CLI-07")
def test_a_press_changes_every_label(page, truth):
    ((order,),) = truth("SELECT min(id) FROM \"order\" WHERE tenant_id = 2 AND state = 'done'")
    admin, left = page("bj-admin", "zh", 1366, 768), {}
    places = ("/order/list", f"/order/show/{order}", "/order/add", "/customer/add")
    for lang in ("zh", "en", "zh"):
        admin.goto(places[0])
        speak(admin, lang)
        assert admin.url.endswith(places[0]), "one stays where one is"
        for place in places:
            admin.goto(place)
            for media in ("screen", "print"):
                admin.emulate_media(media=media)
                words = admin.evaluate(LABELS)
                assert len(words) > 8, place
                if there := strange(words, lang):
                    left[lang, place, media] = there
    admin.emulate_media(media="screen")
    assert not left, left


class Counted:
    """A keyboard that counts: presses that move or decide, and characters that say something."""

    def __init__(self, page):
        self.page, self.presses, self.typed = page, 0, 0

    def press(self, key: str) -> None:
        self.presses += 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.typed += len(text)
        self.page.keyboard.type(text)


@pytest.mark.feature("CLI-08")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_newcomer_books_by_keyboard_alone(page, truth, lang, record_property):
    """From the home page, with what the screen itself says: Tab, Space, and the two keys that stand on it."""
    agent = page("bj-agent2", lang, 1366, 768)
    agent.goto("/")
    begun, keys, phone = time.monotonic(), Counted(agent), "1410066001" + "12"[lang == "en"]
    assert "Ctrl K" in agent.inner_text("header")
    keys.press("Control+k")
    agent.wait_for_selector(".jh-palette [role=option]")
    keys.type({"zh": "电话", "en": "phone"}[lang])
    agent.wait_for_timeout(100)
    assert agent.locator(".jh-palette [aria-selected=true]").inner_text().strip() in ("电话下单", "Phone order")
    keys.press("Enter")
    agent.wait_for_url("**/call/")
    agent.wait_for_selector("#f-phone:focus")
    keys.type(phone)
    keys.press("Enter")
    agent.wait_for_selector("[name=name]:focus")
    keys.type("韩雪梅")
    while not agent.evaluate("document.activeElement.name === 'service'"):
        keys.press("Tab")
        assert keys.presses < 40
    keys.press("Space")
    agent.wait_for_selector("#total:has-text('¥')")
    assert "Ctrl" in agent.inner_text("form.desk button[type=submit]")
    keys.press("Control+Enter")
    agent.wait_for_url("**/order/show/*")
    order = int(agent.url.rsplit("/", 1)[1])
    until(agent, lambda: truth('SELECT state FROM "order" WHERE id = %s', order) == [("placed",)])
    record_property("presses", keys.presses)
    record_property("typed", keys.typed)
    print(f"\n{lang}: {keys.presses} presses, {keys.typed} characters typed, {time.monotonic() - begun:.1f} s")
    assert keys.presses <= 12
    assert time.monotonic() - begun < 180
