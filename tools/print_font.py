"""Cut the font of prints down: ``python tools/print_font.py NotoSansSC_400Regular.ttf`` (npm: @expo-google-fonts/noto-sans-sc).

All letters stay; what only screens and vertical text need goes, and so do other shapes of the same letter.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

SERVED = Path(__file__).resolve().parent.parent / "app/engine/printing/fonts/NotoSansSC-Regular.ttf"


def main(whole: str) -> None:
    dropped = ["GSUB", "GPOS", "GDEF", "VORG", "vhea", "vmtx", "BASE", "STAT"]
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, glyph_names=False, drop_tables=dropped)
    font = subset.load_font(whole, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(font.getBestCmap()))
    cutter.subset(font)
    subset.save_font(font, str(SERVED), options)
    print(f"{len(font.getBestCmap())} letters, {SERVED.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
