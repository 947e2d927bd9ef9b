"""A workflow drawn as SVG: states in columns by how far they are from the start, the present one lit."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

WIDTH, HEIGHT, GAP_X, GAP_Y = 96, 30, 36, 16


def columns(flow: Any) -> list[list[Any]]:
    """The states by their distance from the initial one."""
    level = {next(s for s in flow.states.values() if s.initial): 0}
    todo = list(level)
    while todo:
        state = todo.pop(0)
        for step in flow.steps.values():
            if state in step.sources and step.target not in level:
                level[step.target] = level[state] + 1
                todo.append(step.target)
    return [[s for s in flow.states.values() if level.get(s) == n] for n in range(max(level.values()) + 1)]


def diagram(flow: Any, now: str) -> Markup:
    """The flow with the present state lit; readers hear the same as a sentence."""
    made = columns(flow)
    at = {
        state: (x * (WIDTH + GAP_X) + 4, y * (HEIGHT + GAP_Y) + 8)
        for x, column in enumerate(made) for y, state in enumerate(column)
    }  # fmt: skip
    width = len(made) * (WIDTH + GAP_X) - GAP_X + 8
    height = max(len(c) for c in made) * (HEIGHT + GAP_Y) + 4
    parts = [
        (
            f'<svg class="jh-flow" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img" aria-label="{escape(flow.states[now].label)}">'
        ),
        (
            '<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
            '<path d="M0 0L6 3L0 6z" class="tip"/></marker></defs>'
        ),
    ]
    drawn: set[Any] = set()
    for step in flow.steps.values():
        for source in step.sources:
            if (source, step.target) in drawn or source is step.target:
                continue
            drawn.add((source, step.target))
            lit = " lit" if source.name == now else ""
            parts.append(f'<path class="arrow{lit}" marker-end="url(#tip)" d="{path(at[source], at[step.target])}"/>')
    for state, (x, y) in at.items():
        on = " on" if state.name == now else ""
        parts.append(
            f'<g class="node st-{state.tint}{on}"><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
            f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 4:g}" text-anchor="middle">{escape(state.label)}</text></g>'
        )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704


def path(a: tuple[float, float], b: tuple[float, float]) -> str:
    if b[0] > a[0]:
        x1, y1, x2, y2 = a[0] + WIDTH, a[1] + HEIGHT / 2, b[0], b[1] + HEIGHT / 2
        mid = (x1 + x2) / 2
        return f"M{x1:g} {y1:g}C{mid:g} {y1:g} {mid:g} {y2:g} {x2:g} {y2:g}"
    x1, y1, x2, y2 = a[0] + WIDTH / 2, a[1], b[0] + WIDTH / 2, b[1]
    if a[0] == b[0]:  # within a column: straight down or up
        return f"M{x1:g} {y1 + (HEIGHT if b[1] > a[1] else 0):g}L{x2:g} {y2 + (0 if b[1] > a[1] else HEIGHT):g}"
    return f"M{x1:g} {y1:g}C{x1:g} {y1 - 8:g} {x2:g} {y2 - 8:g} {x2:g} {y2:g}"  # back, over the top
