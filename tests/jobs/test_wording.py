"""Words of posts: what is unlawful is found, what only looks so is not, and no text costs much."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs.wording_as_written import MORE_RIGHT, MORE_WRONG
from jobs.wording_sentences import RIGHT, WRONG

from intranet.jobs.operations.wording import RULES, Severity, check
from intranet.workbench.demo import vacancies, work

ALPHABET = "限只招男女不要优先岁以下1235押金收费保证户口本地乙肝无免、，。 已婚怀孕身份证扣-~"
PAIRS = [
    (rule, text) for told in (WRONG, MORE_WRONG) for rule, texts in told.items() for text in texts
]


def found(text):
    return {one.rule.id for one in check({"duties": text})}


@pytest.mark.parametrize(("rule", "text"), PAIRS)
def test_what_is_unlawful_or_unfair_is_found(rule, text):
    assert rule in found(text)


@pytest.mark.parametrize("text", RIGHT + MORE_RIGHT)
def test_what_only_looks_so_is_left_alone(text):
    assert found(text) == set()


def test_the_demo_towns_thousand_posts_say_nothing_unlawful():
    texts = [text for one in vacancies.KINDS for text in (*one.titles, *one.duties)]
    assert len(texts) > 60
    for text in [
        *texts,
        work.NEEDS,
        work.HEALTHY,
        "由就业驿站联系，带身份证面谈",
        "五险，节日有礼",
    ]:
        assert found(text) == set(), text


def test_every_rule_has_sentences_that_break_it_and_there_are_enough_of_both():
    assert {one.id for one in RULES} == set(WRONG)
    assert len(PAIRS) >= 150
    assert len(RIGHT) >= 100


def test_a_rule_cites_a_law_or_says_that_it_is_the_houses():
    for one in RULES:
        is_house = "this house" in one.about or "this station" in one.about
        assert bool(one.article) != is_house, one.id
        assert "《" in one.article or not one.article


def test_signs_between_characters_and_wide_ones_hide_nothing():
    for text in ("限*女", "限 女", "限·女性", "限\u200b女", "３５岁以下", "35 岁 以 下", "押-金"):
        assert found(text), text


def test_a_finding_says_where_it_is_and_what_blocks_comes_first():
    texts = {"title": "保洁员", "duties": "打扫楼道。", "conditions": "形象好。限女性，认真。"}
    first, second = check(texts)
    assert (first.rule.id, first.field, first.blocks) == ("sex", "conditions", True)
    assert (second.rule.id, second.rule.severity) == ("looks", Severity.WARN)
    assert "限女" in first.around
    assert "形象" not in first.around


def test_the_same_words_twice_are_one_finding_and_other_words_another():
    one = check({"title": "限女性", "duties": "限女性"})
    assert len([f for f in one if f.matched == "限女性"]) == 1
    assert len({f.key for f in check({"duties": "押金100元。服装费50元"})}) == 2


@given(st.text(ALPHABET, max_size=120))
def test_the_same_text_gives_the_same_findings(text):
    assert [one.key for one in check({"duties": text})] == [
        one.key for one in check({"duties": text})
    ]


@pytest.mark.parametrize(
    "piece",
    ["限", "不收", "押金", "35岁", "无", "男女", "、押金", "1", "查", "。", "四川", "不收押金、"],
)
def test_a_long_text_costs_as_much_as_it_is_long(piece):
    spent = []
    for length in (2_000, 20_000):
        text = (piece * length)[:length]
        begun = time.perf_counter()
        check({"duties": text})
        spent.append(time.perf_counter() - begun)
    assert spent[1] < max(60 * spent[0], 2.0), spent
