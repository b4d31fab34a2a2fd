"""Settings of one running intranet, read once from ``INTRANET_*`` and never changed."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
CHANNEL_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
CHANNEL_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S")
HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9-]{1,63})*")
HTTPS_PORT, PORT_MAX = 8443, 65535


class SettingsError(ValueError):
    """A setting is missing or cannot be read; the process must not start."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when to when a street is not spoken to without a reason, Beijing time; equal: never."""

    begins: time
    ends: time

    def holds(self, now: time) -> bool:
        """Whether it is quiet time."""
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends


@dataclass(frozen=True, slots=True)
class NoticeChannel:
    """One way notices leave the house; the template is an apprise URL, and secret."""

    name: str
    template: str = field(repr=False)


@dataclass(frozen=True, repr=False)
class Settings:
    """Everything the environment decides. ``docs/settings.md`` explains each field."""

    data_dir: Path
    media_dir: Path
    files_dir: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    ffmpeg: str
    camera_networks: tuple[Network, ...]
    demo: bool
    demo_password: str | None
    secure_cookies: bool
    proxy_hops: int
    https_port: int | None
    https_names: tuple[str, ...]
    metrics_token: str | None
    recording_days: int
    recording_max_bytes: int
    recording_min_free_bytes: int
    live_waiters_max: int
    caller_days: int
    talk_days: int
    talk_quiet: QuietHours
    community_name: str
    notice_channels: tuple[NoticeChannel, ...] = ()
    outlet_hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show no secret: a repr ends up in logs and tracebacks."""
        return f"Settings(data_dir={str(self.data_dir)!r}, demo={self.demo})"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises SettingsError, which names the variable and what it should hold, never its value.
        """
        source = os.environ if env is None else env
        data_dir = Path(source.get("INTRANET_DATA_DIR") or "var").resolve()
        media_dir = Path(source.get("INTRANET_MEDIA_DIR") or data_dir / "media").resolve()
        files_dir = Path(source.get("INTRANET_FILES_DIR") or data_dir / "files").resolve()
        default_db = f"sqlite:///{data_dir / 'intranet.sqlite3'}"
        demo = _flag(source, "INTRANET_DEMO")
        return cls(
            data_dir=data_dir,
            media_dir=media_dir,
            files_dir=files_dir,
            database_url=_database_url(source.get("INTRANET_DATABASE_URL") or default_db),
            redis_url=source.get("INTRANET_REDIS_URL") or None,
            secret_key=source.get("INTRANET_SECRET_KEY") or _kept_secret(data_dir),
            ffmpeg=source.get("INTRANET_FFMPEG") or "",
            camera_networks=_networks(source.get("INTRANET_CAMERA_NETWORKS", "")),
            demo=demo,
            demo_password=source.get("INTRANET_DEMO_PASSWORD") or None,
            secure_cookies=_flag(source, "INTRANET_SECURE_COOKIES"),
            proxy_hops=_whole(source, "INTRANET_PROXY_HOPS", 0),
            https_port=_https_port(source.get("INTRANET_HTTPS_PORT", "")),
            https_names=_https_names(source.get("INTRANET_HTTPS_NAMES", "")),
            metrics_token=source.get("INTRANET_METRICS_TOKEN") or None,
            recording_days=_whole(source, "INTRANET_RECORDING_DAYS", 30),
            recording_max_bytes=_whole(source, "INTRANET_RECORDING_MAX_GB", 0) * 10**9,
            recording_min_free_bytes=_whole(source, "INTRANET_RECORDING_MIN_FREE_GB", 5) * 10**9,
            live_waiters_max=_whole(source, "INTRANET_LIVE_WAITERS_MAX", 48),
            caller_days=_whole(source, "INTRANET_CALLER_DAYS", 180),
            talk_days=_whole(source, "INTRANET_TALK_DAYS", 90),
            talk_quiet=_quiet(source.get("INTRANET_TALK_QUIET") or "22:00-07:00"),
            community_name=source.get("INTRANET_COMMUNITY_NAME") or "微网",
            notice_channels=_channels(source.get("INTRANET_NOTICE_CHANNELS", "")),
            outlet_hosts=_hosts(source.get("INTRANET_OUTLET_HOSTS", "")),
        )


def _flag(source: Mapping[str, str], name: str) -> bool:
    value = source.get(name, "").strip().lower()
    if value in {"", "0", "no", "false", "off"}:
        return False
    if value in {"1", "yes", "true", "on"}:
        return True
    message = f"{name} must be 1 or 0"
    raise SettingsError(message)


def _whole(source: Mapping[str, str], name: str, default: int) -> int:
    value = source.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal():
        message = f"{name} must be a whole number, zero or more"
        raise SettingsError(message)
    return int(value)


def _https_port(text: str) -> int | None:
    """Read the port of HTTPS; ``off`` for none."""
    text = text.strip().lower() or str(HTTPS_PORT)
    if text == "off":
        return None
    if not text.isdecimal() or not 0 < int(text) <= PORT_MAX:
        message = "INTRANET_HTTPS_PORT must be a port such as 8443, or off"
        raise SettingsError(message)
    return int(text)


def _https_names(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of names and addresses, as browsers send them."""
    found = []
    for part in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            found.append(str(ipaddress.ip_address(part)))
        except ValueError:
            if not HOST_NAME.fullmatch(part):
                message = "INTRANET_HTTPS_NAMES must list names such as weiwang.lan or 192.168.8.5"
                raise SettingsError(message) from None
            found.append(part)
    return tuple(found)


def _quiet(text: str) -> QuietHours:
    """Read ``22:00-07:00``; ``off`` for none."""
    if text.strip().lower() == "off":
        return QuietHours(time(), time())
    try:
        begins, ends = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        message = "INTRANET_TALK_QUIET must look like 22:00-07:00, or be off"
        raise SettingsError(message) from None
    return QuietHours(begins, ends)


def _database_url(url: str) -> str:
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    message = "INTRANET_DATABASE_URL must start with sqlite:/// or postgresql://"
    raise SettingsError(message)


def _networks(text: str) -> tuple[Network, ...]:
    """Read a comma-separated list of networks; empty means no camera may be added."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        message = "INTRANET_CAMERA_NETWORKS must list networks such as 192.168.8.0/24"
        raise SettingsError(message) from error


def _hosts(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of hosts, each with a port where only that one is meant."""
    found = tuple(filter(None, (part.strip().lower() for part in text.split(","))))
    for one in found:
        name, _, port = one.partition(":")
        if not HOST_NAME.fullmatch(name) or (port and not port.isdecimal()):
            message = (
                "INTRANET_OUTLET_HOSTS must list hosts such as push.example.cn or 10.0.0.5:8443"
            )
            raise SettingsError(message)
    return found


def _channels(text: str) -> tuple[NoticeChannel, ...]:
    """Read ``name=url;name=url``; each URL says with ``{address}`` where the person's one goes."""
    found: dict[str, NoticeChannel] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _, template = part.partition("=")
        fits = CHANNEL_NAME.fullmatch(name) and CHANNEL_URL.match(template)
        if not fits or "{address}" not in template or name in found:
            message = (
                "INTRANET_NOTICE_CHANNELS must list channels such as "
                "mail=mailtos://user:password@host?to={address};sms=json://…, each name once"
            )
            raise SettingsError(message)
        found[name] = NoticeChannel(name, template)
    return tuple(found.values())


def _kept_secret(data_dir: Path) -> str:
    """Make the secret key once and keep it; two processes starting at once agree on one."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = data_dir / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            # link(2) fails if another process was first: then its key is the key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
