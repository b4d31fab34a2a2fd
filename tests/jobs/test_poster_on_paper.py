"""The poster is one sheet of A4 whatever the post says, and the code is wholly on it."""

from __future__ import annotations

import re

import pytest
from browser.house_in_browser import address, chromium, needs_chromium  # noqa: F401
from jobs.board_world import company_of, drawn_town, publish

from intranet.db import db
from intranet.jobs.operations.post_facts import LINE_MAX, TEXT_MAX, TITLE_MAX

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.one_engine("postgresql"),
]
WORDS = "照看老人起居，协助喂饭翻身，每天记录体温血压，遇到异常及时联系家属和社区医生"
PAGE = {"width": 688, "height": 1001}  # A4 less its margins of 14 and 16 mm, in CSS pixels
BOX = """() => {
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const [sheet, code, foot, facts] = [".job-sheet", ".job-code", ".job-foot", ".facts"].map(box);
  const last = document.querySelector(".job-sheet .facts dd:last-of-type").getBoundingClientRect();
  const note = [...document.querySelectorAll(".job-foot p")].at(-1).getBoundingClientRect();
  return { top: sheet.top, bottom: sheet.bottom, code: [code.top, code.bottom, code.width],
    foot: [foot.top, foot.bottom], note: note.bottom, facts: facts.bottom, said: last.bottom };
}"""


def filled(length):
    return (WORDS * (length // len(WORDS) + 1))[:length]


LONGEST = {
    "title": filled(TITLE_MAX),
    "address": filled(LINE_MAX),
    "duties": filled(TEXT_MAX),
    "hours_words": filled(LINE_MAX),
    "has_insurance": True,
    "has_housing": True,
    "has_meals": True,
}


@pytest.mark.parametrize(
    "texts",
    [
        {"title": "保洁员", "duties": "清扫楼道"},
        {"title": filled(TITLE_MAX), "duties": filled(420)},
        {"name": "兴业家政", "title": filled(TITLE_MAX), "duties": filled(420)},
        {"title": filled(20), "address": filled(60), "duties": filled(420)},
        LONGEST,
        LONGEST | {"duties": "\n".join("打扫卫生" for _ in range(180))},
        LONGEST | {"address": "A" * LINE_MAX, "hours_words": "W" * LINE_MAX},
    ],
    ids=[
        "short",
        "long-title",
        "large-letters",
        "long-address",
        "longest",
        "many-lines",
        "wide-letters",
    ],
)
def test_one_sheet_with_the_code_and_the_last_day_whatever_is_said(
    app, chromium, address, texts, tmp_path
):
    told = dict(texts)
    company = company_of(drawn_town(), told.pop("name", filled(80)))
    post = publish(company, **told)
    db.session.commit()
    page = chromium.new_context(viewport=PAGE, locale="zh-CN").new_page()
    page.goto(f"{address}/jobs/{post.id}/share")
    pdf = page.pdf(prefer_css_page_size=True, path=tmp_path / "poster.pdf")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    page.emulate_media(media="print")
    box = page.evaluate(BOX)
    top, bottom, width = box["code"]
    assert width > 200
    assert box["top"] <= box["foot"][0] <= top
    assert max(bottom, box["note"], box["foot"][1]) <= box["bottom"] <= PAGE["height"]
    assert box["said"] <= box["facts"] + 1, "the duties are cut in the middle of a line"
    assert box["facts"] <= box["foot"][0]
    is_cut = len(texts["duties"]) > 400
    assert ("更多见二维码" in page.locator(".job-sheet").inner_text()) is is_cut
    page.context.close()
