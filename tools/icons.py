"""Cut the icon font down to the icons in use: ``make icons`` after using a new one. The whole font is 500 KB, a phone needs 10.

The whole font and its stylesheet stand in ``tools/icons``; what is served is written to ``app/static/vendor/icons``.
"""

from __future__ import annotations

import re
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parent.parent
WHOLE, SERVED = ROOT / "tools/icons", ROOT / "app/static/vendor/icons"
RULE = re.compile(r'\.ti-([a-z0-9-]+):before\{content:"\\([0-9a-f]+)"\}')
HEAD = (
    '@font-face{font-family:"tabler-icons";font-style:normal;font-weight:400;font-display:block;'
    'src:url("./fonts/tabler-icons.woff2") format("woff2")}'
    '.ti{font-family:"tabler-icons"!important;speak:none;font-style:normal;font-weight:normal;font-variant:normal;'
    "text-transform:none;line-height:1;-webkit-font-smoothing:antialiased;-moz-osx-font-smoothing:grayscale}"
)


def known() -> dict[str, str]:
    """Every icon there is: name -> code point in hex."""
    return dict(RULE.findall((WHOLE / "tabler-icons.min.css").read_text()))


def used(names: set[str]) -> set[str]:
    """The icons that the program names: ``ti-lock`` anywhere, and any quoted icon's name in a template (``"lock" if ...``)."""
    found: set[str] = set()
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("app/**/*.html"), *ROOT.glob("app/static/*.js")]:
        text = path.read_text()
        found |= set(re.findall(r"\bti-([a-z0-9-]+)", text))
        if path.suffix == ".html":
            found |= set(re.findall(r"[\"']([a-z0-9-]+)[\"']", text))
    return found & names


def main() -> None:
    icons = known()
    chosen = {name: icons[name] for name in sorted(used(set(icons)))}
    options = subset.Options(flavor="woff2", layout_features=[], notdef_outline=False, hinting=False)
    font = subset.load_font(str(WHOLE / "tabler-icons.woff2"), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[int(code, 16) for code in chosen.values()])
    cutter.subset(font)
    (SERVED / "fonts").mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(SERVED / "fonts/tabler-icons.woff2"), options)
    rules = "".join(f'.ti-{name}:before{{content:"\\{code}"}}' for name, code in chosen.items())
    (SERVED / "tabler-icons.min.css").write_text(HEAD + rules + "\n")
    print(f"{len(chosen)} of {len(icons)} icons, {(SERVED / 'fonts/tabler-icons.woff2').stat().st_size} bytes")


if __name__ == "__main__":
    main()
