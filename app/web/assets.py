"""Static files: kept by browsers for good under an address that changes with their content, and sent small.

The version stands in the path, not behind a ``?``, so that scripts, fonts and styles that name each other by relative
addresses carry it as well.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory

FOREVER = "public, max-age=31536000, immutable"
SQUEEZED = (".css", ".js", ".svg")


def serve(app: Flask) -> None:
    """Serve the static folder under its version too."""
    app.add_url_rule("/static/v-<version>/<path:filename>", "asset", versioned)


def versioned(version: str, filename: str) -> Response:
    """A static file; an old version's address gets today's file, and is not to be kept."""
    folder = Path(current_app.static_folder or "")
    answer = send_from_directory(folder, filename, conditional=True)
    if version == stamp(folder):
        answer.headers["Cache-Control"] = FOREVER
    if filename.endswith(SQUEEZED):
        answer.headers["Vary"] = "Accept-Encoding"
        if answer.status_code == 200 and request.accept_encodings.quality("gzip"):
            answer.close()
            answer.direct_passthrough = False
            answer.set_data(squeezed(folder / filename))
            answer.headers["Content-Encoding"] = "gzip"
            answer.set_etag(f"{stamp(folder)}-gz")
    return answer


def asset(path: str) -> str:
    """The address of a static file."""
    return f"/static/v-{stamp(Path(current_app.static_folder or ''))}/{path}"


@cache
def stamp(folder: Path) -> str:
    """The version of everything in the folder: ten digits of a hash over names and contents."""
    seen = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        seen.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return seen.hexdigest()[:10]


@cache
def squeezed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
