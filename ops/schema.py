"""Bring the database up to date and, if it is new and wanted, load the sample data: ``python -m ops.schema [sample]``.

One process of its own: only it is given the owner's address.
"""

from __future__ import annotations

import sys

from app import cli
from app.factory import create_app


def main(*, sample: bool) -> None:
    app = create_app()
    cli.migrate(app.config["OWNER_DATABASE_URI"])
    if sample:
        with app.app_context():
            if cli.load_sample():
                print("sample data loaded / 已载入示例数据", flush=True)


if __name__ == "__main__":
    main(sample="sample" in sys.argv)
