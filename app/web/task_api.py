"""One's own tasks by REST: how far, stop, take back."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder import expose

from app.engine.tasks import DONE
from app.engine.undoing import take_back
from app.extensions import db
from app.web.screen import Screen
from app.web.signed import signed_in
from app.web.tasks import described, own, stop


class TaskApi(Screen):
    """``/api/v1/task/``."""

    @expose("/api/v1/task/<int:pk>")
    @signed_in
    def get(self, pk: int) -> Any:
        return jsonify(result=described(own(pk)))

    @expose("/api/v1/task/<int:pk>/cancel", methods=["POST"])
    @signed_in
    def cancel(self, pk: int) -> Any:
        task = own(pk)
        stop(task)
        return jsonify(result=described(task))

    @expose("/api/v1/task/<int:pk>/undo", methods=["POST"])
    @signed_in
    def undo(self, pk: int) -> Any:
        undoing = take_back(db.session, own(pk))
        db.session.commit()
        return jsonify(result=described(undoing)), 200 if undoing.state == DONE else 202
