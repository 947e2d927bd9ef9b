"""Real pages in headless Chromium. A page that logs an error, breaks the policy or calls another host fails."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.harness import PASSWORD
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


@pytest.fixture
def page(browser, live, forgiven):
    """``page("bj-agent", "zh", 1280, 800)`` is a page that has logged in; ``page(None, "en", 360)`` nobody's.

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
            made.goto("/login/")
            made.fill("[name=username]", username)
            made.fill("[name=password]", PASSWORD)
            made.click("form:has([name=password]) [type=submit]")
            made.wait_for_url(lambda url: "/login" not in url)
        return made

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)
