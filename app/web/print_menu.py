"""What an administrator puts into a template from a menu: each entry is a word and the text that it inserts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.fields import Link, fields_of
from app.engine.printing.names import children
from app.engine.record import STAMPS

FOOT = (
    '<footer><table widths="70 30" lines="none"><tr><td>{{ print.company }} · {{ print.by }} · {{ print.at }}</td>'
    '<td align="right">{{ print.page }} / {{ print.pages }}</td></tr></table></footer>\n'
)
GRID = '<table widths="30 70">\n<tr><th>…</th><td>…</td></tr>\n</table>\n'
BLOCKS = (
    (_("Company name"), "{{ print.company }}"), (_("QR: address of the record"), "{{ print.url | qr(25) }}"),
    (_("QR: signed, shows that it is ours"), "{{ print.signed | qr(25) }}"), (_("Footer with page n of m"), FOOT),
    (_("Date printed"), "{{ print.at }}"), (_("Printed by"), "{{ print.by }}"), (_("Caption of the copy"), "{{ print.copy }}"),
    (_("Heading"), "<h1>…</h1>\n"), (_("Table"), GRID), (_("Line across"), "<hr>\n"), (_("Space"), '<gap mm="5">\n'),
    (_("Page break"), "<newpage>\n"), (_("Only if"), "{% if  %}\n{% else %}\n{% endif %}\n"),
    (_("Words in English on English prints"), '{{ "…" | en("…") }}'),
)
Group = tuple[str, list[tuple[str, str]]]


def menu(model: Any) -> list[Group]:
    """Groups of entries: blocks, fields, rows of children, and the fields behind links."""
    made: list[Group] = [
        (str(_("Blocks")), [(str(word), text) for word, text in BLOCKS]), (str(_("Fields")), fields(model, "")),
        (str(_("Tables of rows")), [(str(c.__plural__ or c.__label__), rows(w, c, link)) for w, (c, link) in children(model).items()]),
    ]  # fmt: skip
    for name, field in links(model):
        target = field.target(model, name)
        made.append((str(field.label), fields(target, f"{name}.")))
        if name not in STAMPS:
            for further, beyond in [(n, f) for n, f in links(target) if n not in STAMPS]:
                made.append((f"{field.label} › {beyond.label}", fields(beyond.target(target, further), f"{name}.{further}.")))
    return [group for group in made if group[1]]


def links(model: Any) -> list[tuple[str, Any]]:
    return [(n, f) for n, f in fields_of(model).items() if isinstance(f, Link)]


def fields(model: Any, before: str) -> list[tuple[str, str]]:
    known = [(n, str(f.label), " | picture(40)" if f.kind(model, n) == "signature" else "") for n, f in fields_of(model).items()]
    return [(word, f"{{{{ {before}{n}{how} }}}}") for n, word, how in known]


def rows(word: str, child: Any, link: str) -> str:
    """A table of the rows that point here: a head, and a line for each."""
    names = [n for n in fields_of(child) if n != link and n not in STAMPS][:5]
    heads = "".join(f"<th>{fields_of(child)[n].label}</th>" for n in names)
    cells = "".join(f"<td>{{{{ line.{n} }}}}</td>" for n in names)
    return f"<table>\n<tr>{heads}</tr>\n{{% for line in {word} %}}\n<tr>{cells}</tr>\n{{% endfor %}}\n</table>\n"
