"""A match in words: one sentence for each part and each must-have, in Chinese and in English."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from jobs.jobs_factory import TODAY
from jobs.matching_factory import HOME, a_wish, an_offer, offereds, wanteds

from intranet.jobs.forms.matching import (
    GATE_LABELS,
    GATE_STATE_LABELS,
    PART_LABELS,
    gate_sentence,
    hint_sentence,
    part_sentence,
)
from intranet.jobs.models import Shift
from intranet.jobs.operations.matching import (
    GateKey,
    GateState,
    Hours,
    Papers,
    PartKey,
    Scorer,
    Work,
    read,
    record,
)
from intranet.jobs.operations.walking import Place


def told(match):
    return [
        *(str(part_sentence(one)) for one in match.parts),
        *(str(gate_sentence(one)) for one in match.gates),
        *(str(hint_sentence(one)) for one in match.missing),
    ]


def test_a_match_reads_as_a_neighbour_would_say_it(app):
    post = an_offer(
        place=Place(HOME.latitude + 8 * 75 / 1.3 / 111_195 - 1e-6, HOME.longitude),
        work=Work("4-09-08-01", frozenset({"做饭"}), frozenset({"电脑操作"})),
        hours=Hours(Shift.DAY, 0b0011111, 8 * 60 + 30, 17 * 60 + 30),
        papers=Papers("4-09-08-01", experience_months=36),
    )
    with app.test_request_context():
        match = Scorer(a_wish(), TODAY).explain(post)
        assert [str(part_sentence(one)) for one in match.parts] == [
            "就是想做的工作。具备：做饭。还缺：电脑操作。",
            "步行约 8 分钟（最多愿意走 30 分钟）",
            "08:30 到 17:30 上班，来回路程算在内，到家后还富余 22 分钟。",
            "至少比要求的工资高 50%。",
            "要求 36 个月经验，有 24 个月。",
        ]
        assert [str(hint_sentence(one)) for one in match.missing] == ["有了电脑操作会更合适。"]


@pytest.mark.parametrize(
    ("wish", "post", "sentence"),
    [
        ({"max_walk_minutes": 5}, {}, "步行约 18 分钟，超过了最多愿意走的 5 分钟"),
        (
            {"skills": frozenset({"做饭"})},
            {"papers": Papers("4-09-08-01", frozenset({"健康证"}))},
            "必须有健康证，登记的情况里没有。",
        ),
        (
            {},
            {"hours": Hours(Shift.NIGHT, 0b0011111, 22 * 60, 30 * 60)},
            "22:00 到 次日 06:00 上班，加上来回路程，和有空的时间对不上。",
        ),
    ],
)
def test_a_must_that_is_not_met_says_why(app, wish, post, sentence):
    place = Place(HOME.latitude + 1000 / 111_195, HOME.longitude)
    match = Scorer(a_wish(**wish), TODAY).explain(an_offer(**({"place": place} | post)))

    with app.test_request_context():
        assert sentence in {str(gate_sentence(one)) for one in match.closed}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(wanteds, offereds)
def test_every_match_has_its_sentences_in_both_languages_and_after_it_was_kept(
    app, wanted, offered
):
    match = Scorer(wanted, TODAY).explain(offered)
    again = read(record(match))
    said = {}
    with app.test_request_context():
        for locale in ("zh_CN", "en"):
            with force_locale(locale):
                said[locale] = told(match)
                assert told(again) == said[locale]
    for sentence in said["zh_CN"]:
        assert re.search("[\u4e00-\u9fff]", sentence)
        assert not re.search(r"%\(|[a-z]{3}", sentence)
    assert len(said["en"]) == len(said["zh_CN"])
    assert not any("%(" in sentence for sentence in said["en"])


def test_everything_that_may_be_shown_has_a_label(app):
    assert set(PART_LABELS) == set(PartKey)
    assert set(GATE_LABELS) == set(GateKey)
    assert set(GATE_STATE_LABELS) == set(GateState)
    match = Scorer(replace(a_wish(), hours=()), TODAY).explain(an_offer())
    assert match.missing
