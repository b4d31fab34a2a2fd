"""The queue of background jobs: huey on SQLite in a file of its own, or on Redis when set."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import structlog
from huey import RedisHuey, SqliteHuey, crontab

if TYPE_CHECKING:
    from flask import Flask

    from intranet.config import Settings

log = structlog.get_logger(__name__)

# What runs by the clock: task → (module:function taking nothing, crontab). Beijing has no say
# here: the hours are UTC, and 19:00 UTC is 03:00 in Beijing.
PERIODIC: dict[str, tuple[str, dict[str, str]]] = {
    "people.purge": ("intranet.people.tasks:purge", {"minute": "17"}),
    "cameras.purge": ("intranet.cameras.tasks:purge", {"minute": "37"}),
    "incidents.alarms": ("intranet.incidents.tasks:sound_alarms", {"minute": "*"}),
    "once.purge": ("intranet.workbench.tasks:purge_once", {"minute": "27"}),
    "audit.verify": ("intranet.workbench.tasks:verify_audit", {"minute": "5", "hour": "19"}),
}


def connect(settings: Settings) -> Any:
    """Return the queue these settings name."""
    if settings.redis_url:
        return RedisHuey("weiwang", url=settings.redis_url, results=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / "queue.sqlite3"
    return SqliteHuey("weiwang", filename=str(path), results=False)


def consume(app: Flask, settings: Settings, threads: int) -> None:
    """Run jobs until SIGTERM; only one such process may own the clock."""
    huey = connect(settings)
    for name, (target, when) in PERIODIC.items():
        huey.periodic_task(crontab(**when), name=name)(_within(app, name, target))
    consumer = huey.create_consumer(
        workers=threads, periodic=True, initial_delay=0.1, backoff=1.15, max_delay=2.0
    )
    consumer.run()


def _within(app: Flask, name: str, target: str) -> Any:
    module, function = target.split(":")

    def job() -> None:
        with app.app_context():
            getattr(importlib.import_module(module), function)()
        log.info("job_done", job=name)

    job.__name__ = name.replace(".", "_")
    return job
