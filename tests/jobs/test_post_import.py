"""Many posts from a workbook: looked through first, wrong rows named, made once."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

import pytest
import xlsxwriter
from jobs.jobs_factory import skill
from jobs.posts_scene import browser, scene, sent  # noqa: F401
from openpyxl import load_workbook
from sqlalchemy import func, select

from intranet import books
from intranet.db import db
from intranet.errors import InputError
from intranet.jobs.forms import importing
from intranet.jobs.models import JobPost, PostSkill, PostState

TOP = ["岗位名称", "职业", "招聘人数", "工作内容", "招用条件", "最低报酬（元）", "最高报酬（元）"]
FINE = ["保洁员", "4-09-08-01", 3, "清扫楼道", "做事细心", 3000, 3500.5]


@pytest.fixture
def own(app, scene):
    return browser(app, scene.handler_account)


def book(*rows):
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    packed.seek(0)
    return packed


def look(own, scene, stream, name="posts.xlsx"):
    url = f"/jobs/companies/{scene.company.id}/import"
    return own.post(url, data={"table": (stream, name)}, content_type="multipart/form-data")


def kept(page):
    return unescape(re.search(r'name="rows" value="([^"]*)"', page.text)[1])


def confirm(own, scene, page, **more):
    data = sent(rows=kept(page), **more)
    return own.post(f"/jobs/companies/{scene.company.id}/import/confirm", data=data), data


def count():
    db.session.rollback()
    return db.session.scalar(select(func.count(JobPost.id)))


def test_rows_are_shown_with_their_faults_and_the_good_ones_made_once(scene, own):
    skill("打扫保洁")
    db.session.commit()
    top = [*TOP, "工作日", "上班时间", "下班时间", "必备技能", "缴纳社保"]
    page = look(
        own,
        scene,
        book(
            top,
            [*FINE, "1-5", "8:30", "16:00", "打扫保洁", "是"],
            ["保安", "没有这个职业", 0, "值守", "无", 3000, 2000, "", "8点", "", "飞行", "也许"],
            FINE,
        ),
    )
    assert page.status_code == 200
    assert count() == 0
    text = page.text
    assert "3 行中有 1 行可以导入" in text
    for words in (
        "技能表里没有：飞行",
        "上班时间",
        "缴纳社保",
        "已有相同的岗位",
        "没有叫这个的职业：没有这个职业",
    ):
        assert words in text, words
    done, data = confirm(own, scene, page)
    assert done.status_code == 303, done.text
    again = own.post(f"/jobs/companies/{scene.company.id}/import/confirm", data=data)
    assert again.status_code == 303
    post = db.session.scalar(select(JobPost))
    assert (post.title, post.openings, post.pay_max_fen, post.weekdays) == (
        "保洁员",
        3,
        350_050,
        31,
    )
    assert (post.from_minute, post.to_minute, post.has_insurance) == (510, 960, True)
    assert (post.state, post.address) == (PostState.DRAFT, scene.company.address)
    assert db.session.scalar(select(func.count()).select_from(PostSkill)) == 1
    assert count() == 1


def test_handed_in_at_once_and_the_same_table_again_makes_nothing(scene, own):
    done, _data = confirm(own, scene, look(own, scene, book(TOP, FINE)), submit="1")
    assert done.status_code == 303
    assert db.session.scalar(select(JobPost.state)) is PostState.SUBMITTED
    page = look(own, scene, book(TOP, FINE))
    assert "已有相同的岗位" in page.text
    assert 'name="rows"' not in page.text
    assert count() == 1


def test_unlawful_words_are_shown_before_anything_is_made(scene, own):
    page = look(own, scene, book(TOP, ["保洁", *FINE[1:4], "限女性", *FINE[5:]]))
    assert "限女" in page.text
    assert "1 行中有 1 行可以导入" in page.text


def seen_rows(page):
    """Return the rows of the preview, each as the texts of its cells."""
    body = page.text.split("<tbody>")[1].split("</tbody>")[0]
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")
    ]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells[:-1]]


def test_a_row_is_told_by_its_number_in_the_sheet_whatever_is_blank_above(scene, own):
    other = ["保安", *FINE[1:3], "值守大门", *FINE[4:]]
    nothing = [""] * len(FINE)
    page = look(own, scene, book([""], TOP, nothing, FINE, nothing, nothing, other))
    assert [row[0] for row in seen_rows(page)] == ["4", "7"]
    done, _data = confirm(own, scene, page)
    assert done.status_code == 303
    assert count() == 2


def test_the_preview_says_pay_by_its_unit_and_openings_as_they_were_typed(scene, own):
    top = [*TOP, "计薪方式"]
    rows = [
        [*FINE, "元/小时"],
        ["无人数", FINE[1], "", *FINE[3:], ""],
        ["零人", FINE[1], 0, *FINE[3:], ""],
        ["若干人", FINE[1], "若干", *FINE[3:], "无此单位"],
    ]
    shown = seen_rows(look(own, scene, book(top, *rows)))
    assert [row[2:4] for row in shown] == [
        ["3000–3500.50 元/小时", "3"],
        ["3000–3500.50 元/月", "—"],
        ["3000–3500.50 元/月", "0"],
        ["—", "若干"],
    ]
    assert "招聘人数：请填写此项" in shown[1][4]


def test_an_occupation_is_named_by_code_by_name_or_as_people_say(scene, own):
    rows = [["保洁员甲", "保洁员", *FINE[2:]], ["保洁员乙", "4-09-08-01", *FINE[2:]]]
    page = look(own, scene, book(TOP, *rows))
    assert "2 行中有 2 行可以导入" in page.text, page.text


def bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b"0" * (books.UNPACKED_MAX + 1))
    packed.seek(0)
    return packed


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (lambda: io.BytesIO(b"no workbook at all"), "不是 Excel 或 WPS 表格"),
        (lambda: io.BytesIO(b""), "不是 Excel 或 WPS 表格"),
        (bomb, "太大"),
        (lambda: book(TOP), "没有内容"),
        (lambda: book(["姓名", "电话"], ["张三", "1"]), "缺少这些列"),
        (lambda: book(TOP, *[FINE] * 101), "最多 100 行"),
    ],
)
def test_what_is_no_table_of_posts_is_said_beside_the_field(scene, own, stream, words):
    page = look(own, scene, stream())
    assert page.status_code == 422
    assert words in page.text
    assert 'id="table-error"' in page.text


def test_a_workbook_too_large_is_not_even_opened():
    with pytest.raises(InputError) as wrong:
        books.rows_of(io.BytesIO(b"0" * (books.BYTES_MAX + 1)), field="table", rows_max=9)
    assert (wrong.value.field, wrong.value.params) == ("table", {"most": 2})


def test_no_file_and_a_page_out_of_date_are_said(scene, own):
    url = f"/jobs/companies/{scene.company.id}/import"
    assert own.post(url, data={}).status_code == 422
    for rows in ("", "[]", "{}", "[1]", '[{"title": "x"}]', "not json"):
        answer = own.post(f"{url}/confirm", data=sent(rows=rows))
        assert answer.status_code in {409, 422}, rows
    assert count() == 0


def test_the_template_has_every_column_and_its_example_can_be_brought_in(scene, own):
    answer = own.get("/jobs/posts-template.xlsx?example=1")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    tops = [cell.value for cell in sheet[1]]
    assert len(tops) == len(importing.COLUMNS)
    assert set(TOP) <= set(tops)
    page = look(own, scene, io.BytesIO(answer.data))
    assert "1 行中有 1 行可以导入" in page.text, page.text
    empty = load_workbook(io.BytesIO(own.get("/jobs/posts-template.xlsx").data)).active
    assert empty.max_row == 1


def test_columns_are_known_in_both_languages_and_any_order(scene):
    with pytest.raises(InputError):
        importing.read_table(book(["Title of the post"], ["x"]))
    english = ["Title of the post", "Occupation", "Openings", "What is to be done"]
    english += ["What is asked for", "Pay from (yuan)", "Pay up to (yuan)"]
    rows = importing.read_table(book(english[::-1], FINE[::-1]))
    assert rows == importing.read_table(book(TOP, FINE))
    assert rows[0]["pay_max_fen"] == "3500.5"
