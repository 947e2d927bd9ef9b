"""The Django site: its settings, and itself ready to be asked. Runs in the environment of requirements-bench.txt."""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from psycopg.conninfo import conninfo_to_dict

from tests.bench.peers.wsgi import Site

PASSWORD = "peer-password-1"
WITHIN = "django.contrib"
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)  # fmt: skip
PROCESSORS = ("django.template.context_processors.request", f"{WITHIN}.auth.context_processors.auth",
              f"{WITHIN}.messages.context_processors.messages")  # fmt: skip


def configure() -> None:
    there = conninfo_to_dict(os.environ["PEER_URL"])
    settings.configure(
        SECRET_KEY="x" * 50, DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="tests.bench.peers.shop.urls",
        USE_TZ=True, TIME_ZONE="Asia/Shanghai", LANGUAGE_CODE="zh-hans", STATIC_URL="/static/", MIDDLEWARE=MIDDLEWARE,
        INSTALLED_APPS=[*(f"{WITHIN}.{n}" for n in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")),
                        "rest_framework", "tests.bench.peers.shop"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                    "OPTIONS": {"context_processors": PROCESSORS}}],
        # Connections are kept; a pool or persistent connections is what its manual advises.
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": there["host"], "PORT": there["port"],
                               "NAME": there["dbname"], "USER": there["user"], "PASSWORD": there["password"], "CONN_MAX_AGE": None}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        REST_FRAMEWORK={"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissions"],
                        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
                        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
    )  # fmt: skip


def open_site() -> Site:
    configure()
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth import get_user_model
    from django.db import connection

    people = get_user_model().objects
    if not people.filter(username="admin").exists():
        people.create_superuser("admin", "admin@example.com", PASSWORD)
    statements: list[str] = []

    def counted(execute, sql, *rest):
        statements.append(sql)
        return execute(sql, *rest)

    connection.execute_wrappers.append(counted)
    form = {"username": "admin", "password": PASSWORD}
    return Site(get_wsgi_application(), statements, ("/admin/login/?next=/admin/shop/order/add/", form))
