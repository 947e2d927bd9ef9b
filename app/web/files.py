"""The files of a record, and its signatures: taken in, listed and sent, by page and by REST alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from werkzeug.wsgi import wrap_file

from app.engine import policy
from app.engine.current import trusted
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.files import PDF, TARGET, Attachment, attach, attachments, newest
from app.engine.present import label
from app.engine.record import record_named
from app.engine.rules import Level
from app.engine.signatures import taken as signatures
from app.extensions import db, storage
from app.web.cells import moment

KB = 1024
FRAMED = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"  # no viewer runs in a sandbox


def taken(record: Any) -> list[Attachment]:
    """Attach every file of the request, or none of them. The caller commits."""
    files = [f for f in request.files.getlist("file") if f.filename]
    if not files:
        raise Refused(_("Choose a file first."))
    try:
        return [attach(db.session, storage(), record, str(f.filename), f.stream) for f in files]  # type: ignore[arg-type]
    finally:
        for file in files:
            file.close()


def files_context(record: Any) -> dict[str, Any]:
    """What ``parts/files.html`` shows."""
    has = policy.part(record, TARGET)
    there = attachments(db.session, record)
    told = {f["id"]: f for f in described_files(record, there)}
    return {
        "files": [told[a.id] | {"earlier": [told[e.id] for e in earlier]} for a, earlier in newest(there)],
        "can_remove": has == Level.WRITE,
        "can_attach": has >= Level.FILL, "files_url": f"/{type(record).__tablename__}/files/{record.id}",
    }  # fmt: skip


def described_files(record: Any, files: list[Attachment]) -> list[dict[str, Any]]:
    """Files as pages and REST tell of them; sizes in bytes and in words, and who attached each."""
    staff, wanted = record_named("staff"), {f.created_by for f in files if f.created_by}
    with trusted("files"):  # whoever sees a file sees who brought it
        found = db.session.execute(select(staff.id, staff.name).where(staff.id.in_(wanted))) if wanted else ()
        people = {pk: name for pk, name in found}  # noqa: C416  # rows are no pairs to the type checker
    return [described_file(record, f, people.get(f.created_by, "")) for f in files]


def described_file(record: Any, file: Attachment, by: str) -> dict[str, Any]:
    size = f"{file.size / KB / KB:.1f} MB" if file.size >= KB * KB else f"{max(1, round(file.size / KB))} KB"
    look = "picture" if file.kind.startswith("image/") and file.kind != "image/heic" else "pdf" if file.kind == PDF else ""
    return {
        "id": file.id, "name": file.name, "kind": file.kind, "size": file.size, "size_text": size, "at": moment(file.created_at), "by": by,
        "version": file.edition, "look": look, "url": f"/{type(record).__tablename__}/file/{record.id}/{file.id}",
    }  # fmt: skip


def sent(file: Attachment) -> Response:
    """The content, by ranges where asked. The page of another site, or a script inside the file, gets nothing from it."""
    content = storage().open(file.key)
    answer = Response(wrap_file(request.environ, content), mimetype=file.kind, direct_passthrough=True)
    answer.call_on_close(content.close)
    answer.content_length = file.size
    answer.set_etag(file.sha256)
    paper = file.kind == PDF and "view" in request.args  # shown by the browser's own viewer, in a frame of our page alone
    how = "inline" if (file.shown or paper) and not request.args.get("download") else "attachment"
    answer.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(file.name, safe='')}"
    answer.headers["Content-Security-Policy"] = FRAMED if paper else "default-src 'none'; sandbox"
    if paper:
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.make_conditional(request, accept_ranges=True, complete_length=file.size)
    return answer


def drawn(record: Any, sections: list[dict[str, Any]]) -> None:
    """Let signatures be seen, with who took them and when: one query, and only where there is one."""
    there = [(s["cells"], n) for s in sections for n, (f, c) in enumerate(s["cells"]) if f["kind"] == "signature" and c.url]
    if not there:
        return
    pictures, staff, fields = signatures(db.session, record), record_named("staff"), fields_of(type(record))
    for cells, n in there:
        field, one_ = cells[n]
        if picture := pictures.get(fields[field["name"]].read(record, field["name"])):
            person = db.session.get(staff, picture.created_by) if picture.created_by else None
            said = f"{label(person) if person else _('System')} · {moment(picture.created_at)}"
            cells[n] = field, replace(one_, raw=said, look="signature")
