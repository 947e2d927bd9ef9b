"""The revisions make exactly the tables that the models declare."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_appbuilder import Model
from sqlalchemy import create_engine


def test_nothing_is_missing_from_the_revisions(app, database):
    wanted = {
        "compare_type": True,
        "include_name": lambda name, kind, _parents: kind != "table" or name in Model.metadata.tables,
    }
    engine = create_engine(database.owner_url)
    try:
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection, opts=wanted), Model.metadata) == []
    finally:
        engine.dispose()
