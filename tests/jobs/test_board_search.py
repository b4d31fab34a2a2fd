"""Whatever Chinese somebody types, the board finds every post that has it, and no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobs.board_world import HERE, METRE, company_of, drawn_town, found, move, publish
from jobs.jobs_factory import CARER, GUARD, STATION_PLACE
from sqlalchemy import func, select, text

from intranet import clock, search
from intranet.db import db
from intranet.jobs import operations, queries
from intranet.jobs.models import (
    Company,
    Employment,
    ListedPost,
    Occupation,
    PayUnit,
    PostState,
    Shift,
    month_fen,
)
from intranet.jobs.models.listed import cell_mark, cell_marks
from intranet.jobs.operations.searching import searched_text
from intranet.jobs.queries import Sort, Wanted, board
from intranet.register.models import Party

SIGNS = "保洁员工地家政月嫂保安厨师温江东华村博泰压铸机床接送孩子女工人"


def text_of(post):
    """Return all that a post is found by."""
    company = db.session.get(Company, post.company_id)
    name = db.session.get(Party, company.party_id).public_name
    occupation = db.session.get(Occupation, post.occupation_code)
    return search.folded(searched_text(post, name, occupation))


@pytest.fixture
def company(app):
    return company_of(drawn_town())


@pytest.mark.parametrize(
    "word",
    [
        "保",
        "洁",
        "保洁",
        "洁员",
        "保洁员",
        "鱼凫",
        "凫",
        "家政服务",
        "写字楼",
        "细心",
        "光华",
        "华大道三",
    ],
)
def test_a_word_of_any_length_is_found_wherever_it_stands(company, word):
    other = {"occupation_code": GUARD, "conditions": "", "address": "柳台"}
    posts = [
        publish(company),
        publish(company, "保安", duties="守门", **other),
        publish(company, "钳工", duties="修理", **other),
    ]
    truth = [one.id for one in posts[::-1] if word in text_of(one)]

    assert posts[0].id in truth
    assert found(word) == truth


def test_what_people_call_an_occupation_finds_it(company):
    post = publish(company, "家政服务员", occupation_code=CARER)
    also = next(o for o in operations.read_occupations(operations.OCCUPATIONS) if o.code == CARER)
    assert also.also
    for word in also.also.split():
        assert found(word) == [post.id], word


def test_the_end_of_a_long_text_is_found_and_parts_that_do_not_follow_one_another_are_not(company):
    long = "。".join(f"第{n}条工作内容是打扫卫生" for n in range(1100))
    post = publish(company, duties=f"{long}。最后还要喂鹦鹉", conditions="会爬树\n木匠优先")
    assert len(post.duties) > 12_000

    for word in ("鹦鹉", "鹉", "喂鹦鹉", "爬树", "木匠"):
        assert found(word) == [post.id], word
    for word in ("树木", "爬树木", "鹉会", "员洁"):
        assert found(word) == [], word


def test_latin_is_found_whole_and_full_width_is_the_same(company):
    post = publish(company, "驾驶员", conditions="持有Ｃ1驾照，会用WPS")
    assert found("c1驾照") == found("C1") == found("ｗｐｓ") == found("wps 驾照") == [post.id]
    assert found("wp") == []


@pytest.mark.parametrize(
    "typed", ["'", '"', "\\", "' OR 1", '保"洁', "@e", "*", "NEAR(", "|", "保 & !洁", "%", "@"]
)
def test_signs_of_a_query_language_are_no_language_here(company, typed):
    post = publish(company)
    wanted = found(typed)
    assert wanted in ([], [post.id])
    if not search.phrases(typed):
        assert wanted == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.text(SIGNS + "，a1 ", min_size=1, max_size=30), min_size=1, max_size=6),
    dice=st.randoms(use_true_random=False),
)
def test_every_stretch_of_every_text_is_found_and_only_where_it_is(company, texts, dice):
    fields = {"conditions": "", "address": "x", "occupation_code": GUARD}
    posts = [publish(company, "岗", duties=one, **fields) for one in texts]
    known = {one.id: text_of(one) for one in posts}
    for run in [run for one in texts for run in search._HAN.findall(search.folded(one))][:6]:
        begin = dice.randrange(len(run))
        word = run[begin : begin + dice.randint(1, 5)]
        hits = queries.newest(db.session(), Wanted(sought=word), today=clock.today(), limit=9999)
        mine = {one.post_id for one in hits} & set(known)
        assert mine == {one for one, whole in known.items() if word in whole}


def test_newest_first_page_by_page_without_gap_or_double(company):
    posts = [publish(company, days_ago=25 - n // 3).id for n in range(45)]
    seen, before = [], 0
    for _page in range(4):
        hits = queries.find(db.session(), Wanted(sought="保洁"), today=clock.today(), before=before)
        seen += [one.post_id for one in hits.hits]
        if not hits.has_more:
            break
        before = hits.hits[-1].seq
    assert seen == posts[::-1]


@pytest.mark.parametrize("most", [0, 5])
def test_a_large_board_answers_as_a_small_one(company, monkeypatch, most):
    """What bounds the questions of large boards is walked through with few posts far apart."""
    monkeypatch.setattr(board, "SMALL", 0)
    monkeypatch.setattr(board, "KNOWN_MAX", most)
    posts = []
    for n in range(60):
        if n % 20 == 0 and n:
            _jump(9000 * n)
        posts.append(
            publish(
                company,
                "园艺师" if n % 2 else "搬运工",
                latitude=STATION_PLACE[0] + n * 300 * METRE,
            ).id
        )
    gardeners = posts[1::2][::-1]

    assert found("园艺") == gardeners[:20]
    seq = dict(db.session.execute(select(ListedPost.post_id, ListedPost.seq)).all())
    assert found("园艺", before=seq[gardeners[19]]) == gardeners[20:]
    near = {"sort": Sort.NEAREST, "origin": HERE}
    assert found(**near) == posts[:20]
    assert found(**near, page=2) == posts[20:40]
    assert found("园艺", **near) == posts[1::2][:20]
    assert found("园艺", **near, minutes=60) == posts[1:12:2]


def _jump(seq):
    """Have the next post come after many that are gone."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.setval("jobs_listed_seq_seq", seq)))
    else:
        last = select(func.max(ListedPost.seq)).scalar_subquery()
        db.session.execute(
            ListedPost.__table__.update().where(ListedPost.seq == last).values(seq=seq)
        )
        db.session.execute(
            text("INSERT INTO jobs_listed_words(jobs_listed_words) VALUES ('rebuild')")
        )


def test_each_narrowing_holds_alone_and_with_a_word(company):
    night = publish(company, "夜班保安", occupation_code=GUARD, shift=Shift.NIGHT, days_ago=3)
    hourly = publish(
        company,
        "小时工",
        employment=Employment.PART_TIME,
        pay_min_fen=2500,
        pay_max_fen=3000,
        pay_unit=PayUnit.HOUR,
        days_ago=2,
    )
    by_piece = {"pay_min_fen": 200, "pay_max_fen": 300, "pay_unit": PayUnit.PIECE}
    piece = publish(company, "计件工", **by_piece, days_ago=1)
    plain = publish(company)

    assert found(shift=Shift.NIGHT) == [night.id]
    assert found("保安", shift=Shift.DAY) == []
    assert found(employment=Employment.PART_TIME) == [hourly.id]
    assert found(pay_yuan=3000) == [plain.id, hourly.id, night.id]
    assert found(pay_yuan=4000) == [hourly.id]
    assert found(code="4-07") == [night.id]
    assert found(code="4-09-08-01") == [plain.id, piece.id, hourly.id]
    assert found(code="4") == [plain.id, piece.id, hourly.id, night.id]
    assert found(code="4-0") == []
    assert found(day=clock.today()) == [plain.id]


def test_pay_is_compared_by_the_month():
    assert month_fen(300_000, PayUnit.MONTH) == 300_000
    assert month_fen(20_000, PayUnit.DAY) == 435_000
    assert month_fen(2_000, PayUnit.HOUR) == 348_000
    assert month_fen(200, PayUnit.PIECE) is None


def test_how_far_one_walks_is_the_crows_way_and_a_third(company):
    posts = [
        publish(company, latitude=STATION_PLACE[0] + m * METRE).id for m in (100, 570, 580, 5000)
    ]
    nowhere = publish(company, latitude=None, longitude=None).id

    assert found(origin=HERE, minutes=10) == posts[:2][::-1]
    assert found(origin=HERE, sort=Sort.NEAREST) == [*posts, nowhere]
    assert HERE.minutes_to(STATION_PLACE[0] + 570 * METRE, STATION_PLACE[1]) == 10
    assert HERE.minutes_to(None, None) is None


@settings(max_examples=300, deadline=None)
@given(
    latitude=st.floats(-60, 60),
    longitude=st.floats(-179, 179),
    metres=st.floats(10, 64_000),
    north=st.floats(-1, 1),
    east=st.floats(-1, 1),
)
def test_the_squares_round_a_place_hold_all_that_is_so_near(
    latitude, longitude, metres, north, east
):
    from intranet.jobs.models.listed import reach_degrees

    high, wide = reach_degrees(latitude, metres)
    inside = (latitude + north * high, longitude + east * wide)
    marks = cell_marks(latitude, longitude, metres)
    level = int(marks[0][2:].partition("x")[0])
    assert cell_mark(level, *inside) in marks
    assert len(marks) <= 9


@pytest.mark.parametrize(
    "state", [PostState.FILLED, PostState.EXPIRED, PostState.WITHDRAWN, PostState.REMOVED]
)
def test_what_is_over_is_not_found_and_what_is_open_again_is(company, state):
    post = publish(company)
    move(post, state)
    assert found("保洁") == []
    post.openings_left = 1
    move(post, PostState.PUBLISHED)
    assert found("保洁") == [post.id]


def test_a_post_changed_is_found_by_its_new_words_only(company):
    post = publish(company)
    post.title, post.duties = "园艺工", "修剪花木"
    operations.index_post(db.session(), post)
    assert found("花木") == [post.id]
    assert found("清扫") == []
    if db.engine.dialect.name == "sqlite":
        check = text(
            "INSERT INTO jobs_listed_words(jobs_listed_words, rank) VALUES ('integrity-check', 1)"
        )
        db.session.execute(check)


def test_one_published_anew_comes_first_and_one_renewed_stays(company):
    old, new = publish(company, days_ago=5), publish(company, days_ago=1)
    old.renewed_on = clock.today()
    operations.index_post(db.session(), old)
    assert found() == [new.id, old.id]
    move(old, PostState.WITHDRAWN)
    old.published_at = clock.now()
    move(old, PostState.PUBLISHED)
    assert found() == [old.id, new.id]


def test_a_change_that_is_rolled_back_leaves_the_index_as_it_was(company):
    post = publish(company)
    db.session.commit()
    post.title = "园艺工"
    operations.index_post(db.session(), post)
    db.session.rollback()
    assert found("园艺") == []
    assert found("保洁员") == [post.id]


def test_one_that_ends_today_is_found_and_one_that_ended_is_not_though_nobody_swept(company):
    post = publish(company, days_ago=30)
    assert post.valid_through == clock.today()
    assert found("保洁") == [post.id]
    assert found("保洁", today=clock.today() + timedelta(days=1)) == []


def test_what_is_indexed_anew_is_what_was_indexed_and_what_was_forgotten(company):
    posts = [publish(company, days_ago=9 - n) for n in range(3)]
    forgotten = publish(company, "园艺工", days_ago=0)
    db.session.execute(ListedPost.__table__.delete().where(ListedPost.post_id == forgotten.id))
    gone = posts.pop(0)
    gone.state = PostState.WITHDRAWN
    db.session.flush()
    assert operations.reindex_some(db.session(), None) is None
    assert found() == [forgotten.id, posts[1].id, posts[0].id]
    operations.index_company(db.session(), company.id)
    assert found("园艺") == [forgotten.id]
