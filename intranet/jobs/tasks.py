"""What the clock does with jobs, in the background worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog
from flask import current_app

from intranet import clock
from intranet.db import db, reading
from intranet.jobs import operations
from intranet.jobs.models import Fault, JobPost
from intranet.notices import gateway
from intranet.notices.models import Trouble

log = structlog.get_logger(__name__)
BATCH = 200
ROUNDS_MAX = 100
# One run of what goes outside ends after so many texts or so much time.
RUN_SENDINGS = 500
RUN_SECONDS = 50.0
SERVER_ERROR, TOO_MANY = 500, 429
# What the robots say with HTTP 200. WeCom (developer.work.weixin.qq.com, 全局错误码), DingTalk
# (open.dingtalk.com, 自定义机器人), Feishu (open.feishu.cn, 自定义机器人使用指南).
CODES = {
    "-1": Fault.SERVER,  # WeCom, DingTalk: busy
    "45009": Fault.TOO_FAST,  # WeCom
    "45033": Fault.TOO_FAST,
    "130101": Fault.TOO_FAST,  # DingTalk
    "410100": Fault.TOO_FAST,
    "11232": Fault.TOO_FAST,  # Feishu
    "93000": Fault.BAD_ADDRESS,  # WeCom: no such robot
    "300001": Fault.BAD_ADDRESS,  # DingTalk
    "300005": Fault.BAD_ADDRESS,
    "19001": Fault.BAD_ADDRESS,  # Feishu
    "310000": Fault.WORDS,  # DingTalk: keyword, signature or address
    "19021": Fault.WORDS,  # Feishu: signature
    "19022": Fault.WORDS,  # sender's address
    "19024": Fault.WORDS,  # keyword
}


def expire_posts() -> int:
    """Have posts end whose last day is gone, each in a transaction of its own; return how many."""
    done = _each(operations.over, operations.expire_post)
    if done:
        log.info("jobs_posts_expired", count=done)
    return done


def remind() -> int:
    """Tell companies of posts that end soon, and stations of licences to be seen again.

    Each post once, licences once a week. Returns of how many posts was told.
    """
    done = _each(operations.ending_soon, operations.remind_of_end)
    operations.remind_of_rechecks(db.session(), at=clock.now())
    db.session.commit()
    if done:
        log.info("jobs_posts_end_soon", count=done)
    return done


def close_fairs() -> int:
    """Close fairs whose day is gone; return how many."""
    done = operations.close_past(db.session(), at=clock.now())
    db.session.commit()
    if done:
        log.info("jobs_fairs_closed", count=done)
    return done


def drop_by_hand() -> int:
    """Drop what nobody has pasted into the public account in time; return how many."""
    done = operations.drop_by_hand(db.session(), at=clock.now())
    db.session.commit()
    return done


def forget_devices() -> int:
    """Forget from which device complaints of more than a day ago came; return of how many."""
    done = operations.forget_devices(db.session(), at=clock.now())
    db.session.commit()
    return done


def send_out() -> int:
    """Send what is due on the channels outside, the oldest first; say how many went.

    A channel that fails is left until the next run: one that hangs costs READ_SECONDS of a run
    once, and holds up no other for longer. Two runs at once take different channels.
    """
    ends, failed, sent = clock.monotonic() + RUN_SECONDS, set[int](), 0
    for _turn in range(RUN_SENDINGS):
        if clock.monotonic() > ends or not _is_any_to_send():
            break
        session = db.session()
        errand = operations.claim_sending(session, at=clock.now(), besides=failed)
        session.commit()
        if errand is None:
            break
        if errand.url:
            if _send(errand) is Fault.NONE:
                sent += 1
            else:
                failed.add(errand.outlet_id)
    if sent:
        log.info("jobs_sent_out", count=sent)
    return sent


def _send(errand: operations.Errand) -> Fault:
    """Send outside any transaction, then write down how it went."""
    hosts = current_app.config["SETTINGS"].outlet_hosts
    fault, answer = Fault.NOT_ALLOWED, ""
    if operations.is_allowed(errand.url, hosts):
        may = partial(operations.may_speak_to, errand.url, hosts)
        heard = gateway.tell_group(f"outlet-{errand.outlet_id}", errand.url, errand.words, may)
        fault, answer = fault_of(heard), heard.code or str(heard.status or "")
    operations.finish_sending(
        db.session(), errand=errand, fault=fault, answer=answer, at=clock.now()
    )
    db.session.commit()
    if fault is not Fault.NONE:
        log.warning("jobs_not_sent", outlet=errand.outlet_id, fault=fault.value, answer=answer)
    return fault


def fault_of(heard: gateway.Heard) -> Fault:
    """Return what an answer means."""
    if heard.is_barred:
        return Fault.NOT_ALLOWED
    known = {
        Trouble.NONE: Fault.NONE,
        Trouble.UNUSABLE: Fault.UNUSABLE,
        Trouble.NO_ANSWER: Fault.NO_ANSWER,
    }
    if heard.trouble in known:
        return known[heard.trouble]
    if heard.status >= SERVER_ERROR or heard.status == 0:
        return Fault.SERVER if heard.status else Fault.UNREACHABLE
    return Fault.TOO_FAST if heard.status == TOO_MANY else CODES.get(heard.code, Fault.REFUSED)


def _is_any_to_send() -> bool:
    with reading():
        due = operations.is_any_to_send(db.session(), at=clock.now())
        db.session.rollback()  # what follows writes, and needs a transaction of its own kind
    return due


def forget_merged() -> int:
    """Delete name and phone of seekers who were joined to another a day ago; return how many."""
    done = operations.forget_merged(db.session(), at=clock.now())
    db.session.commit()
    if done:
        log.info("jobs_merged_forgotten", count=done)
    return done


def _each(find: Callable[..., list[int]], act: Callable[..., bool]) -> int:
    """Do something to each post that is found; a bug with one is raised when all are done."""
    done, bugs = 0, dict[int, Exception]()
    for _round in range(ROUNDS_MAX):
        with reading():
            ids = find(db.session(), at=clock.now(), limit=BATCH, besides=list(bugs))
            db.session.rollback()
        for post_id in ids:
            try:
                done += act(db.session(), db.session.get_one(JobPost, post_id), at=clock.now())
                db.session.commit()
            except Exception as error:  # noqa: BLE001 — a loop that must live
                db.session.rollback()
                bugs[post_id] = error
        if not ids:
            break
    for bug in bugs.values():
        raise bug
    return done
