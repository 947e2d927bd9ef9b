"""Real pages in headless Chromium. A page that logs an error, breaks the policy or calls another host fails."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest

from tests.harness import PASSWORD
from tests.people import META
from tools import browser as chromium

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--font-render-hinting=none",
]  # fmt: skip
LOCALES = {"zh": "zh-CN", "en": "en-US"}


@pytest.fixture(scope="session")
def browser():
    """One Chromium for this test process."""
    from playwright.sync_api import sync_playwright

    problem = chromium.install()
    if problem:
        pytest.fail(problem)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.chrome(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def forgiven() -> list[str]:
    """Words of console errors that this test expects: ``forgiven.append("409")``."""
    return []


def enter(requests, username: str, lang: str) -> None:
    """Log in, and choose the language, which stays with the person from one test to the next."""
    for look, url, form in (("/login/", "/login/", {"username": username, "password": PASSWORD}), ("/bell/", "/lang", {"lang": lang})):
        token = META.search(requests.get(look).text()).group(1)
        answer = requests.post(url, form=form | {"csrf_token": token}, max_redirects=0)
        assert answer.status == 302, f"{username} could not log in: {answer.status}"


def by_hand(page, username: str) -> None:
    """Log in as a person does."""
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("form:has([name=password]) [type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


@pytest.fixture
def page(browser, live, forgiven):
    """``page("bj-agent", "zh", 1280, 800)`` is an empty page of whoever has logged in; ``page(None, "en", 360)`` is nobody's.

    The login goes round the screen, which has tests of its own: a screen costs what ten requests do.
    At the end of the test every complaint of every page fails it.
    """
    complaints: list[str] = []
    contexts = []

    def complain(text: str) -> None:
        if not any(word in text for word in forgiven):
            complaints.append(text)

    def listen(message) -> None:
        if message.type == "error":
            complain(f"console: {message.text} ({message.location.get('url')})")

    def watch(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            complaints.append(f"a request left the machine: {request.url}")

    def open_page(username: str | None = None, lang: str = "zh", width: int = 1280, height: int = 800):
        context = browser.new_context(
            base_url=live.url, locale=LOCALES[lang], viewport={"width": width, "height": height},
            timezone_id="Asia/Shanghai", extra_http_headers={"Accept-Language": LOCALES[lang]},
            has_touch=width < 600,
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("request", watch)
        made = context.new_page()
        # A broken security policy is reported on the console as an error too.
        made.on("console", listen)
        made.on("pageerror", lambda error: complain(f"script: {error}"))
        if username:
            enter(context.request, username, lang)
        return made

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def speak(page, lang: str) -> None:
    """Choose the language as a person does, with the button in the bar."""
    if not (page.get_attribute("html", "lang") or "").startswith(lang):
        page.locator("form[action='/lang'] button[name=lang]").first.evaluate("button => button.click()")  # in a menu on a phone
        until(page, lambda: (page.get_attribute("html", "lang") or "").startswith(lang))


def until(page, true, seconds: float = 8) -> None:
    """Wait for something on a page. (The page's own policy forbids the waiting that needs ``eval``.)"""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not happen on {page.url}"
        page.wait_for_timeout(60)
