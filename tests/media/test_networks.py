"""Which addresses a camera may have."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intranet.media import networks
from intranet.media.door import Trouble

ALLOWED = (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rtsp://10.20.3.4/x", "rtsp://10.20.3.4:554/x"),
        ("rtsps://10.20.3.4/x", "rtsps://10.20.3.4:322/x"),
        ("rtsp://u:p@10.20.3.4:8554/x?y=1", "rtsp://u:p@10.20.3.4:8554/x?y=1"),
        ("rtsp://[fd00::5]/x", "rtsp://[fd00::5]:554/x"),
    ],
)
def test_an_allowed_address_is_pinned(url, expected):
    assert networks.pinned(url, ALLOWED) == expected


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("rtsp://10.21.0.1/x", Trouble.OUTSIDE_NETWORKS),
        ("rtsp://127.0.0.1/x", Trouble.OUTSIDE_NETWORKS),
        ("rtsp://0.0.0.0/x", Trouble.OUTSIDE_NETWORKS),
        ("rtsp://[::ffff:127.0.0.1]/x", Trouble.OUTSIDE_NETWORKS),
        ("rtsp://[::1]/x", Trouble.OUTSIDE_NETWORKS),
        ("rtsp://2130706433/x", Trouble.OUTSIDE_NETWORKS),  # 127.0.0.1 as one number
        ("http://10.20.3.4/x", Trouble.BAD_ADDRESS),
        ("file:///etc/passwd", Trouble.BAD_ADDRESS),
        ("concat:rtsp://10.20.3.4", Trouble.BAD_ADDRESS),
        ("rtsp://", Trouble.BAD_ADDRESS),
        ("rtsp://10.20.3.4:22/", Trouble.BAD_ADDRESS),
        ("rtsp://10.20.3.4:99999/", Trouble.BAD_ADDRESS),
        ("rtsp://10.20.3.4/a b", Trouble.BAD_ADDRESS),
        ("rtsp://10.20.3.4/a\nb", Trouble.BAD_ADDRESS),
        ("-i rtsp://10.20.3.4/", Trouble.BAD_ADDRESS),
        ("rtsp://10.20.3.4/" + "a" * 600, Trouble.BAD_ADDRESS),
        ("rtsp://no-such-name.invalid/", Trouble.UNREACHABLE),
        ("rtsp://192.168..8.21/x", Trouble.UNREACHABLE),
        ("rtsp://" + "a" * 64 + ".example/x", Trouble.UNREACHABLE),
    ],
)
def test_any_other_address_is_refused_with_its_reason(url, trouble):
    with pytest.raises(networks.AddressRefusedError) as caught:
        networks.pinned(url, ALLOWED)
    assert caught.value.trouble is trouble
    assert "10.20" not in str(caught.value)


def test_a_name_with_one_address_outside_is_refused_and_the_answer_is_pinned(monkeypatch):
    answers = ["10.20.0.7", "192.168.1.1"]

    def resolve(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in answers]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(networks.AddressRefusedError):
        networks.pinned("rtsp://camera.lan/x", ALLOWED)
    answers.pop()
    assert networks.pinned("rtsp://u:p@camera.lan/x", ALLOWED) == "rtsp://u:p@10.20.0.7:554/x"


@given(st.text(max_size=80))
def test_no_text_at_all_makes_it_crash(text):
    with contextlib.suppress(networks.AddressRefusedError):
        networks.parse(text)
