"""Over HTTPS a browser on the network may hear; over plain HTTP it is led to how."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from browser.house_in_browser import ARGUMENTS, CHROMIUM, needs_chromium
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from factories import AT, PASSWORD, create_account, create_town
from house.running import HOUSE, STOP_SECONDS, free_port
from playwright.sync_api import sync_playwright

from intranet import create_app
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.config import Settings
from intranet.db import db
from intranet.https import names
from intranet.people.operations import passwords
from intranet.schema import upgrade_database

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(180), pytest.mark.alone]
# A machine without a network is reached by a name, which is no secure context either.
NAME = "office.example"
LAN = (names.network_addresses() or [NAME])[0]


@pytest.fixture
def ports(tmp_path):
    """A small town through gunicorn, on every address, with Caddy before it."""
    port, https_port = free_port(), free_port()
    environment = {
        "INTRANET_DATA_DIR": str(tmp_path / "var"),
        "INTRANET_SECRET_KEY": "a key for tests only",
        "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
        "INTRANET_TALK_QUIET": "off",
        "INTRANET_HTTPS_PORT": str(https_port),
        "INTRANET_HTTPS_NAMES": NAME,
    }
    settings = Settings.from_env(environment)
    with create_app(settings).app_context():
        upgrade_database()
        town = create_town()
        create_account(
            "micro_member",
            town.micros[0].path,
            "micro",
            password_hash=passwords.hash_password(PASSWORD),
        )
        facts = CameraFacts(
            "老南街口",
            town.micros[0].path,
            None,
            None,
            None,
            "rtsp://127.0.0.1:9/live",
            "",
            wallclock=False,
        )
        add_camera(
            db.session(),
            actor=None,
            code="TALK-1",
            facts=facts,
            allowed=settings.camera_networks,
            at=AT,
        )
        db.session.commit()
    environment = {**os.environ, **environment, "PORT": str(port), "BIND": "0.0.0.0"}
    started = [
        subprocess.Popen([sys.executable, "-m", "intranet", *words], env=environment, cwd=HOUSE)
        for words in (("web", "--workers", "1"), ("https",))
    ]
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        _wait_for(f"http://127.0.0.1:{https_port}/healthz")  # leads to https, unknown yet
        yield port, https_port, tmp_path / "var" / "https"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(STOP_SECONDS)


def _wait_for(url):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.URLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                return None
            time.sleep(0.1)
    raise AssertionError(f"nothing at {url}")


@pytest.fixture
def page(ports):
    """Chromium that takes this house's certificates and no others."""
    _port, _https_port, folder = ports
    pem = folder / "issued" / "pki" / "authorities" / "local" / "intermediate.crt"
    key = x509.load_pem_x509_certificate(pem.read_bytes()).public_key()
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    known = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    more = [
        f"--ignore-certificate-errors-spki-list={known}",
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*ARGUMENTS, *more]
        )
        opened = browser.new_page(viewport={"width": 390, "height": 844})
        opened.set_default_timeout(20_000)
        opened.complaints = []
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened
        browser.close()


def log_in(page, address):
    page.goto(f"{address}/login?next=/cameras/TALK-1")
    page.locator("[name=username]").fill("micro")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .btn.primary").click()
    page.wait_for_url(f"{address}/cameras/TALK-1")


def test_over_https_at_the_network_s_address_one_may_hold_and_speak_and_over_http_is_led_there(
    ports, page
):
    port, https_port, _folder = ports
    plain, secure = f"http://{LAN}:{port}", f"https://{LAN}:{https_port}"

    log_in(page, secure)
    assert page.evaluate("window.isSecureContext")
    page.locator("[data-do=hold]").wait_for()
    assert not page.locator("#talk .insecure").is_visible()
    assert page.evaluate("navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'heard')")

    log_in(page, plain)  # beside the Secure cookie of the same host
    assert not page.evaluate("window.isSecureContext")
    page.locator(".talk-state", has_text="本页不是用 HTTPS 打开的").wait_for()
    assert not page.locator("[data-do=hold]").is_visible()
    page.locator("#talk .insecure a", has_text="怎样用 HTTPS 打开").click()
    page.wait_for_url(f"{plain}/help/https")
    way = page.locator(".addresses a")
    assert way.get_attribute("href") == f"{secure}/help/https"
    with page.expect_download() as download:
        page.locator("a[href$='root.crt']").click()
    assert "BEGIN CERTIFICATE" in download.value.path().read_text()

    way.click()
    page.wait_for_url(f"{secure}/help/https")
    page.get_by_text("本页已经是用 HTTPS 打开的").wait_for()
    for address in (secure, plain):
        page.goto(f"{address}/cameras/TALK-1")
        assert page.url == f"{address}/cameras/TALK-1", "still logged in on both"
    assert {one["name"]: one["secure"] for one in page.context.cookies()} == {
        "weiwang": False,
        "__Host-weiwang": True,
    }
    assert page.complaints == []
