"""Settings: read once from the environment, so that the same code runs in a test, on a desk and on many machines."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.engine.clock import STANDARD

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}}
QUEUE = "jiahe"
TICKER_KEY = "jiahe:ticker"


class NotSet(RuntimeError):
    """A setting that the program cannot do without is missing; the text names it."""


def settings(given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the configuration of one application.

    ``given`` beats the environment; tests and tools use it. Raises :class:`NotSet` naming the first missing setting.
    """
    made = {**environment(), **FIXED, **(given or {})}
    for name in ("SQLALCHEMY_DATABASE_URI", "REDIS_URL", "SECRET_KEY", "FIELD_KEY"):
        if not made.get(name):
            message = f"{name.replace('SQLALCHEMY_DATABASE_URI', 'DATABASE_URL')} is not set; `python run.py` sets it"
            raise NotSet(message)
    made.setdefault("RATELIMIT_STORAGE_URI", made["REDIS_URL"])
    return made


def environment() -> dict[str, Any]:
    """Return the settings that differ from one installation to the next."""
    env = os.environ
    home = Path(env.get("JIAHE_HOME") or ROOT / "var").resolve()
    return {
        "SQLALCHEMY_DATABASE_URI": env.get("DATABASE_URL"),
        "OWNER_DATABASE_URI": env.get("DATABASE_OWNER_URL"),
        "REDIS_URL": env.get("REDIS_URL"),
        "SECRET_KEY": env.get("SECRET_KEY"),
        "JWT_SECRET_KEY": env.get("SECRET_KEY"),
        "FIELD_KEY": env.get("FIELD_KEY"),
        "JIAHE_HOME": str(home),
        "FILES": env.get("FILES") or str(home / "files"),
        "SAMPLE": env.get("SAMPLE", "1") == "1",
        "PORT": int(env.get("PORT", "8080")),
        "PUBLIC_URL": env.get("PUBLIC_URL", f"http://127.0.0.1:{env.get('PORT', '8080')}"),
        "PROXIES": int(env.get("PROXIES", "0")),  # how many of our own stand in front and name the caller's address
        "SMTP_URL": env.get("SMTP_URL", ""),
        "PBX_URL": env.get("PBX_URL", ""),  # ami://user:secret@host:5038/?tenant=2: a telephone exchange to listen to
        "PBX_RECORDINGS": env.get("PBX_RECORDINGS", ""),  # the folder where it writes recordings, as this machine sees it
        "REAL_NAME": env.get("REAL_NAME", "hand"),  # who checks real names: a key of app.integrations.real_name.PROVIDERS
        "AUTH_RATE_LIMIT": env.get("AUTH_RATE_LIMIT", "10 per minute"),  # logins from one address
        # A browser sends a secure cookie over plain HTTP to nobody but this machine.
        "SESSION_COOKIE_SECURE": env.get("PUBLIC_URL", "").startswith("https://"),
    }


FIXED: dict[str, Any] = {
    # One connection per busy thread, fewer than the threads: a live stream gives its connection back.
    # Errors name no values: they end in logs and notices.
    "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 16, "max_overflow": 16, "pool_pre_ping": True, "pool_timeout": 10, "hide_parameters": True},
    "SESSION_TYPE": "redis",
    "SESSION_PERMANENT": True,
    # A look writes nothing: of two requests at once the slower would put back what the other one changed, the language say.
    # That one is there is noted once a minute, which keeps the session alive.
    "SESSION_REFRESH_EACH_REQUEST": False,
    "SESSION_COOKIE_NAME": "jiahe",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
    "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
    "LANGUAGES": LANGUAGES,
    "BABEL_DEFAULT_LOCALE": "zh",
    "BABEL_DEFAULT_TIMEZONE": STANDARD,
    "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
    "APP_NAME": "Jiahe",
    "FAB_CREATE_DB": False,  # migrations make the tables
    "FAB_UPDATE_PERMS": False,  # `migrate` makes the permissions: 313 queries at every start otherwise
    "FAB_ADD_SECURITY_API": False,
    "FAB_ADD_SECURITY_VIEWS": True,
    "FAB_API_SWAGGER_UI": False,
    "FAB_API_SHOW_STACKTRACE": False,
    "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
    "RATELIMIT_ENABLED": True,
    "AUTH_RATE_LIMITED": True,
    "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=30),
    "JWT_REFRESH_TOKEN_EXPIRES": timedelta(days=7),
}
