"""Companies in browsers: registered, verified, stopped; nothing typed is lost, nothing twice."""

from __future__ import annotations

import re
from datetime import timedelta

from factories import AT, create_account
from jobs.jobs_factory import create_company
from jobs.posts_scene import browser, code, fresh, published, scene, sent  # noqa: F401
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Company, CompanyState, Handler, JobPost, PostState
from intranet.register.models import Party, PartyKind
from intranet.register.operations import create_party


def station(app, scene):
    return browser(app, scene.staff[0])


def new_form(scene, **changed):
    return sent(
        kind="company",
        public_name="寿安面粉厂",
        credit_code=code("91510115MA6CXYTR1"),
        grid_path=scene.town.micros[0].path,
        address="正街 12 号",
        words="面粉加工，60 人",
        **changed,
    )


def test_a_company_is_typed_in_once_and_opened(app, scene):
    client = station(app, scene)
    form = new_form(scene)
    answers = [client.post("/jobs/companies/new", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    page = client.get(answers[0].location).text
    assert all(words in page for words in ("寿安面粉厂", "待核验", "面粉加工，60 人"))
    assert db.session.scalar(select(func.count(Company.id))) == 2


def test_a_wrong_code_is_said_beside_the_field_and_all_typed_is_kept(app, scene):
    form = new_form(scene) | {"credit_code": "91510115MA6CXYTR10"}
    answer = station(app, scene).post("/jobs/companies/new", data=form)
    assert answer.status_code == 422
    assert all(words in answer.text for words in ("寿安面粉厂", "91510115MA6CXYTR10", "正街 12 号"))
    assert 'id="credit_code-error"' in answer.text


def test_all_that_is_needed_is_marked_and_all_faults_are_said_at_once(app, scene):
    client = station(app, scene)
    needed = ("grid_path", "kind", "public_name", "credit_code", "address")
    page = client.get("/jobs/companies/new").text
    for name in needed:
        label = re.search(rf'<label for="{name}">(.*?)</label>', page)[1]
        assert "*" in label, name
    empty = client.post("/jobs/companies/new", data=sent(kind="company", latitude="30.7"))
    assert empty.status_code == 422
    for name in ("grid_path", "public_name", "credit_code", "address", "longitude"):
        assert f'id="{name}-error"' in empty.text, name
    data = new_form(scene) | {"credit_code": "91510115MA6CXYTR10", "public_name": ""}
    both = client.post("/jobs/companies/new", data=data)
    assert all(f'id="{name}-error"' in both.text for name in ("credit_code", "public_name"))
    assert db.session.scalar(select(func.count(Company.id))) == 1


def test_one_of_the_register_is_found_and_chosen(app, scene):
    shop = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.SHOP,
        grid_path=scene.town.micros[0].path,
        at=AT,
        public_name="老面馆",
    )
    db.session.commit()
    client = station(app, scene)
    found = client.get("/jobs/companies/new?q=面馆").text
    assert f"/jobs/companies/new?party={shop.id}" in found
    assert "温江鱼凫" not in found
    assert "已登记" in client.get("/jobs/companies/new?q=鱼凫").text
    chosen = client.get(f"/jobs/companies/new?party={shop.id}").text
    assert f'name="party" value="{shop.id}"' in chosen
    data = sent(party=shop.id, kind="shop", address="正街 1 号")
    answer = client.post("/jobs/companies/new", data=data)
    assert answer.status_code == 303, answer.text
    again = client.post("/jobs/companies/new", data=sent(**(data | {"once": "x" * 20})))
    assert again.status_code == 409


def test_verified_with_both_compared_and_not_without(app, scene):
    company = create_company(scene.town.micros[0], "老面馆", verified=False)
    db.session.get(Party, company.party_id).credit_code = code("91510115MA6CXYTR1")
    db.session.commit()
    client, today = station(app, scene), clock.today()
    url = f"/jobs/companies/{company.id}/verify"
    seen = {name: today.isoformat() for name in ("licence_seen_on", "handler_seen_on")}
    data = sent(version=company.version, handler_name="邓洁", **seen)
    refused = client.post(url, data=data)
    assert refused.status_code == 422
    nobody = client.post(url, data=data | {"is_fitting": "1", "handler_name": " "})
    assert nobody.status_code == 422
    assert 'id="handler_name-error"' in nobody.text
    future = (today + timedelta(days=2)).isoformat()
    refused = client.post(url, data=data | {"is_fitting": "1", "licence_seen_on": future})
    assert refused.status_code == 422
    assert 'id="licence_seen_on-error"' in refused.text
    for days, words in ((0, "请选今天以后的日期"), (-400, "请选今天以后的日期"), (800, "两年以内")):
        again = (today + timedelta(days=days)).isoformat()
        refused = client.post(url, data=data | {"is_fitting": "1", "recheck_due_on": again})
        assert refused.status_code == 422
        assert words in refused.text.split('id="recheck_due_on-error"')[1][:400]
    stale = client.post(url, data=sent(**(data | {"is_fitting": "1", "version": 99})))
    assert stale.status_code == 409
    done = client.post(url, data=sent(**(data | {"is_fitting": "1", "once": "k" * 20})))
    assert done.status_code == 303
    assert fresh(Company, company.id).state is CompanyState.VERIFIED
    assert "经办人" in (page := client.get(f"/jobs/companies/{company.id}").text)
    assert "邓洁" in page


def test_stopped_with_a_reason_and_let_back(app, scene):
    post = published(scene)
    client, url = station(app, scene), f"/jobs/companies/{scene.company.id}"
    version = scene.company.version
    assert client.post(f"{url}/suspend", data=sent(version=version, reason="")).status_code == 422
    done = client.post(f"{url}/suspend", data=sent(version=version, reason="涉嫌收费"))
    assert done.status_code == 303
    assert fresh(JobPost, post.id).state is PostState.REMOVED
    page = client.get(url).text
    assert all(words in page for words in ("已停用", "涉嫌收费"))
    version = fresh(Company, scene.company.id).version
    assert client.post(f"{url}/restore", data=sent(version=version)).status_code == 303
    assert fresh(Company, scene.company.id).state is CompanyState.UNVERIFIED


def test_somebody_is_let_act_and_ended(app, scene):
    create_account("company", scene.town.dedicated.path, username="chen", display_name="陈芳")
    client, url = station(app, scene), f"/jobs/companies/{scene.company.id}"
    day = clock.today().isoformat()
    wrong = client.post(f"{url}/handlers", data=sent(username="nobody", letter_seen_on=day))
    assert wrong.status_code == 422
    assert all(words in wrong.text for words in ('value="nobody"', 'id="username-error"'))
    done = client.post(f"{url}/handlers", data=sent(username="chen", letter_seen_on=day))
    assert done.status_code == 303
    assert "陈芳" in client.get(url).text
    handler = db.session.scalar(select(Handler).order_by(Handler.id.desc()).limit(1))
    assert client.post(f"{url}/handlers/{handler.id}/end", data=sent()).status_code == 303
    assert fresh(Handler, handler.id).ends_on == clock.today()
    again = client.post(f"{url}/handlers/{handler.id}/end", data=sent())
    assert again.status_code == 409


def test_the_list_is_searched_filtered_and_paged(app, scene):
    for number in range(51):
        create_company(scene.town.micros[0], f"第{number}号面馆", verified=False)
    scene.company.recheck_due_on = clock.today() - timedelta(days=1)
    db.session.commit()
    from intranet.register.operations.personal import index

    for party in db.session.scalars(select(Party)).all():
        index(db.session(), party)
    db.session.commit()
    client = station(app, scene)
    first = client.get("/jobs/companies").text
    assert "第48号面馆" in first
    assert "第50号面馆" not in first
    assert "第50号面馆" in client.get(f"/jobs/companies?after={scene.company.id + 49}").text
    assert "第7号面馆" not in client.get("/jobs/companies?q=鱼凫").text
    assert "鱼凫" in client.get("/jobs/companies?q=wjyf").text
    due = client.get("/jobs/companies?due=1").text
    assert "鱼凫" in due
    assert "已超期" in due
    assert "第7号面馆" not in due
    assert "第7号面馆" not in client.get("/jobs/companies?state=verified").text
    for odd in ("state=odd&after=x&due=maybe&grid=zz", "q=%F0%9F%98%80"):
        assert client.get(f"/jobs/companies?{odd}").status_code == 200
    assert "没有符合" in client.get("/jobs/companies?q=无此企业").text


def test_who_acts_for_a_company_sees_it_and_no_other_and_changes_nothing_of_it(app, scene):
    other = create_company(scene.town.dedicated, "瑞丰物业")
    db.session.commit()
    client, url = browser(app, scene.handler_account), f"/jobs/companies/{scene.company.id}"
    page = client.get(url)
    assert page.status_code == 200
    assert "/verify" not in page.text
    assert "/posts/new" in page.text
    assert client.get(f"/jobs/companies/{other.id}").status_code == 404
    assert client.get("/jobs/companies").status_code == 403
    assert client.post(f"{url}/verify", data=sent()).status_code == 403
    handler = db.session.scalar(select(Handler))
    handler.ends_on = clock.today()
    db.session.commit()
    assert client.get(url).status_code == 404
    assert client.get("/jobs/mine").status_code == 403
