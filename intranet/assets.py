"""Browser assets: built once into ``static/vendor`` under hashed names, served immutable.

``intranet assets build`` copies what ``package-lock.json`` brought, our own CSS and JavaScript
and one sprite of the icons in use; each file gets a name with its SHA-256 and a gzip sibling.
WhiteNoise serves the folder; ``asset("app.css")`` gives a page the current name.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from rjsmin import jsmin
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from flask import Flask

HOUSE = Path(__file__).resolve().parent.parent
VENDOR = HOUSE / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
COPIES = {
    "htmx.js": "node_modules/htmx.org/dist/htmx.min.js",
    "hls.light.js": "node_modules/hls.js/dist/hls.light.min.js",
}
ICON_FOLDER = "node_modules/@tabler/icons/icons/outline"
ICONS = tuple((HOUSE / "static" / "icons.txt").read_text(encoding="ascii").split())
HASHED = re.compile(r"\.[0-9a-f]{12}\.")
IMPORT = re.compile(r"""(from\s+|import\s+|import\(\s*)(["'])\./([\w.-]+\.js)\2""")


def init_app(app: Flask) -> None:
    """Serve the built files in front of Flask and give templates ``asset()`` and ``icon_url``."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(VENDOR),
        prefix="/static/",
        immutable_file_test=lambda _path, url: bool(HASHED.search(url)),
    )
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Return the address of a built file.

    Raises RuntimeError when the assets were never built, KeyError for a name nobody builds.
    """
    return f"/static/{_manifest()[name]}"


@cache
def _manifest() -> dict[str, str]:
    if not MANIFEST.exists():
        message = "the browser assets are not built: run `intranet assets build`"
        raise RuntimeError(message)
    return cast("dict[str, str]", json.loads(MANIFEST.read_text(encoding="utf-8")))


def build() -> dict[str, str]:
    """Write every asset under its hashed name and the manifest; return the manifest."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    for name, content in _sources():
        digest = hashlib.sha256(content).hexdigest()[:12]
        stem, _, ending = name.rpartition(".")
        names[name] = f"{stem}.{digest}.{ending}"
        target = VENDOR / names[name]
        if not target.exists():
            target.write_bytes(content)
            zipped = target.with_name(target.name + ".gz")
            zipped.write_bytes(gzip.compress(content, 9, mtime=0))
    current = {*names.values(), *(f"{name}.gz" for name in names.values()), MANIFEST.name}
    for stale in VENDOR.iterdir():
        if stale.name not in current:
            stale.unlink()
    MANIFEST.write_text(json.dumps(names, indent=1, sort_keys=True), encoding="utf-8")
    _manifest.cache_clear()
    return names


def _sources() -> list[tuple[str, bytes]]:
    """Return name and content of each asset; modules come after those they import."""
    found = [(name, (HOUSE / path).read_bytes()) for name, path in COPIES.items()]
    css = sorted((HOUSE / "static" / "css").glob("*.css"))
    # Chromium 90 knows no @layer: the files' order is the layers' order.
    found.append(("app.css", b"\n".join(path.read_bytes() for path in css)))
    found.append(("sprite.svg", _sprite()))
    modules = {
        path.name: path.read_text(encoding="utf-8")
        for path in (HOUSE / "static" / "js").glob("*.js")
    }
    done: dict[str, str] = {}
    for name in sorted(modules):
        _add_module(name, modules, done, found, ())
    return found


def _add_module(
    name: str,
    modules: dict[str, str],
    done: dict[str, str],
    found: list[tuple[str, bytes]],
    above: tuple[str, ...],
) -> str:
    """Point a module's relative imports at hashed names; return its own hashed name."""
    if name in above:
        message = f"{name} imports itself by way of {above}"
        raise ValueError(message)
    if name not in done:

        def hashed(match: re.Match[str]) -> str:
            target = _add_module(match[3], modules, done, found, (*above, name))
            return f"{match[1]}{match[2]}./{target}{match[2]}"

        # Phones need not carry what is written for those who read: comments and white space.
        content = cast("str", jsmin(IMPORT.sub(hashed, modules[name]))).encode()
        digest = hashlib.sha256(content).hexdigest()[:12]
        done[name] = f"{name.removesuffix('.js')}.{digest}.js"
        found.append((name, content))
    return done[name]


def _sprite() -> bytes:
    """Return one SVG with a symbol for each icon in ``static/icons.txt``."""
    symbols = []
    for name in ICONS:
        text = (HOUSE / ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.sub(r"(?s)^.*?<svg[^>]*>|</svg>\s*$", "", text)
        inner = re.sub(r'<path stroke="none"[^>]*/>', "", inner)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    body = "".join(" ".join(symbol.split()) for symbol in symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>'.encode()


@click.group("assets")
def command() -> None:
    """Look after the browser's files."""


@command.command("build")
def build_command() -> None:
    """Build them; quick when nothing changed."""
    names = build()
    click.echo(f"{len(names)} assets in {VENDOR.relative_to(HOUSE)}")
