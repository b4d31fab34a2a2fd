"""One incident's page: its place, its people, its checklist, its photos, and merging it at once."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from case_scene import HERE, Scene
from counting import counted
from factories import AT, create_grid
from incidents_factory import history, last_id
from photos_for_covering import photo_with_a_face, take_photo

from intranet import clock, once
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.incidents import operations
from intranet.incidents.models import AttachmentKind, Stage, State, Verb


@pytest.fixture
def scene(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return Scene(app)


def test_the_map_shows_the_grid_the_point_and_cameras_near_it(scene):
    scene.camera(scene.micro, "NEAR-1", HERE[0] + 0.0005, HERE[1])
    scene.camera(scene.micro, "FAR-1", HERE[0] + 0.0019, HERE[1])
    text = scene.page("secretary").text
    assert 'class="plot here"' in text
    assert 'class="found" r="20" cx=' in text
    assert "/cameras/NEAR-1" in text
    assert "相距 56 米" in text
    assert "/cameras/FAR-1" not in text  # within the grid, but others are nearer


def test_without_a_camera_at_hand_those_of_the_grid_are_named(scene):
    scene.camera(scene.micro, "GRID-1")
    scene.camera(scene.town.micros[3], "ELSE-1")
    text = scene.page("secretary").text
    assert "/cameras/GRID-1" in text
    assert "/cameras/ELSE-1" not in text


def test_a_reporter_from_elsewhere_learns_of_no_camera_they_may_not_look_through(scene):
    scene.camera(scene.micro, "NEAR-1", *HERE)
    text = scene.page("resident").text
    assert "NEAR-1" not in text
    assert "有人卖鞭炮" in text


def test_a_point_far_from_its_grid_is_told_not_drawn(scene):
    incident = scene.report(latitude_wgs84=30.9, longitude_wgs84=103.9)
    text = scene.browser("secretary").get(f"/incidents/{incident.number}").text
    assert "坐标不在本网格范围内" in text
    assert 'class="found" r="20" visibility="hidden"' in text


def test_the_place_is_put_right_with_its_desk_and_without_touching_the_clocks(scene):
    before = scene.row()
    due = before.stage_due_at, before.total_due_at, before.state
    other = scene.town.micros[3]
    fields = {
        "grid": other.path,
        "place": "农贸市场 西门",
        "latitude": "30.68",
        "longitude": "103.854",
    }
    assert scene.post("resident", "/relocate", **fields).status_code == 403
    assert scene.post("grid", "/relocate", **fields).status_code == 303
    row = scene.row()
    assert (row.grid_path, row.place) == (other.path, "农贸市场 西门")
    assert row.desk_path == scene.town.generals[1].path
    assert (row.stage_due_at, row.total_due_at, row.state) == due
    standing = operations.replay(history(row))
    assert (standing.grid_id, standing.desk_id) == (last_id(row.grid_path), last_id(row.desk_path))
    assert "调整了位置：第2网格 › 微网格2-2" in scene.page("other_grid").text
    # Who corrected it has had a hand in it and still sees it; it is now the other's to accept.
    assert scene.page("grid").status_code == 200
    assert scene.post("other_grid", "/accept").status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 422, "请选择微网格"),
        ({"place": "", "latitude": "30.68", "longitude": "103.85"}, 422, "位置没有变化"),
        ({"latitude": "30.68"}, 422, "纬度和经度要一起填写"),
        ({"latitude": "nan", "longitude": "1"}, 422, "纬度和经度要一起填写"),
        ({"turn": "77"}, 409, ""),
    ],
)
def test_a_correction_that_is_none_says_so_beside_the_field(scene, fields, status, words):
    grid = {"grid": scene.micro.path} if fields else {}
    answer = scene.post("grid", "/relocate", **grid, **fields)
    assert answer.status_code == status
    assert words in answer.text
    assert Verb.RELOCATE not in [event.verb for event in history(scene.row())]


def test_it_moves_to_no_other_community_and_a_raised_desk_stays(scene):
    elsewhere = create_grid(GridKind.COMMUNITY, "柳溪村", "510115101002", scene.town.town)
    general = create_grid(GridKind.GENERAL, "第1网格", "510115101002001", elsewhere)
    micro = create_grid(GridKind.MICRO, "外村", "510115101002001001", general)
    db.session.commit()
    assert "其他社区" in scene.post("grid", "/relocate", grid=micro.path, place="x").text
    row = scene.row()
    row.desk_path, row.level_raised = scene.town.community.path, 1
    db.session.commit()
    moved = scene.post("secretary", "/relocate", grid=scene.town.micros[3].path, place="西门")
    assert moved.status_code == 303
    assert scene.row().desk_path == scene.town.community.path


def test_people_concerned_are_masked_and_shown_to_staff_alone(scene):
    party = scene.party(scene.micro, "欧阳隐名")
    found = scene.page("grid", "/related?who=欧阳").text
    assert f'value="{party.id}"' in found
    assert "欧阳隐名" not in found.replace('value="欧阳"', "")
    added = scene.post("grid", "/related", party=party.id, role="witness")
    assert added.status_code == 303
    for who in ("secretary", "grid", "micro"):
        text = scene.page(who).text
        assert f"/register/{party.id}" in text
        assert "证人" in text
        assert "欧阳隐名" not in text
    assert f"/register/{party.id}" not in scene.page("resident").text
    assert "证人" not in scene.page("resident").text
    export = scene.browser("secretary").get("/incidents/export.csv?tab=area", buffered=True).text
    assert "欧阳" not in export
    assert "欧**" not in export
    event = history(scene.row())[-1]
    assert (event.verb, json.loads(event.details)) == (
        Verb.RELATE,
        {"party": party.id, "role": "witness"},
    )
    assert scene.post("grid", "/related", party=party.id, role="witness").status_code == 409
    assert scene.post("resident", f"/related/{party.id}/remove").status_code == 403
    assert scene.post("grid", f"/related/{party.id}/remove").status_code == 303
    assert f"/register/{party.id}" not in scene.page("grid").text
    assert scene.post("grid", f"/related/{party.id}/remove").status_code == 409


def test_nobody_is_added_from_beyond_ones_own_register(scene):
    party = scene.party(scene.town.micros[3], "欧阳隐名")
    assert f'value="{party.id}"' not in scene.page("grid", "/related?who=欧阳").text
    assert scene.post("grid", "/related", party=party.id, role="witness").status_code == 422
    assert scene.post("secretary", "/related", party=party.id, role="owner").status_code == 303
    text = scene.page("grid").text
    assert f"/register/{party.id}" not in text
    assert "另有 1 人不在您的辖区内" in text


def test_the_work_is_not_over_while_a_line_that_must_be_done_is_not(scene):
    scene.handling()
    done = ["现场无人燃放", "违规物品已清点"]
    answer = scene.post("grid", "/finish", words="已处置", checked=done)
    assert answer.status_code == 422
    assert "必办项尚未完成：周边火源已清除" in answer.text
    assert 'value="违规物品已清点" checked' in answer.text  # nothing ticked is lost
    assert scene.row().state is State.HANDLING
    done[1] = "周边火源已清除"
    assert scene.post("grid", "/finish", words="已处置", checked=done).status_code == 303
    details = json.loads(history(scene.row())[-1].details)
    assert details == {"done": ["现场无人燃放", "周边火源已清除"], "open": ["违规物品已清点"]}
    text = scene.page("grid").text
    assert "✓ 现场无人燃放" in text
    assert "○ 违规物品已清点 · 未完成" in text
    paper = scene.page("secretary", "/papers/check").text
    assert "☑ 现场无人燃放" in paper
    assert "☐ 违规物品已清点" in paper


def test_a_line_ticked_at_dispatch_is_ticked_when_the_result_is_reported(scene):
    scene.move("grid", Verb.ACCEPT)
    me = f"account:{scene.accounts['grid'].id}"
    sent = scene.post("grid", "/dispatch", assignees=me, checked=["违规物品已清点", "没有这一行"])
    assert sent.status_code == 303  # what must be done blocks no dispatch
    assert json.loads(history(scene.row())[-1].details)["done"] == ["违规物品已清点"]
    scene.move("grid", Verb.ARRIVE)
    assert 'value="违规物品已清点" checked' in scene.page("grid").text


def photos(count=1):
    return [(io.BytesIO(photo_with_a_face()), f"{n}.jpg") for n in range(count)]


def test_photos_may_be_added_while_it_is_open_by_those_who_have_to_do_with_it(scene):
    assert scene.post("resident", "/photos", photos=photos(2), kind="scene").status_code == 303
    # The result is not the reporter's to show.
    assert scene.post("resident", "/photos", photos=photos(), kind="result").status_code == 422
    assert scene.post("micro", "/photos", photos=photos(), kind="scene").status_code == 403
    assert scene.post("grid", "/photos", photos=photos(), kind="result").status_code == 303
    assert scene.post("grid", "/photos", kind="result").status_code == 422
    text = scene.page("grid").text
    assert text.index("<h3>现场</h3>") < text.index("<h3>处置后</h3>")
    assert text.count("data-large") == 3
    scene.post("secretary", "/void", words="重复")
    assert scene.post("grid", "/photos", photos=photos(), kind="result").status_code == 422


def test_whoever_is_marked_as_leading_leads(scene):
    scene.move("grid", Verb.ACCEPT)
    one, two = (f"account:{scene.accounts[who].id}" for who in ("grid", "micro"))
    assert scene.post("grid", "/dispatch", assignees=[one, two], lead=two).status_code == 303
    held = operations.assignees(db.session(), scene.row())
    assert [f"{each.kind}:{each.id}" for each in held] == [two, one]
    missing = scene.post("secretary", "/whistle", words="需要支援")
    assert missing.status_code == 422
    assert 'id="whistle-handlers"' in missing.text


def test_whom_the_whistle_calls_from_the_desk_has_it_and_the_clock_of_coming_runs(scene):
    scene.move("grid", Verb.ACCEPT)
    called = f"account:{scene.accounts['micro'].id}"
    text = scene.page("secretary").text
    assert "事件同时算已分派" in text
    answer = scene.post("secretary", "/whistle", words="需要消防到场", assignees=[called])
    assert answer.status_code == 303
    row = scene.row()
    assert (row.state, row.stage) == (State.DISPATCHED, Stage.ARRIVE)
    held = operations.assignees(db.session(), row)
    assert [f"{each.kind}:{each.id}" for each in held] == [called]
    assert scene.post("micro", "/arrive").status_code == 303
    # Called while it is being handled, more come; nothing begins anew.
    before = scene.row()
    turn, stage, began_at = before.turn, before.stage, before.stage_began_at
    more = f"account:{scene.accounts['grid'].id}"
    assert scene.post("secretary", "/whistle", words="再来人", assignees=[more]).status_code == 303
    row = scene.row()
    assert (row.state, row.turn) == (State.HANDLING, turn + 1)
    assert (row.stage, row.stage_began_at) == (stage, began_at)
    assert "都算办毕" in scene.page("micro").text


def test_many_dispatched_at_once_are_led_by_whom_the_list_marks(scene):
    scene.move("grid", Verb.ACCEPT)
    row = scene.row()
    one, two = (f"account:{scene.accounts[who].id}" for who in ("grid", "micro"))
    data = {"verb": "dispatch", "one": f"{row.id}:{row.turn}", "once": once.new_key()}
    asked = scene.browser("grid").post("/incidents/bulk", data=data)
    assert 'id="bulk-handlers"' in asked.text
    nobody = scene.browser("grid").post("/incidents/bulk", data=data | {"sure": "y"})
    assert nobody.status_code == 422
    sent = data | {"sure": "y", "assignees": [one], "lead": two, "once": once.new_key()}
    assert scene.browser("grid").post("/incidents/bulk", data=sent).status_code == 303
    held = operations.assignees(db.session(), scene.row())
    assert [f"{each.kind}:{each.id}" for each in held] == [two, one]


def test_at_acceptance_the_like_is_offered_merged_and_taken_out_again(scene, monkeypatch):
    second = scene.report(description="又有人卖鞭炮", longitude_wgs84=HERE[1] + 0.0003)
    page = scene.page("grid").text
    assert f'value="{second.number}:{second.turn}"' in page
    assert "合并到该件" in page
    assert "合并到该件" not in scene.page("resident").text
    stale = scene.post("grid", "/merge", into=f"{second.number}:77")
    assert stale.status_code == 409
    assert scene.post("grid", "/merge").status_code == 422
    into = f"{second.number}:{scene.row(second).turn}"
    assert scene.post("resident", "/merge", into=into).status_code == 403
    assert scene.post("grid", "/merge", into=into, turn="0").status_code == 409
    assert scene.post("grid", "/merge", into=into).status_code == 303
    assert scene.row().merged_into_id == second.id
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=18))
    assert "还可在 42 分钟 内撤销合并" in scene.page("grid").text
    assert scene.post("grid", "/unmerge").status_code == 303
    assert scene.row().state is State.REPORTED


def test_a_closed_case_tells_how_long_each_step_and_the_whole_took(scene, monkeypatch):
    scene.handling()
    scene.post("grid", "/finish", words="好了", checked=["现场无人燃放", "周边火源已清除"])
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=47))
    assert scene.post("secretary", "/verify").status_code == 303
    told = scene.post("secretary", "/close", reporter_word="已办结，谢谢您")
    assert told.status_code == 303
    text = scene.page("resident").text
    assert "从发现到办结共 47 分钟" in text
    assert "用时 47 分钟" in text


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(scene):
    # Both ways must name somebody: names behind ids are asked for where there are any.
    scene.handling()
    client = scene.browser("secretary")

    def questions(incident):
        with counted() as asked:
            assert client.get(f"/incidents/{incident.number}").status_code == 200
        return len(asked)

    party = scene.party(scene.micro, "甲乙")
    scene.post("grid", "/related", party=party.id, role="witness")
    scene.camera(scene.micro, "C-0", *HERE)
    take_photo(scene.row(), scene.viewer("grid"), at=AT)
    questions(scene.incident)  # whatever is asked once a process
    few = questions(scene.incident)
    for number in range(1, 6):
        scene.camera(scene.micro, f"C-{number}", HERE[0], HERE[1] + number / 10_000)
        other = scene.party(scene.micro, f"甲乙{number}")
        scene.post("grid", "/related", party=other.id, role="witness")
        take_photo(scene.row(), scene.viewer("grid"), at=AT, kind=AttachmentKind.RESULT)
        scene.post("grid", "/comment", words=f"跟进{number}")
    assert questions(scene.incident) == few
