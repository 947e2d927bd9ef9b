"""Where files lie. One small interface, so that a folder of one machine can become a store that many machines share."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from app.engine.clock import now
from app.engine.errors import Missing

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was put: the key that finds it again, its size in bytes, and the SHA-256 of its content."""

    key: str
    size: int
    sha256: str


class Storage(Protocol):
    """Files by key. Whoever asks has been judged already: rights are not the storage's business."""

    def put(self, tenant: int, stream: BinaryIO) -> Stored: ...

    def open(self, key: str) -> BinaryIO: ...

    def drop(self, key: str) -> None: ...


class Folder:
    """Files in a folder that no web server serves: ``<tenant>/<year>/<month>/<random>``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, tenant: int, stream: BinaryIO) -> Stored:
        """Keep what the stream holds. It is whole on disk, under its final name, before this returns."""
        key = f"{tenant}/{now():%Y/%m}/{secrets.token_hex(16)}"
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part, seen, size = path.with_suffix(".part"), hashlib.sha256(), 0
        with part.open("xb") as file:
            while piece := stream.read(PIECE):
                file.write(piece)
                seen.update(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return Stored(key, size, seen.hexdigest())

    def open(self, key: str) -> BinaryIO:
        """The content. Raises ``Missing`` when the file is gone."""
        path = (self.root / key).resolve()
        if not path.is_relative_to(self.root.resolve()) or not path.is_file():
            raise Missing
        return path.open("rb")

    def drop(self, key: str) -> None:
        (self.root / key).unlink(missing_ok=True)
