"""The house of a browser test is closed only when all that was asked of it has been answered."""

from __future__ import annotations

import threading
import urllib.request

import pytest
from serving import Gate, serving
from werkzeug.test import Client, run_wsgi_app
from werkzeug.wrappers import Response


def test_who_is_inside_is_waited_for_though_the_browser_has_gone():
    entered, go_on, ended = threading.Event(), threading.Event(), []

    def slow(environ, start_response):
        entered.set()
        assert go_on.wait(20)
        ended.append("answered")
        return Response("done")(environ, start_response)

    def ask(where):
        with pytest.raises(OSError):  # it gives up: nobody waits for the answer
            urllib.request.urlopen(where, timeout=0.2)

    with serving(slow) as where:
        ask(where)
        assert entered.wait(20)
        assert ended == []
        threading.Timer(0.3, go_on.set).start()
    assert ended == ["answered"]


@pytest.mark.parametrize("end", [list, lambda body: body.close()], ids=["heard out", "broken off"])
def test_a_stream_is_inside_until_its_end_and_nobody_comes_in_later(end):
    def stream(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"one", b"two"])

    gate = Gate(stream)
    body, status, _ = run_wsgi_app(gate, {"REQUEST_METHOD": "GET"})
    assert status == "200 OK"
    assert gate.inside == 1
    end(body)
    assert gate.inside == 0
    body.close()
    assert gate.inside == 0
    gate.close()
    assert Client(gate).get("/").status_code == 503
    assert gate.inside == 0


def test_an_app_that_fails_leaves_nobody_inside():
    def failing(environ, start_response):
        raise RuntimeError("no")

    gate = Gate(failing)
    with pytest.raises(RuntimeError):
        Client(gate).get("/")
    assert gate.inside == 0
