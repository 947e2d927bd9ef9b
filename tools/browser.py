"""Make sure that the browser tests find Chromium and a Chinese font; on Debian as root, install them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chrome() -> str | None:
    """Return the path of the browser: CHROME if it is set, else the first one found."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("CHROME") or next(filter(None, found), None)


def has_chinese() -> bool:
    """Tell whether a font can draw Chinese; without one every character is a box."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], check=False, capture_output=True).stdout)


def missing() -> list[str]:
    """Return the Debian packages that would bring what is not there."""
    return ([] if chrome() else ["chromium"]) + ([] if has_chinese() else ["fontconfig", "fonts-wqy-microhei"])


def install() -> str:
    """Install what is missing, if this is Debian and we are root. Returns in words what is missing still."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        print("installing " + " ".join(wanted), file=sys.stderr)
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
            subprocess.run(["apt-get", *command], check=False, env=env, **quiet)
    left = missing()
    return f"the browser tests need: sudo apt-get install {' '.join(left)}" if left else ""


if __name__ == "__main__":
    sys.exit(install() or 0)
