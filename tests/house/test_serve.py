"""One command starts the whole house, and leaves nothing behind when it is stopped."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from factories import create_account, create_town, log_in
from house.running import HOUSE, STOP_SECONDS, Running, free_port

from intranet import create_app
from intranet.config import Settings
from intranet.schema import upgrade_database


@pytest.fixture
def served(tmp_path):
    """Serve a small town through gunicorn itself; give its address and a secretary's cookie."""
    port = free_port()
    environment = {
        "INTRANET_DATA_DIR": str(tmp_path / "var"),
        "INTRANET_SECRET_KEY": "a key for tests only",
    }
    app = create_app(Settings.from_env(environment))
    with app.app_context():
        upgrade_database()
        client = log_in(
            app.test_client(), create_account("secretary", create_town().community.path)
        )
        cookie = client.get_cookie("weiwang").value
    command = [sys.executable, "-m", "intranet", "web", "--workers", "1", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=HOUSE)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/healthz")
        yield address, f"weiwang={cookie}"
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait_for(url):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"nothing at {url}")


def ask(served, path):
    """Return status, headers and body of the secretary's GET."""
    address, cookie = served
    request = urllib.request.Request(address + path, headers={"Cookie": cookie})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers, answer.read()


@pytest.mark.timeout(120)
def test_every_export_leaves_the_server_as_a_file(served):
    for path in ("/grids/roster", "/register/export", "/audit/export"):
        for ending, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
            status, headers, body = ask(served, f"{path}.{ending}")
            assert status == 200, path
            assert "filename*=UTF-8''" in headers["Content-Disposition"]
            assert body.startswith(start), path


@pytest.mark.timeout(120)
def test_a_very_long_search_is_answered_by_the_house(served):
    status, _headers, body = ask(served, f"/register?q={'a' * 5000}")

    assert status == 200
    assert "登记簿" in body.decode()


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")
def test_run_comes_up_stops_without_a_trace_and_comes_up_again_with_what_it_had(tmp_path, request):
    folder = tmp_path / "var"
    port = free_port()

    first = Running(folder, port)
    request.addfinalizer(first.end)
    first.wait_for_first_page()
    assert len(first.left_behind()) >= 4
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert b'weiwang_request_seconds_count{endpoint="people.login_page"' in answer.read()
    assert first.stop(signal.SIGINT) == 0
    assert first.left_behind() == {}
    shown, written = first.log.read_text(), (folder / "run.log").read_text()
    assert f"http://127.0.0.1:{port}" in shown
    assert '"level": "info"' not in shown, "the address is not to be drowned"
    assert '"endpoint": "people.login_page"' in written
    assert "SIGINT received" in written

    made_at = (folder / "demo-accounts.txt").stat().st_mtime_ns
    second = Running(folder, port)
    request.addfinalizer(second.end)
    second.wait_for_first_page()
    assert (folder / "demo-accounts.txt").stat().st_mtime_ns == made_at, "made once, and kept"
    killed = [
        pid for pid, words in second.left_behind().items() if words.endswith("intranet media")
    ]
    os.kill(killed[0], signal.SIGKILL)
    second.comes_back("intranet media", killed[0])
    assert second.process.poll() is None
    hung = [pid for pid, words in second.left_behind().items() if words.endswith("intranet worker")]
    os.kill(hung[0], signal.SIGSTOP)
    second.stop(signal.SIGHUP)  # the terminal closes while one of them hangs
    assert second.left_behind() == {}
    assert "a password for this test" in (folder / "demo-accounts.txt").read_text()


def test_a_taken_port_is_named_and_another_proposed(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "intranet", "run", "--port", str(port)],
            env={**os.environ, "INTRANET_DATA_DIR": str(tmp_path)},
            cwd=HOUSE,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert answer.returncode == 1
    assert f"port {port} is taken" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_what_cannot_run_at_all_ends_the_whole_house_and_is_named(tmp_path):
    """A house that tries the impossible for ever says nothing to anybody."""
    from intranet import processes

    said = tmp_path / "said"
    program = (
        "import sys; from pathlib import Path; from intranet import processes as p\n"
        "p.PAUSE_SECONDS = 0.1\n"
        f"house = p.Household(Path({str(said)!r}))\n"
        "house.add_process('good', 'exec sleep 60')\n"
        "house.add_process('bad', 'echo no disk `date +%s.%N`; exit 3')\n"
        "house.loop(); sys.exit(house.returncode)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, timeout=60, check=False
    )

    assert answer.returncode == 3
    assert (
        answer.stdout.count(b"no disk") == processes.ENDS_MAX == said.read_text().count("no disk")
    )
    assert b"good stopped" in answer.stdout
    assert b"bad ended 5 times within 60 s (exit status 3)" in answer.stdout
    tried = [float(at) for at in re.findall(r"no disk ([\d.]+)", said.read_text())]
    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert pauses == sorted(pauses), "it is tried later each time"
    assert pauses[-1] > 0.75
