"""Feeds of a search: three formats that independent readers take without a complaint."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import fastjsonschema
import feedparser
import pytest
from jobs.board_world import company_of, drawn_town, move, publish
from jobs.jobs_factory import GUARD

from intranet import clock
from intranet.db import db
from intranet.jobs.models import PostState

TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}:[0-9a-zA-Z;/?:@&=+$._!~*'()%,#-]+\Z")  # RFC 4151
TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}

SCHEMA = Path(__file__).resolve().parents[2] / "node_modules/jsonfeed-schema/schema-v1.1.json"


@pytest.fixture
def company(app):
    return company_of(drawn_town())


def feed(client, kind, query="", **options):
    db.session.commit()
    return client.get(f"/jobs/feed.{kind}{query}", base_url="http://jobs.example:8000", **options)


def read(answer):
    """Return what feedparser reads, which must find nothing wrong."""
    found = feedparser.parse(
        answer.get_data(), response_headers={"content-type": answer.content_type}
    )
    assert found.bozo == 0, found.get("bozo_exception")
    return found


@pytest.mark.parametrize(("kind", "version"), [("atom", "atom10"), ("rss", "rss20")])
def test_a_reader_of_feeds_reads_each_post_and_no_complaint(client, company, kind, version):
    first = publish(company, "保洁员 <b>&\x0b", days_ago=2, duties="扫地 < 拖地\x01\n擦窗")
    second = publish(company, "保安", occupation_code=GUARD)
    answer = feed(client, kind)
    found = read(answer)

    assert answer.content_type == TYPES[kind]
    assert found.version == version
    assert [one.link for one in found.entries] == [
        f"http://jobs.example:8000/jobs/{one.id}" for one in (second, first)
    ]
    assert (
        found.entries[1].title == "保洁员 <b>& 3000–3500 元/月"
        or "保洁员" in found.entries[1].title
    )
    assert all(TAG.match(one.id) for one in found.entries)
    assert {"rel": "self", "href": f"http://jobs.example:8000/jobs/feed.{kind}"}.items() <= next(
        dict(one) for one in found.feed.links if one.rel == "self"
    ).items()
    assert found.feed.title.endswith("家门口的岗位")


def test_each_search_is_a_feed_of_its_own(client, company):
    publish(company)
    guard = publish(company, "保安", occupation_code=GUARD)
    ids = set()
    for query in ("", "?q=保安", "?kind=4-07&shift=day", "?pay=3000&today=1"):
        found = read(feed(client, "atom", query))
        ids.add(found.feed.id)
        assert TAG.match(found.feed.id)
        assert len(found.entries) == (1 if "保安" in query or "4-07" in query else 2)
    assert len(ids) == 4
    answer = json.loads(feed(client, "json", "?q=保安&sort=nearest").get_data())
    assert [one["url"] for one in answer["items"]] == [f"http://jobs.example:8000/jobs/{guard.id}"]
    assert answer["feed_url"].endswith("/jobs/feed.json?q=%E4%BF%9D%E5%AE%89")
    assert answer["home_page_url"].endswith("/jobs?q=%E4%BF%9D%E5%AE%89")


@pytest.mark.parametrize("kind", list(TYPES))
def test_an_empty_feed_is_one_too(client, company, kind):
    answer = feed(client, kind)
    assert answer.status_code == 200
    if kind == "json":
        assert json.loads(answer.get_data())["items"] == []
    else:
        assert read(answer).entries == []


@pytest.mark.parametrize("kind", list(TYPES))
def test_nothing_new_is_answered_without_a_body(client, company, kind):
    post = publish(company, days_ago=1)
    first = feed(client, kind)
    again = feed(client, kind, headers={"If-None-Match": first.headers["ETag"]})
    since = feed(client, kind, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status_code, since.status_code) == (304, 304)
    assert again.get_data() == b""
    assert parsedate_to_datetime(first.headers["Last-Modified"]) == post.published_at.replace(
        microsecond=0
    )

    publish(company, "新来的")
    later = feed(client, kind, headers={"If-None-Match": first.headers["ETag"]})
    since = feed(client, kind, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (later.status_code, since.status_code) == (200, 200)
    assert later.headers["ETag"] != first.headers["ETag"]


def test_what_is_over_leaves_the_feed_and_a_renewal_is_an_update(client, company):
    post, other = publish(company, days_ago=3), publish(company, "保安", days_ago=2)
    before = {one.id: one.updated for one in read(feed(client, "atom")).entries}
    move(other, PostState.EXPIRED)
    post.renewed_on = clock.today()
    after = {one.id: one.updated for one in read(feed(client, "atom")).entries}
    [(name, updated)] = after.items()
    assert name in before
    assert updated > before[name]


def test_a_feed_holds_the_newest_fifty(client, company):
    posts = [
        publish(company, days_ago=60 - n, valid_through=clock.today() + timedelta(days=1))
        for n in range(55)
    ]
    found = read(feed(client, "rss"))
    assert [one.link.rsplit("/", 1)[1] for one in found.entries] == [
        str(one.id) for one in posts[:4:-1]
    ]


def test_the_json_feed_is_as_its_published_schema_says(client, company):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    check = fastjsonschema.compile(schema)
    publish(company, "保洁员 <b>")
    publish(company, duties="")
    found = json.loads(feed(client, "json").get_data())
    check(found)
    assert len(found["items"]) == 2
    assert set(found) <= set(schema["properties"])
    del found["items"][0]["id"]
    with pytest.raises(fastjsonschema.JsonSchemaException):
        check(found)


# RFC 4287, 4.1: what an element must hold, and how often; RSS 2.0 the same.
ONCE = {
    "feed": {"id", "title", "updated", "author"},
    "entry": {"id", "title", "updated", "author", "summary", "content", "published"},
    "channel": {"title", "link", "description", "language", "lastBuildDate"},
    "item": {"title", "link", "guid", "pubDate", "description"},
}


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_each_element_holds_what_the_standard_asks_for_once(client, company, kind):
    publish(company)
    publish(company, "保安", occupation_code=GUARD)
    root = ET.fromstring(feed(client, kind).get_data())
    seen = []
    for one in root.iter():
        name = one.tag.rpartition("}")[2]
        if name in ONCE:
            seen.append(name)
            below = [child.tag.rpartition("}")[2] for child in one if "Atom}link" not in child.tag]
            assert {name for name in below if below.count(name) == 1} - {"entry", "item"} == ONCE[
                name
            ]
            links = [child.get("rel") for child in one if "Atom}link" in child.tag]
            assert len(links) == len(set(links))
    assert seen == (["feed", "entry", "entry"] if kind == "atom" else ["channel", "item", "item"])
