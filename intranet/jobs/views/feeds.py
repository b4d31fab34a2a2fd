"""A search as a feed that readers follow: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from flask import Response, abort, make_response, request, url_for
from markupsafe import escape

from intranet import clock
from intranet.clock import BEIJING
from intranet.db import db
from intranet.i18n import _, community_name, html_lang
from intranet.jobs import queries
from intranet.jobs.forms import saying
from intranet.jobs.queries import Shown, Sort, Wanted
from intranet.jobs.views.narrowing import address_of, chips, query_of, read
from intranet.jobs.views.posting import description
from intranet.jobs.views.room import bp

ENTRIES_MAX = 50
ATOM = "http://www.w3.org/2005/Atom"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # of a feed in which nothing stands yet
MINTED = "2026"  # the year in which names of our feeds began (RFC 4151)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One post in a feed."""

    id: str  # a tag: URI; a post's number is never another's
    title: str
    url: str
    published: datetime
    updated: datetime
    summary: str
    html: str
    author: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A search: where it stands, as a page and as itself, and its newest posts."""

    id: str
    title: str
    url: str
    own_url: str
    updated: datetime
    entries: Sequence[Entry]


@bp.get("/jobs/feed.atom")
def feed_atom() -> Response:
    """Give the search as Atom."""
    return _answer("jobs.feed_atom", "application/atom+xml", atom)


@bp.get("/jobs/feed.rss")
def feed_rss() -> Response:
    """Give the search as RSS."""
    return _answer("jobs.feed_rss", "application/rss+xml", rss)


@bp.get("/jobs/feed.json")
def feed_json() -> Response:
    """Give the search as JSON Feed."""
    return _answer("jobs.feed_json", "application/feed+json", json_feed)


def _answer(endpoint: str, media_type: str, write: Callable[[Feed], bytes]) -> Response:
    """Write the feed, or say that the reader has it already. An unknown narrowing is none: 404."""
    asked = read()
    if not asked.is_well:
        abort(404)
    feed = _feed(replace(asked.wanted, sort=Sort.NEWEST), endpoint)
    body = write(feed)
    answer = make_response(body)
    answer.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"  # asked again each time, answered by 304
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.last_modified = feed.updated
    answer.make_conditional(request)
    return answer


def _feed(wanted: Wanted, endpoint: str) -> Feed:
    session, today = db.session(), clock.today()
    hits = queries.newest(session, wanted, today=today, limit=ENTRIES_MAX)
    rows = queries.shown(session, [one.post_id for one in hits], today=today)
    entries = [_entry(one) for one in rows]
    tree = queries.tree(session, wanted.code, {})
    narrowed = chips(wanted, tree.above[-1].name if tree.above else "")
    words = " · ".join(one.value for one in narrowed)
    name = _("Jobs near home, %(community)s", community=community_name())
    return Feed(
        id=_tag("search", query_of(wanted) or "all"),
        title=f"{name} · {words}" if words else name,
        url=address_of(wanted, _external=True),
        own_url=address_of(wanted, endpoint, _external=True),
        updated=max((one.updated for one in entries), default=BEGINNING),
        entries=entries,
    )


def _entry(one: Shown) -> Entry:
    post = one.post
    assert post.published_at is not None
    assert post.valid_through is not None
    updated = post.published_at
    if post.renewed_on is not None:
        updated = max(updated, datetime.combine(post.renewed_on, time(), BEIJING))
    facts = (
        saying.pay_said(post),
        one.company_name,
        post.address,
        _("%(num)s openings", num=post.openings_left),
        _("valid through %(day)s", day=post.valid_through.isoformat()),
    )
    return Entry(
        id=_tag("post", str(post.id)),
        title=f"{post.title} {saying.pay_said(post)}",
        url=url_for("jobs.post", post_id=post.id, _external=True),
        published=post.published_at.astimezone(UTC).replace(microsecond=0),
        updated=updated.astimezone(UTC).replace(microsecond=0),
        summary=" · ".join(facts),
        html=description(post),
        author=one.company_name,
    )


def _tag(kind: str, name: str) -> str:
    """Return a name for ever (RFC 4151): the house's own, the year, and which one."""
    host = request.host.lower().rpartition(":")[0] or request.host.lower()
    house = re.sub(r"[^a-z0-9.-]", "-", host).strip("-.") or "localhost"
    return f"tag:{house},{MINTED}:jobs/{kind}/{name}"


def atom(feed: Feed) -> bytes:
    """Write RFC 4287."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": html_lang()})
    _put(root, "id", feed.id)
    _put(root, "title", feed.title)
    _put(root, "updated", _rfc3339(feed.updated))
    _put(_put(root, "author"), "name", community_name())
    _put(root, "link", rel="self", type="application/atom+xml", href=feed.own_url)
    _put(root, "link", rel="alternate", type="text/html", href=feed.url)
    for one in feed.entries:
        entry = _put(root, "entry")
        _put(entry, "id", one.id)
        _put(entry, "title", one.title)
        _put(entry, "link", rel="alternate", type="text/html", href=one.url)
        _put(entry, "published", _rfc3339(one.published))
        _put(entry, "updated", _rfc3339(one.updated))
        _put(_put(entry, "author"), "name", one.author)
        _put(entry, "summary", one.summary)
        _put(entry, "content", one.html, type="html")
    return _xml(root)


def rss(feed: Feed) -> bytes:
    """Write RSS 2.0, with Atom's link to itself as the RSS Advisory Board asks for."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = _put(root, "channel")
    _put(channel, "title", feed.title)
    _put(channel, "link", feed.url)
    _put(channel, "description", _("The newest posts of this search"))
    _put(channel, "language", html_lang().lower())
    _put(channel, "lastBuildDate", format_datetime(feed.updated))
    _put(channel, "atom:link", rel="self", type="application/rss+xml", href=feed.own_url)
    for one in feed.entries:
        item = _put(channel, "item")
        _put(item, "title", one.title)
        _put(item, "link", one.url)
        _put(item, "guid", one.id, isPermaLink="false")
        _put(item, "pubDate", format_datetime(one.published))
        _put(item, "description", f"<p>{escape(one.summary)}</p>{one.html}")
    return _xml(root)


def json_feed(feed: Feed) -> bytes:
    """Write JSON Feed 1.1."""
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.own_url,
        "language": html_lang(),
        "items": [
            {
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "summary": one.summary,
                "content_html": one.html,
                "date_published": _rfc3339(one.published),
                "date_modified": _rfc3339(one.updated),
                "authors": [{"name": one.author}],
            }
            for one in feed.entries
        ],
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def _put(parent: ET.Element, name: str, words: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    made.text = _clean(words) or None
    return made


def _clean(words: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return NOT_XML.sub("", words)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(root: ET.Element) -> bytes:
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made
