"""Reporters are called back: who, in which order, and what comes of a call."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from counting import counted
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import create_category, create_incident, history
from sqlalchemy import select

from intranet import clock, once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Incident, Satisfaction, Source, State, Urgency, Verb, numbered
from intranet.incidents.operations import Brings, Report, perform

LIST = "/incidents/callbacks"


class Desk:
    """A community with an office, and a way to bring an incident to its end."""

    def __init__(self):
        self.town = create_town()
        self.micro = self.town.micros[0]
        self.urgent = create_category()
        self.ordinary = create_category("邻里纠纷", urgency=Urgency.ORDINARY)
        path = self.town.community.path
        self.office = create_account("office", path, display_name="社区周姐")
        self.staff = viewer_of(self.office, ("office", path))
        self.resident = create_account("resident", self.micro.path, display_name="居民老陈")
        self.now = AT

    def move(self, incident, verb, minutes=1, by=None, **brings):
        self.now += timedelta(minutes=minutes)
        perform(
            db.session(),
            actor=by or self.staff,
            at=self.now,
            incident=incident,
            verb=verb,
            brings=Brings(**brings),
        )
        db.session.commit()

    def closed(self, category=None, minutes=1, *, caller="", grid=None):
        """Return an incident that went all the way to its closing."""
        if caller:
            content = Report(
                grid=grid or self.micro,
                category=category or self.urgent,
                source=Source.CALLER,
                caller_name="王婆婆",
                caller_phone=caller,
            )
            incident = operations.report(db.session(), actor=None, at=self.now, content=content)
            db.session.commit()
        else:
            incident = create_incident(
                grid or self.micro, category or self.urgent, reporter=self.resident, at=self.now
            )
        handler = viewer_of(self.resident, ("resident", self.micro.path))
        self.move(incident, Verb.ACCEPT, minutes)
        self.move(incident, Verb.SETTLE, words="已劝离", by=handler)
        self.move(incident, Verb.VERIFY)
        self.move(incident, Verb.CLOSE, reporter_word="已处理")
        return incident

    def evaluated(self, incident, satisfaction, words=""):
        reporter = viewer_of(self.resident, ("resident", self.micro.path))
        self.move(incident, Verb.EVALUATE, satisfaction=satisfaction, words=words, by=reporter)


@pytest.fixture
def desk(app, client, monkeypatch):
    desk = Desk()
    log_in(client, desk.office)
    monkeypatch.setattr(clock, "now", lambda: desk.now + timedelta(minutes=1))
    return desk


def call(client, incident, outcome, *, turn=None, **data):
    db.session.refresh(incident)
    turn = incident.turn if turn is None else turn
    body = {"once": once.new_key(), "turn": turn, "outcome": outcome, **data}
    address = f"/incidents/{incident.number}/callback"
    db.session.rollback()
    answer = client.post(address, data=body)
    db.session.expire_all()
    return answer


def shown(incident):
    return numbered(incident.short_number)


def listed(client, query=""):
    """Return the numbers in the list, as they stand."""
    db.session.rollback()  # a reader of ours would hold what the export writes down with
    text = client.get(f"{LIST}/export.csv?{query}").data.decode("utf-8-sig")
    return [row[0] for row in list(csv.reader(io.StringIO(text)))[1:]]


def test_the_dissatisfied_come_first_then_the_urgent_then_the_oldest(desk, client):
    ordinary = desk.closed(desk.ordinary)
    late_urgent = desk.closed(minutes=30)
    happy = desk.closed()
    unhappy = desk.closed(desk.ordinary)
    other_ordinary = desk.closed(desk.ordinary)
    desk.evaluated(happy, Satisfaction.SATISFIED)
    desk.evaluated(unhappy, Satisfaction.DISSATISFIED, "楼道里还是有杂物")
    expected = [unhappy, late_urgent, ordinary, other_ordinary]
    assert listed(client) == [shown(one) for one in expected]
    page = client.get(LIST).text
    assert "楼道里还是有杂物" in page
    assert page.index(unhappy.number) < page.index(late_urgent.number)


def test_a_resident_reaches_the_question_at_once_and_what_they_write_leads_to_a_call(desk, client):
    incident = desk.closed()
    log_in(client, desk.resident)
    page = client.get(f"/incidents/{incident.number}").text
    first = page.index("<details", page.index('id="moves"'))
    assert 'id="move-evaluate"' in page[first : page.index("</details>", first)]
    assert "open" in page[first : page.index(">", first)]
    answer = client.post(
        f"/incidents/{incident.number}/evaluate",
        data={
            "once": once.new_key(),
            "turn": incident.turn,
            "satisfaction": "dissatisfied",
            "words": "只拍了照,没有清走",
        },
    )
    assert answer.status_code == 303
    log_in(client, desk.office)
    assert listed(client) == [shown(incident)]
    assert "只拍了照,没有清走" in client.get(f"/incidents/{incident.number}/callback").text


def test_what_a_caller_says_on_the_phone_is_an_evaluation_by_phone(desk, client):
    incident = desk.closed(caller="13912345678")
    page = client.get(f"/incidents/{incident.number}/callback").text
    assert "13912345678" not in page
    assert "139****5678" in page
    assert "/contact/phone" in page
    answer = call(client, incident, "evaluated", satisfaction="mostly", words="来得快")
    assert answer.status_code == 303
    event = history(incident)[-1]
    assert (event.verb, event.words, event.actor_id) == (
        Verb.EVALUATE,
        "来得快",
        desk.office.id,
    )
    assert json.loads(event.details) == {"satisfaction": "mostly", "channel": "phone"}
    assert incident.state is State.EVALUATED
    assert listed(client) == []
    assert listed(client, "pile=done") == [shown(incident)]
    assert "社区周姐" in client.get(f"{LIST}?pile=done").text
    assert (
        "社区周姐电话回访，上报人评价：基本满意" in client.get(f"/incidents/{incident.number}").text
    )


def test_only_after_three_tries_it_may_be_set_aside_and_a_later_call_brings_it_back(desk, client):
    incident = desk.closed(caller="13912345678")
    address = f"/incidents/{incident.number}/callback"
    for tried in (1, 2):
        assert 'name="set_aside"' not in client.get(address).text
        refused = call(client, incident, "unreached", words="无人接听", set_aside="y")
        assert refused.status_code == 422
        assert "无人接听</textarea>" in refused.text
        assert call(client, incident, "unreached", words="无人接听").status_code == 303
        assert json.loads(history(incident)[-1].details)["tries"] == tried
    assert 'name="set_aside"' in client.get(address).text
    assert call(client, incident, "unreached", set_aside="y").status_code == 303
    assert listed(client) == []
    assert listed(client, "pile=aside") == [shown(incident)]
    assert incident.state is State.CLOSED
    assert operations.replay(history(incident)).state is State.CLOSED
    call(client, incident, "unreached")
    assert listed(client) == [shown(incident)]


def test_not_solved_reopens_it_with_words_and_a_new_round_is_called_anew(desk, client):
    incident = desk.closed()
    desk.evaluated(incident, Satisfaction.DISSATISFIED, "没解决")
    assert call(client, incident, "unsolved").status_code == 422
    assert call(client, incident, "unsolved", words="上报人反映问题没有解决").status_code == 303
    assert (incident.state, incident.round) == (State.REOPENED, 2)
    assert listed(client) == []
    page = client.get(f"/incidents/{incident.number}/callback")
    assert "无需回访" in page.text
    assert call(client, incident, "unreached").status_code == 409


def test_the_dissatisfied_leave_the_list_once_they_were_heard(desk, client):
    incident = desk.closed()
    desk.evaluated(incident, Satisfaction.DISSATISFIED, "没解决")
    assert call(client, incident, "evaluated", satisfaction="satisfied").status_code == 409
    assert call(client, incident, "heard").status_code == 422
    assert call(client, incident, "heard", words="已解释,上报人表示理解").status_code == 303
    assert incident.state is State.EVALUATED
    assert listed(client) == []
    assert listed(client, "pile=done") == [shown(incident)]


def test_who_comes_too_late_is_told_and_a_form_sent_twice_counts_once(desk, client):
    incident = desk.closed()
    seen = incident.turn
    assert call(client, incident, "evaluated", satisfaction="satisfied").status_code == 303
    late = call(client, incident, "unreached", turn=seen, words="无人接听")
    assert late.status_code == 409
    assert "社区周姐" in late.text
    other = desk.closed()
    body = {"once": once.new_key(), "turn": other.turn, "outcome": "unreached"}
    for _ in range(2):
        assert client.post(f"/incidents/{other.number}/callback", data=body).status_code == 303
    assert [event.verb for event in history(other)].count(Verb.CALL_BACK) == 1
    assert call(client, other, "nonsense").status_code == 422
    wanting = call(client, other, "evaluated")
    assert wanting.status_code == 422
    assert "请选择满意程度" in wanting.text or "满意" in wanting.text


def test_period_grid_and_sample_narrow_the_list_and_a_sample_stays_as_drawn(desk, client):
    here = [desk.closed() for _ in range(12)]
    there = desk.closed(grid=desk.town.micros[3])
    assert len(listed(client)) == 13
    assert listed(client, f"grid={desk.town.micros[3].path}") == [shown(there)]
    assert listed(client, "since=2026-12-01") == []
    answer = client.get(f"{LIST}?sample=10")
    assert answer.status_code == 303
    drawn = listed(client, answer.location.partition("?")[2])
    assert len(drawn) == 10
    assert drawn == listed(client, answer.location.partition("?")[2])
    assert set(drawn) <= {shown(one) for one in (*here, there)}
    other = [listed(client, f"sample=10&seed={seed}") for seed in (1, 77, 5151, 999_998)]
    assert len({tuple(one) for one in other}) > 1


def test_pages_counts_and_exports_agree_and_the_export_is_written_down(desk, client):
    for _ in range(3):
        desk.closed()
    address = f"{LIST}?since=2026-11-01"
    client.get(address)
    with counted() as few:
        text = client.get(address).text
    assert text.count("/callback?back=") == 3
    assert '待回访<span class="badge">3</span>' in text
    for _ in range(45):
        row = db.session.scalar(select(Incident).limit(1))
        db.session.execute(
            Incident.__table__.insert().values(
                {
                    column.name: getattr(row, column.name)
                    for column in Incident.__table__.columns
                    if column.name not in {"id", "number", "report_key"}
                }
                | {"number": f"X{once.new_key()}"}
            )
        )
    db.session.commit()
    with counted() as many:
        text = client.get(address).text
    assert len(many) == len(few)
    assert text.count("/callback?back=") == 40
    assert client.get(f"{address}&page=2").text.count("/callback?back=") == 8
    assert len(listed(client, "since=2026-11-01")) == 48
    assert client.get(f"{LIST}/export.xlsx").data.startswith(b"PK")
    assert client.get(f"{LIST}/export.pdf").status_code == 404
    exported = select(AuditEntry).where(AuditEntry.action == "incidents:callbacks:export")
    assert len(db.session.scalars(exported).all()) == 2


def test_neither_grid_members_nor_reporters_have_the_list(desk, client):
    incident = desk.closed()
    general = desk.town.generals[0].path
    for account in (create_account("grid_member", general), desk.resident):
        log_in(client, account)
        assert client.get(LIST).status_code == 403
        assert client.get(f"/incidents/{incident.number}/callback").status_code == 403
        assert call(client, incident, "unreached").status_code == 403
        assert LIST not in client.get("/incidents").text
