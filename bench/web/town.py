"""A community of fifty micro-grids with full teams, and somebody who may look at them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from factories import create_account, create_grid, create_town, log_in
from flask import Flask
from grids.grids_factory import begin, create_named, secretary_of

from intranet.db import db
from intranet.grids.models import GridKind, PostKind

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ("建国", "秀英", "志强", "桂兰", "明", "丽华", "永红", "晓燕", "德福", "玉珍")
TEAM = (PostKind.MICRO_MEMBER, PostKind.PARTY_MEMBER, *[PostKind.RESIDENT] * 3)


def build(app: Flask, rows: int) -> tuple[str, str]:
    """Insert the town; return the code of its community and the session cookie of a secretary."""
    town = create_town()
    actor = secretary_of(town)
    general = town.generals[0]
    micros = list(town.micros)
    for number in range(len(micros), rows):
        code = f"{general.code}{number + 1:03d}"
        micro = create_grid(
            GridKind.MICRO, f"第{number + 1}微网格", code, general, position=number, households=60
        )
        micros.append(micro)
    db.session.commit()
    for place, micro in enumerate(micros):
        for seat, kind in enumerate(TEAM):
            number = place * len(TEAM) + seat
            name = FAMILY[number % len(FAMILY)] + GIVEN[number // len(FAMILY) % len(GIVEN)]
            member = kind is PostKind.PARTY_MEMBER
            person = create_named(micro, name, f"138{number:08d}", is_party_member=member)
            begin(actor, micro, person, kind)
    account = create_account("secretary", town.community.path)
    client = app.test_client()
    log_in(client, account)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return town.community.code, f"{cookie.key}={cookie.value}"
