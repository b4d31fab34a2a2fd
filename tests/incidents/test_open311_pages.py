"""The pages behind the door: keys, questions of matters, and what is let out of an incident."""

from __future__ import annotations

import re

import pytest
from factories import create_account, log_in
from open311_house import house, incident_in  # noqa: F401
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from intranet import once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents.models import Client, Question, Release


@pytest.fixture
def admin(house, client):
    return log_in(client, create_account("admin", house.town.county.path))


def actions():
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def key_form(house, **fields):
    form = {
        "name": "城管平台",
        "contact": "区城管局 028-85012345",
        "grid": house.town.community.path,
        "per_minute": "30",
        "once": once.new_key(),
    }
    return form | fields


def test_a_key_is_shown_once_and_only_its_digest_is_kept(house, admin):
    form = key_form(house)
    page = admin.post("/incidents/keys", data=form)

    key = re.search(r"w311_[\w-]{43}", page.text)[0]
    made = db.session.scalar(select(Client).where(Client.name == "城管平台"))
    assert made.key_start == key[:12]
    assert key not in {made.key_hash, made.name}
    again = admin.post("/incidents/keys", data=form)
    assert again.status_code == 200
    assert key not in again.text
    listed = admin.get("/incidents/keys").text
    assert key not in listed
    assert f"{key[:12]}…" in listed
    assert house.report(api_key=key)
    assert "从未使用" in admin.get("/incidents/keys").text  # the first key's
    assert actions().count("incidents:client:add") == 2


def test_a_key_is_revoked_for_good_and_its_reports_stay(house, admin):
    number = house.report()
    answer = admin.post(f"/incidents/keys/{house.client_id}/revoke")

    assert answer.status_code == 303
    assert "已吊销" in admin.get("/incidents/keys").text
    assert house.post(service_code=house.public.code).status_code == 403
    assert house.one(number)["status"] == "open"
    assert admin.post("/incidents/keys/999/revoke").status_code == 404
    assert actions()[-1] == "incidents:client:revoke"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"per_minute": "0"},
        {"per_minute": "9999"},
        {"grid": "nowhere"},
        {"name": "长" * 61},
    ],
)
def test_what_a_key_form_lacks_is_said_beside_the_field(house, admin, wrong):
    answer = admin.post("/incidents/keys", data=key_form(house, **wrong))

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert "028-85012345" in answer.text
    assert "w311_" not in answer.text.replace(house.key[:12], "")


def question_form(**fields):
    return {
        "description": "占用了哪里？",
        "datatype": "singlevaluelist",
        "choices": "walk 人行道\nroad 车行道",
        "once": once.new_key(),
    } | fields


def test_questions_are_asked_changed_and_closed(house, admin):
    path = f"/incidents/catalogue/{house.public.id}/questions"
    code = house.public.code
    assert "尚无附加问题" in admin.get(path).text
    assert admin.post(path, data=question_form(is_required="y")).status_code == 303
    question = db.session.scalar(select(Question))
    assert "人行道、车行道" in admin.get(path).text
    assert house.get(f"services/{code}.json").json["attributes"][0]["required"] is True

    change = question_form(description="占用了什么地方？", version=str(question.version))
    assert admin.post(f"{path}/{question.id}", data=change).status_code == 303
    late = admin.post(f"{path}/{question.id}", data=change)
    assert late.status_code == 409
    (asked,) = house.get(f"services/{code}.json").json["attributes"]
    assert asked["description"] == "占用了什么地方？"
    assert asked["datatype"] == "singlevaluelist"
    assert asked["required"] is False

    assert admin.post(f"{path}/{question.id}/close").status_code == 303
    assert house.get(f"services/{code}.json").json["attributes"] == []
    assert house.get("services.json").json[0]["metadata"] is False
    assert "停用" in admin.get(path).text
    assert [one for one in actions() if ":question:" in one] == [
        "incidents:question:add",
        "incidents:question:change",
        "incidents:question:close",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": ""},
        {"choices": ""},
        {"choices": "a 一\na 二"},
        {"code": "9 lives"},
        {"datatype": "colour"},
        {"position": "0"},
        {"position": "many"},
    ],
)
def test_a_question_that_cannot_be_asked_is_said_beside_the_field(house, admin, wrong):
    path = f"/incidents/catalogue/{house.public.id}/questions"
    answer = admin.post(path, data=question_form(hint="请填写", **wrong))

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert "请填写" in answer.text
    assert db.session.scalar(select(Question)) is None


def let_out(client, path, tail="", **typed):
    """Return what a page's form brings: its hidden fields, and what was typed."""
    db.session.rollback()
    page = client.get(path).text
    (form,) = re.findall(rf'action="{path}/outside{tail}"[^>]*>(.*?)</form>', page, re.DOTALL)
    hidden = MultiDict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    hidden.update(typed)
    return hidden


def test_staff_let_words_out_and_take_them_back(house, client):
    incident = incident_in(house, description="王秀英在门口摆摊")
    log_in(client, create_account("office", house.town.community.path))
    path = f"/incidents/{incident.number}"
    assert "对外仅公开事项类别" in client.get(path).text

    empty = client.post(f"{path}/outside", data=let_out(client, path, words=" "))
    assert empty.status_code == 422
    assert 'id="public-error"' in empty.text
    answer = client.post(f"{path}/outside", data=let_out(client, path, words="门口有人摆摊"))
    assert answer.status_code == 200
    assert "已对外公开：门口有人摆摊" in answer.text
    assert house.one(incident.number)["description"] == "门口有人摆摊"

    held = client.post(
        f"{path}/outside/hold",
        data=let_out(client, path, "/hold"),
        headers={"HX-Request-Type": "partial", "HX-Request": "true"},
    )
    assert held.text.lstrip().startswith("<section")
    assert house.one(incident.number)["description"] is None
    assert db.session.scalar(select(Release)) is None
    assert actions()[-2:] == ["incidents:outside:release", "incidents:outside:hold"]


def test_a_matter_that_is_not_public_has_nothing_to_let_out(house, client):
    incident = incident_in(house, house.secret)
    log_in(client, create_account("office", house.town.community.path))

    assert "公开详情" not in client.get(f"/incidents/{incident.number}").text
