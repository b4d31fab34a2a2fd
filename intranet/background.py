"""The queue of background jobs: huey on SQLite in a file of its own, or on Redis when set."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app, has_app_context
from huey import RedisHuey, SqliteHuey, crontab
from sqlalchemy import event
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from flask import Flask

    from intranet.config import Settings

log = structlog.get_logger(__name__)

# What runs by the clock: task → (module:function taking nothing, crontab). Beijing has no say
# here: the hours are UTC, and 19:00 UTC is 03:00 in Beijing.
PERIODIC: dict[str, tuple[str, dict[str, str]]] = {
    "people.purge": ("intranet.people.tasks:purge", {"minute": "17"}),
    "cameras.purge": ("intranet.cameras.tasks:purge", {"minute": "37"}),
    "cameras.broadcasts": ("intranet.cameras.tasks:forget_broadcasts", {"minute": "*/15"}),
    "cameras.talks": ("intranet.cameras.tasks:forget_talks", {"minute": "*/5"}),
    "incidents.alarms": ("intranet.incidents.tasks:sound_alarms", {"minute": "*"}),
    "incidents.asked": ("intranet.incidents.tasks:forget_asked", {"minute": "*/10"}),
    "incidents.callers": ("intranet.incidents.tasks:forget_callers", {"minute": "7"}),
    "incidents.recount": ("intranet.incidents.tasks:recount", {"minute": "*"}),
    "jobs.devices": ("intranet.jobs.tasks:forget_devices", {"minute": "52"}),
    "jobs.expire": (
        "intranet.jobs.tasks:expire_posts",
        {"minute": "6", "hour": "16"},  # just after midnight in Beijing
    ),
    "jobs.fairs": (
        "intranet.jobs.tasks:close_fairs",
        {"minute": "9", "hour": "16"},  # just after midnight in Beijing
    ),
    "jobs.by_hand": (
        "intranet.jobs.tasks:drop_by_hand",
        {"minute": "13", "hour": "16"},  # just after midnight in Beijing
    ),
    "jobs.send_out": ("intranet.jobs.tasks:send_out", {"minute": "*"}),
    "jobs.merged": ("intranet.jobs.tasks:forget_merged", {"minute": "52"}),
    "jobs.remind": (
        "intranet.jobs.tasks:remind",
        {"minute": "34", "hour": "0"},  # half past eight in Beijing
    ),
    "notices.purge": ("intranet.notices.tasks:purge", {"minute": "47"}),
    "notices.send": ("intranet.notices.tasks:send", {"minute": "*"}),
    "points.holds": ("intranet.points.tasks:expire_holds", {"minute": "*/5"}),
    "points.expiry": ("intranet.points.tasks:expire_points", {"minute": "22"}),
    "points.reminders": (
        "intranet.points.tasks:remind_of_ends",
        {"minute": "32", "hour": "0"},  # half past eight in Beijing
    ),
    "points.tries": ("intranet.points.tasks:forget_tries", {"minute": "12"}),
    "points.post": ("intranet.points.tasks:post_due", {"minute": "12"}),
    "points.tiles": ("intranet.points.tasks:keep_tiles", {"minute": "*"}),
    "points.forget": ("intranet.points.tasks:forget_erased", {"minute": "42"}),
    "points.verify": ("intranet.points.tasks:verify_ledger", {"minute": "*"}),
    "points.verify_daily": ("intranet.points.tasks:verify_daily", {"minute": "35", "hour": "18"}),
    "points.hosting": ("intranet.workbench.tasks:offer_hosting", {"minute": "22", "hour": "17"}),
    "once.purge": ("intranet.workbench.tasks:purge_once", {"minute": "27"}),
    "files.sweep": ("intranet.workbench.tasks:sweep_files", {"minute": "57"}),
    "audit.verify": ("intranet.workbench.tasks:verify_audit", {"minute": "5", "hour": "19"}),
}
# What a committed change may ask for at once, and the worker does when it starts. The clock above
# does the same: a request for it that is lost costs a minute.
PROMPT: dict[str, str] = {
    "incidents.recount_now": "intranet.incidents.tasks:recount",
    "jobs.send_out_now": "intranet.jobs.tasks:send_out",
    "notices.prompt": "intranet.notices.tasks:send",
    "points.verify_now": "intranet.points.tasks:verify_ledger",
}
PROMPTS_WAITING_MAX = 20
AT_END = ("intranet.notices.tasks:stop",)
ASKED = "jobs_asked_for"


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
    for job in jobs_on_request(huey, app).values():
        job()
    consumer = huey.create_consumer(
        workers=threads, periodic=True, initial_delay=0.1, backoff=1.15, max_delay=2.0
    )
    consumer.run()
    for target in AT_END:
        _find(target)()


def jobs_on_request(huey: Any, app: Flask) -> dict[str, Any]:
    """Give the queue what each job of PROMPT does."""
    return {
        name: huey.task(name=name)(_within(app, name, target)) for name, target in PROMPT.items()
    }


def ask_after_commit(session: Session, name: str) -> None:
    """Have a job of PROMPT done as soon as what the session holds is committed."""
    assert name in PROMPT
    session.info.setdefault(ASKED, set()).add(name)


@event.listens_for(Session, "after_commit")
def _put_into_queue(session: Session) -> None:
    for name in sorted(session.info.pop(ASKED, ())):
        if has_app_context():
            _ask(name)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: Any) -> None:
    del previous
    session.info.pop(ASKED, None)


def _ask(name: str) -> None:
    try:
        queue, jobs = _queue_to_ask()
        if queue.pending_count() < PROMPTS_WAITING_MAX:  # nobody may be taking them out
            jobs[name]()
    except Exception as error:  # noqa: BLE001 — it is committed; the clock does it within a minute
        log.warning("queue_unavailable", job=name, kind=type(error).__name__)


def _queue_to_ask() -> tuple[Any, dict[str, Any]]:
    """Return this process's queue and its jobs by name, made when first asked for."""
    if "queue" not in current_app.extensions:
        queue = connect(current_app.config["SETTINGS"])
        jobs = {name: queue.task(name=name)(_elsewhere) for name in PROMPT}
        current_app.extensions["queue"] = queue, jobs
    found: tuple[Any, dict[str, Any]] = current_app.extensions["queue"]
    return found


def _elsewhere() -> None:
    """Stand for the job where it is asked for; only the worker has what it does."""


def _find(target: str) -> Any:
    module, function = target.split(":")
    return getattr(importlib.import_module(module), function)


def _within(app: Flask, name: str, target: str) -> Any:
    def job() -> None:
        with app.app_context():
            _find(target)()
        log.info("job_done", job=name)

    job.__name__ = name.replace(".", "_")
    return job
