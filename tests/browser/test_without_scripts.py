"""Every page does its work with JavaScript switched off; only moving pictures need it."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_axe import pages
from factories import PASSWORD, create_account
from house import matrix
from playwright.sync_api import expect

from intranet.access import Role
from intranet.cameras.models import Camera
from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(300),
    pytest.mark.one_engine("postgresql"),
]

# What can be pressed or typed into must lead somewhere by HTML alone. Run by the debugger, which
# may evaluate where the page itself may not.
DEAD = """() => {
  const shown = (x) => x.checkVisibility();
  const say = (what, x) => `${what}: ${x.outerHTML.replace(/\\s+/g, ' ').slice(0, 140)}`;
  const found = [];
  const form = (x) => x.form ?? x.closest('form');
  for (const b of document.querySelectorAll('button')) {
    if (!shown(b)) continue;
    if (b.type !== 'submit' || !form(b)) found.push(say('button', b));
  }
  for (const a of document.querySelectorAll('a')) if (!a.href) found.push(say('link', a));
  for (const f of document.querySelectorAll('form')) {
    if (f.getAttribute('method') === 'dialog') continue;  // closes what only scripts open
    if (!f.hasAttribute('action')) found.push(say('form without an address', f));
    const sends = [...f.elements].some(e => e.type === 'submit');
    if (!sends) found.push(say('form that cannot be sent', f));
  }
  for (const x of document.querySelectorAll('input, select, textarea'))
    if (!form(x)) found.push(say('field of no form', x));
  for (const x of document.querySelectorAll('[hx-get], [hx-post]')) {
    const asks = x.getAttribute('hx-trigger') || '';
    const byItself = /every|from:body/.test(asks);
    const fallback = x.matches('a[href], form, button') || form(x);
    if (!byItself && !fallback) found.push(say('only htmx', x));
  }
  for (const x of document.querySelectorAll('.skeleton, [aria-busy=true]'))
    if (shown(x) && !document.querySelector('noscript')) found.push(say('waits for ever', x));
  if (!document.querySelector('main h1') || !shown(document.querySelector('main h1')))
    found.push('no heading');
  return found;
}"""


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SECRETARY, Role.MICRO_MEMBER])
def test_every_control_of_every_page_leads_somewhere(app, address, chromium, role):
    world = matrix.build_world()
    page = enter(app, chromium, address, world.accounts[role], java_script_enabled=False)
    dead, seen = [], 0
    for path in pages(world):
        if path == "/style":
            continue  # specimens; its pages are the house's
        answer = page.goto(f"{address}{path}")
        seen += answer.status == 200
        dead += [f"{path} {line}" for line in page.evaluate(DEAD)]
    assert dead == []
    assert seen > 12


@pytest.fixture
def world(app):
    return matrix.build_world()


@pytest.fixture
def leader(app, address, chromium, world):
    account = world.accounts[Role.SECRETARY]
    page = enter(app, chromium, address, account, java_script_enabled=False)
    page.goto(f"{address}/")
    return page


def test_logging_in_wrong_then_right_changing_the_language_and_leaving(
    app, address, chromium, world
):
    hashed = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    create_account("secretary", world.town.community.path, "sj-wang", password_hash=hashed)
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/cameras")
    assert "/login" in page.url
    page.get_by_label("登录名").fill("sj-wang")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.locator(".error")).to_be_visible()
    assert page.get_by_label("登录名").input_value() == "sj-wang"
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(r"/cameras$"))

    page.locator("details.me summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Cameras")
    page.locator("details.me summary").click()
    page.get_by_role("button", name="中文").click()
    page.locator("details.me summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.goto(f"{address}/cameras")
    assert "/login" in page.url


def test_a_team_is_filled_corrected_and_its_history_read(leader, address, world):
    code = world.here.micro_code
    leader.goto(f"{address}/grids/{world.town.community.code}/roster")
    leader.locator(f"#row-{code}").get_by_role("link", name="编辑").click()
    leader.locator("input[name=who][type=search]").fill("欧阳")
    leader.get_by_role("button", name="查找").click()
    leader.locator("input[name=party]").first.check()
    leader.locator(f"#add-{code} select[name=kind]").select_option("micro_member")
    leader.get_by_role("button", name="登记到任").click()
    expect(leader.locator("main")).to_contain_text("撤回")
    leader.get_by_role("button", name="撤回").click()
    expect(leader.locator("main")).to_contain_text("空缺")
    leader.get_by_role("link", name="历史").first.click()
    expect(leader.locator("h1")).to_contain_text("历史")


def test_somebody_is_entered_found_shown_for_a_reason_and_moved(leader, address, world):
    leader.goto(f"{address}/register/new?kind=person")
    leader.get_by_role("button", name="保存").click()
    expect(leader.locator("#name-error")).to_be_visible()
    leader.locator("#name").fill("诸葛青云")
    leader.locator("#phone").fill("13800002468")
    leader.get_by_role("button", name="保存").click()
    expect(leader.locator("h1")).to_contain_text("诸")
    assert "诸葛青云" not in leader.content()
    row = leader.locator("#content .facts dd").filter(has=leader.locator("details")).first
    row.locator("summary").click()
    row.get_by_role("button", name="查看").click()
    expect(leader.locator("main")).to_contain_text("诸葛青云")
    leader.goto(f"{address}/register?q=zgqy")
    expect(leader.locator("table tbody tr")).to_have_count(1)
    leader.locator("table tbody a").click()
    leader.get_by_role("link", name="迁移").click()
    leader.locator("select").first.select_option(world.there.path)
    leader.locator("main form button.primary").click()
    expect(leader.locator("main")).to_contain_text("第2网格")


def test_an_account_is_made_given_a_second_role_and_closed(leader, address, world):
    leader.goto(f"{address}/accounts/new")
    leader.locator("#username").fill("li-weiwang")
    leader.locator("#display_name").fill("李网格")
    leader.locator("#role").select_option("grid_member")
    leader.locator("#grid_path").select_option(world.town.generals[0].path)
    leader.get_by_role("button", name="新建账号").click()
    expect(leader.locator(".note.warn code")).to_be_visible()
    leader.locator("main form select#role").select_option("party_member")
    leader.locator("main form select#grid_path").select_option(world.here.path)
    leader.get_by_role("button", name="授予角色").click()
    expect(leader.locator("main table tbody tr")).to_have_count(2)


def test_a_camera_is_registered_given_a_host_and_taken_down(leader, address, world):
    leader.goto(f"{address}/cameras/new")
    leader.locator("#code").fill("wt-31")
    leader.locator("#name").fill("菜市场西门")
    leader.locator("#main_url").fill("rtsp://8.8.8.8/x")
    leader.get_by_role("button", name="保存").click()
    expect(leader.locator("#main_url-error")).to_be_visible()
    leader.locator("#main_url").fill("rtsp://127.0.0.1:9/x")
    leader.get_by_role("button", name="保存").click()
    expect(leader.locator("h1")).to_have_text("菜市场西门")
    expect(leader.locator("main")).to_contain_text("尚无画面")
    leader.get_by_role("link", name="设置").click()
    leader.get_by_role("button", name="测试摄像头").click()
    expect(leader.locator("main")).to_contain_text("正在连接")
    expect(leader.get_by_role("link", name="再看一次")).to_be_visible()
    leader.go_back()
    leader.locator("#who").fill("欧阳")
    leader.get_by_role("button", name="查找").click()
    leader.locator("input[name=party]").first.check()
    leader.get_by_role("button", name="设为托管户").click()
    db.session.expire_all()
    camera = db.session.scalars(db.select(Camera).where(Camera.code == "WT-31")).one()
    host = camera.host_party_id
    db.session.rollback()  # what is read here must not hold up what the browser writes
    assert host in {world.here.party_id, world.there.party_id}
    leader.get_by_role("button", name="撤下").click()
    expect(leader.locator("main")).to_contain_text("重新启用")
