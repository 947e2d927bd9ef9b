"""axe-core in a page of the browser: what bars people who see, hear or move less. The file stands in ``tests/vendor``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

AXE = Path(__file__).resolve().parent / "vendor" / "axe-core" / "axe.min.js"
CALM = "document.getAnimations().forEach((one) => one.finish())"  # a colour half-way between two is nobody's choice


@cache
def source() -> str:
    return AXE.read_text(encoding="utf-8")


def barriers(page, options: dict | None = None, within: str = "") -> list[str]:
    """The violations on a page as it stands, a line for each element. The page's policy forbids scripts, so the debugger puts it in."""
    if not page.evaluate("Boolean(window.axe)"):
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": source() + ";0"})
        session.detach()
    page.evaluate(CALM)
    where = within or "document"
    script = f"async (options) => (await axe.run({where}, {{resultTypes: ['violations'], ...options}})).violations"
    found = page.evaluate(script, options or {})
    return [
        f"{v['impact']} {v['id']}: {node['target'][0]} {node['html'][:160]} {' '.join(node.get('failureSummary', '').split())[:200]}"
        for v in found for node in v["nodes"][:4]
    ]  # fmt: skip
