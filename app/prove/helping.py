"""Help: of a type of record only what its reader may see of it; and diagnostics, which tell administrators nothing of people."""

from __future__ import annotations

from app.prove.channels import probe
from app.prove.people import Actor
from app.prove.reading import best
from app.prove.reference import MASKED
from app.prove.world import World, denied


@probe("help", "GET /help/", "GET /help/<table>", "GET /help/diagnostics", "GET /help/diagnostics.txt")
def helping(world: World, actor: Actor) -> None:
    """Types that are not there for one are not explained, and a custom field of which one sees no cell is not named."""
    world.ask(actor, "/help/")
    for model in world.models:
        url = f"/help/{model.__tablename__}"
        answer = world.ask(actor, url)
        opened = world.opened(actor, model)
        world.check(actor, (answer.status_code == 200) == opened, f"{model.__name__} answers {answer.status_code}", url)
        if not opened:
            continue
        text = answer.get_data(as_text=True)
        for name, field in world.fields(actor, model).items():
            if field.added:
                hidden = best(world, actor, model, name) < MASKED
                world.check(actor, not hidden or str(field.label) not in text, f"{model.__name__} {name} is named", url)
    cares = bool({"admin", "head_office"} & set(actor.roles))
    for url in ("/help/diagnostics", "/help/diagnostics.txt"):
        answer = world.ask(actor, url)
        world.check(actor, (answer.status_code == 200) == cares, f"answers {answer.status_code}", url)
        world.check(actor, cares or denied(answer), "is not refused", url)
