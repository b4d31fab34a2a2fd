"""The intranet of a community that governs by micro-grids: ``create_app`` puts the house up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter, Map

from intranet import (
    assets,
    bodies,
    csrf,
    db,
    drafts,
    errors,
    files,
    health,
    htmx,
    i18n,
    kept,
    logs,
    once,
    schema,
    sealing,
    security,
)
from intranet.cameras.views import bp as cameras
from intranet.config import Settings
from intranet.grids.views import bp as grids
from intranet.incidents.views import bp as incidents
from intranet.incidents.views.open311 import api as open311
from intranet.jobs.views import bp as jobs
from intranet.notices.views import bp as notices
from intranet.people import login
from intranet.people.views import bp as people
from intranet.points.views import bp as points
from intranet.register.views import bp as register
from intranet.workbench import navigation
from intranet.workbench.views import bp as workbench

HOUSE = Path(__file__).resolve().parent.parent

__all__ = ["create_app", "schema"]


class RowNumber(IntegerConverter):
    """A number in an address that can be a row's: a greater one leads nowhere, on both engines."""

    def __init__(self, url_map: Map, *, max: int = 2**31 - 1) -> None:  # noqa: A002 — its name
        super().__init__(url_map, max=max)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings they are read from the environment.

    Raises SettingsError when a setting is missing or unreadable.
    """
    settings = settings or Settings.from_env()
    app = Flask("intranet", template_folder=str(HOUSE / "templates"), static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=security.PLAIN_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        # How long a login lasts is the database's to say; the longest is a device's year.
        PERMANENT_SESSION_LIFETIME=timedelta(days=366),
        # Else each part of a live picture would bring a cookie, a late one the cookie of before.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.url_map.converters["int"] = RowNumber
    app.jinja_options = {"autoescape": True, "undefined": StrictUndefined}
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    logs.init_app(app)
    security.init_app(app, settings)
    csrf.init_app(app)
    sealing.configure(settings)
    files.configure(settings)
    db.init_app(app, settings)
    i18n.init_app(app)
    htmx.init_app(app)
    bodies.init_app(app)
    kept.init_app(app)
    once.init_app(app)
    drafts.init_app(app)
    errors.init_app(app)
    login.init_app(app)
    navigation.init_app(app)
    assets.init_app(app)
    health.init_app(app)
    for room in (
        people,
        grids,
        register,
        cameras,
        incidents,
        open311,
        jobs,
        notices,
        points,
        workbench,
    ):
        app.register_blueprint(room)
    return app
