"""Caddy in front of the house: what it is told, how it is started, and how the house knows it.

A connection brings the name or address it was made to; Caddy asks the house whether that is this
machine's (``/help/https/own``) and, if so, issues a certificate for half a day under the house's
root, and a new one in time. A new lease of the router therefore needs no restart.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import socket
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intranet.config import Settings
from intranet.https import root

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_HEADER = "X-Weiwang-Front"
PAGE, OWN = "/help/https", "/help/https/own"
# gunicorn closes a silent connection after 15 s: Caddy must not send a form into one.
KEPT_OPEN = "10s"
LOOK_SECONDS = 0.5
# A request in a log would carry names in its query, and the key.
LOG_ENCODER = {
    "format": "filter",
    "wrap": {"format": "json"},
    "fields": {"request": {"filter": "delete"}},
}


def program() -> Path | None:
    """Return Caddy from its wheel; not every kind of machine has one."""
    path = Path(sysconfig.get_path("scripts")) / "caddy"
    return path if os.access(path, os.X_OK) else None


def key(settings: Settings) -> str:
    """Return what Caddy shows the house to be believed: who lacks it may forward nothing."""
    return hmac.new(settings.secret_key.encode(), b"https front", hashlib.sha256).hexdigest()


def is_running(settings: Settings) -> bool:
    """Say whether something answers on the port, which is ours if a root was made here."""
    if settings.https_port is None or not root.certificate_path(settings.data_dir).exists():
        return False
    try:
        with socket.create_connection(("127.0.0.1", settings.https_port), LOOK_SECONDS):
            return True
    except OSError:
        return False


def hindrance(settings: Settings) -> str:
    """Return, in words for the terminal, why there can be no HTTPS; nothing when there can."""
    port = settings.https_port
    if port is None:
        return "HTTPS is off (INTRANET_HTTPS_PORT)"
    if program() is None:
        return "no HTTPS: there is no Caddy for this kind of machine"
    if _is_taken(port):
        return f"no HTTPS: port {port} is not free; INTRANET_HTTPS_PORT={port + 1} moves it"
    return ""


def _is_taken(port: int) -> bool:
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104
        try:
            probe = socket.socket(family)
        except OSError:
            continue  # no IPv6 on this machine
        with probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                # IPv6 may be switched off, which is no hindrance.
                if family == socket.AF_INET or error.errno != errno.EADDRNOTAVAIL:
                    return True
    return False


def configuration(settings: Settings, house: str) -> dict[str, Any]:
    """Return Caddy's configuration; ``house`` is host and port of the pages.

    No admin door, nothing written outside the data folder, no certificate asked of anybody else:
    the one issuer is the internal one, under our root, which is put into no trust store.
    """
    folder = settings.data_dir / "https"
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": house}],
        "flush_interval": -1,  # a part of a live picture leaves when it comes
        "headers": {"request": {"set": {KEY_HEADER: [key(settings)]}}},
        "transport": {"protocol": "http", "keep_alive": {"idle_timeout": KEPT_OPEN}},
        # While the house starts, whoever comes waits a little. Only a dial is tried again.
        "load_balancing": {"try_duration": "5s", "try_interval": "250ms"},
    }
    server = {
        "listen": [f":{settings.https_port}"],
        "protocols": ["h1", "h2"],
        # "http" typed before the address and port leads to https instead of nowhere.
        "listener_wrappers": [{"wrapper": "http_redirect"}, {"wrapper": "tls"}],
        "automatic_https": {"disable": True},
        "tls_connection_policies": [{}],
        "routes": [{"handle": [proxy]}],
    }
    permission = {"module": "http", "endpoint": f"http://{house}{OWN}"}
    authority = {
        "install_trust": False,
        "intermediate_common_name": "Weiwang intermediate",
        "root": {
            "certificate": str(root.certificate_path(settings.data_dir)),
            "private_key": str(root.key_path(settings.data_dir)),
        },
    }
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "ERROR", "encoder": LOG_ENCODER}}},
        "storage": {"module": "file_system", "root": str(folder / "issued")},
        "apps": {
            "http": {"servers": {"house": server}},
            "pki": {"certificate_authorities": {"local": authority}},
            "tls": {
                "automation": {
                    "policies": [{"issuers": [{"module": "internal"}], "on_demand": True}],
                    "on_demand": {"permission": permission},
                }
            },
        },
    }


def environment(settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """Return what Caddy gets of the environment: no secret of the house, no folder but its own."""
    folder = str(settings.data_dir / "https")
    return {
        "PATH": env.get("PATH", ""),
        "HOME": folder,
        "XDG_CONFIG_HOME": folder,
        "XDG_DATA_HOME": folder,
    }


@click.command("https")
@click.option(
    "--port",
    default=lambda: int(os.environ.get("PORT") or 8000),
    type=int,
    show_default="8000",
    help="port of `intranet web`",
)
@click.option(
    "--bind",
    default=lambda: os.environ.get("BIND") or "127.0.0.1",
    show_default="127.0.0.1",
    help="address `intranet web` listens on",
)
def command(port: int, bind: str) -> None:
    """Serve the pages of `intranet web` over HTTPS on INTRANET_HTTPS_PORT."""
    settings = Settings.from_env()
    words, caddy = hindrance(settings), program()
    if words or caddy is None:
        raise click.ClickException(words)
    root.make_once(settings.data_dir, settings.https_names)
    everywhere = bind in {"0.0.0.0", "::", ""}  # noqa: S104
    house = f"{'127.0.0.1' if everywhere else f'[{bind}]' if ':' in bind else bind}:{port}"
    path = settings.data_dir / "https" / "caddy.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(configuration(settings, house), indent=1), encoding="utf-8")
    # It takes this process over: whoever ends it ends Caddy.
    arguments = [str(caddy), "run", "--config", str(path)]
    os.execve(caddy, arguments, environment(settings, os.environ))  # noqa: S606
