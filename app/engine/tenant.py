"""The tenants: head office and its franchises. A tenant sees its own row only."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.engine.clock import now

HEAD_OFFICE, FRANCHISE = "head_office", "franchise"


class Tenant(Model):
    """One company on the platform."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(20), default=FRANCHISE)
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    language: Mapped[str] = mapped_column(String(5), default="zh")
    sample: Mapped[bool] = mapped_column(default=False)  # made by sample data: its known passwords stop with it
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    def __str__(self) -> str:
        return self.name
