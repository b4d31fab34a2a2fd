"""A group that hears what is published, and what is asked for and became of it."""

from __future__ import annotations

import pytest
from jobs.posts_scene import act, fresh
from jobs.robot_on_loopback import leads_here, robot

from intranet.db import db
from intranet.jobs import operations
from intranet.jobs.models import Sending, Subject
from intranet.jobs.operations import Said

LINK = "http://127.0.0.1/jobs/%s"


@pytest.fixture
def group(monkeypatch):
    with robot() as double:
        leads_here(monkeypatch, double)
        yield double


def said_of(post, subject=Subject.POST):
    words = f"招聘：{post.title}\n{LINK % post.id}"
    return Said(subject, post.title, posts=[(post.id, words)])


def ask(scene, said, *outlets, is_again=False):
    made = operations.publish(
        db.session(), outlets=outlets, said=said, is_again=is_again, **act(scene.station)
    )
    db.session.commit()
    return made


def sent_of(sending):
    return fresh(Sending, sending.id)
