"""The button "test camera" in Chromium, our worker behind it, against cameras that are not ours."""

from __future__ import annotations

import socket
import threading

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_live import worker  # noqa: F401
from factories import create_account, create_town
from media.rig.rig import camera_rig  # noqa: F401
from playwright.sync_api import expect

from intranet.cameras.tasks import DatabaseDoor
from intranet.media import prober

pytestmark = [
    pytest.mark.browser,
    pytest.mark.gstreamer,
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.one_engine("postgresql"),
]
MAIN = "input[name=main_url]"
FOUND = "#camera-test"


@pytest.fixture
def tests(app, worker):
    """The media worker's thread that runs what the button asks for."""
    stop = threading.Event()
    arguments = (worker, DatabaseDoor(app), stop, print)
    thread = threading.Thread(target=prober.keep, args=arguments)
    thread.start()
    yield
    stop.set()
    thread.join(40)


@pytest.fixture
def form(app, tests, address, chromium):
    town = create_town()
    account = create_account("secretary", town.community.path)
    page = enter(app, chromium, address, account)
    page.goto(f"{address}/cameras/new")
    page.fill("input[name=name]", "老南街口 朝东")
    yield page
    assert page.complaints == []


def press(page, url):
    """Type an address and press the button."""
    page.fill(MAIN, url)
    page.locator(f"{FOUND} *").evaluate_all("old => old.forEach((one) => one.dataset.old = '')")
    with page.expect_response("**/cameras/test"):
        page.get_by_role("button", name="测试摄像头").click()
    expect(page.locator(f"{FOUND} [data-old]")).to_have_count(0)  # the answer is on the page
    return page.locator(FOUND)


def says(page, url, words):
    """The card says it, says nothing of the address, and what was typed is still there."""
    found = press(page, url)
    found.get_by_text(words).wait_for(timeout=60_000)
    assert found.locator("img").count() == 0
    assert "secret" not in page.locator("#content").inner_text()
    assert page.input_value(MAIN) == url
    assert page.input_value("input[name=name]") == "老南街口 朝东"


def shows_picture(found):
    """A real picture arrived: the browser decoded it."""
    picture = found.locator("img")
    found.locator("img, .note").first.wait_for(timeout=60_000)  # twice what the worker may take
    assert picture.count() == 1, found.inner_text()
    picture.evaluate("image => image.decode()")
    return picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")


def test_a_good_camera_is_seen_and_described(form, camera_rig):
    found = press(form, camera_rig.url("/main"))
    assert shows_picture(found) == [640, 360]
    assert "h264 640×360" in found.inner_text()
    assert "pcm_alaw" in found.inner_text()

    found = press(form, camera_rig.digest_url())
    assert shows_picture(found) == [640, 360]


def test_h265_is_seen_with_a_word_about_browsers(form, camera_rig):
    found = press(form, camera_rig.url("/h265"))
    shows_picture(found)
    assert "视频是 H.265" in found.inner_text()


def test_timestamps_that_jump_are_remarked_upon(form, camera_rig):
    over = threading.Event()

    def jump():
        while not over.wait(1.0):
            camera_rig.jump(700)

    jumper = threading.Thread(target=jump)
    jumper.start()
    try:
        found = press(form, camera_rig.url("/odd"))
        shows_picture(found)
        assert "时间戳跳变" in found.inner_text()
    finally:
        over.set()
        jumper.join()


def test_a_wrong_password_no_stream_and_no_picture_are_told_apart(form, camera_rig):
    says(form, camera_rig.digest_url("secret-but-wrong"), "用户名或密码不对")
    says(form, camera_rig.url("/nothing"), "没有这路码流")
    says(form, camera_rig.url("/audio"), "没有画面")


def test_a_closed_port_a_deaf_one_and_no_camera_address_are_told_apart(form):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        says(form, f"rtsp://u:secret@127.0.0.1:{port}/x", "拒绝连接")
        server.listen()
        says(form, f"rtsp://u:secret@127.0.0.1:{port}/x", "没有应答")
    says(form, "rtsp://u:secret@10.9.8.7/x", "网段")
    says(form, "http://127.0.0.1/x", "地址格式如 rtsp://")


def test_the_kept_address_is_tested_when_none_is_typed(app, form, camera_rig):
    form.fill("input[name=code]", "WT-901")
    form.fill(MAIN, camera_rig.digest_url())
    form.get_by_role("button", name="保存").click()
    form.wait_for_url("**/cameras/WT-901")
    form.goto(form.url + "/edit")
    assert form.input_value(MAIN) == ""
    form.get_by_role("button", name="测试摄像头").click()
    assert shows_picture(form.locator(FOUND)) == [640, 360]


def test_the_sub_stream_is_tested_by_a_button_of_its_own(form, camera_rig):
    form.fill(MAIN, camera_rig.url("/nothing"))
    form.fill("input[name=sub_url]", camera_rig.url("/main"))
    form.get_by_role("button", name="测试子码流").click()
    assert shows_picture(form.locator(FOUND)) == [640, 360]
