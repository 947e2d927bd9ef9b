"""Settings as packages: their pages hold no record, and open to administrators of the company alone."""

from __future__ import annotations

import io

from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.world import World, denied

EMPTY = {"format": "jiahe-settings", "version": 1, "settings": {}}


@probe("settings", "GET /settings/", "GET /settings/history", "GET /settings/published/<code>", "GET /settings/offer/<code>",
       "GET /api/v1/settings/", "POST /settings/export", "POST /settings/import", "POST /settings/import/do", "POST /settings/publish",
       "POST /settings/history/<int:pk>/undo", "POST /settings/batch/<batch>/undo", "POST /settings/offer/<code>",
       "POST /api/v1/settings/import", late=True)  # fmt: skip
def settings(world: World, actor: Actor) -> None:
    """Nothing is read, moved or published by anybody else; nothing is published by a franchise."""
    may = "admin" in actor.roles or actor.everywhere
    for url in ("/settings/", "/settings/history", "/api/v1/settings/"):
        answer = world.ask(actor, url)
        world.check(actor, (answer.status_code == 200) == may, f"answers {answer.status_code}", url)
    for url in ("/settings/published/none", "/settings/offer/none"):
        answer = world.ask(actor, url)
        world.check(actor, denied(answer) or answer.status_code == 404, f"answers {answer.status_code}", url)
    file = {"file": (io.BytesIO(b"{}"), "prove.json")}
    for url, sent in (("/settings/export", {}), ("/settings/import", file), ("/settings/import/do", {"token": "none"}),
                      ("/settings/publish", {"name": "prove"}), ("/settings/history/999999/undo", {}), ("/settings/batch/none/undo", {}),
                      ("/settings/offer/none", {})):  # fmt: skip
        answer = world.ask(actor, url, "POST", data=sent)
        good = denied(answer) or (may and answer.status_code in (400, 404))
        world.check(actor, good, f"answers {answer.status_code}", url)
    answer = world.ask(actor, "/api/v1/settings/import", "POST", json={"package": EMPTY, "dry_run": True})
    world.check(actor, (answer.status_code == 200) == may, f"answers {answer.status_code}", "/api/v1/settings/import")
