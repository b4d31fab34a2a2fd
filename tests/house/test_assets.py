"""The built files: small, named by content, and readable by the offices' older browsers."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from intranet import assets

HOUSE = Path(__file__).parents[2]
CSS_BYTES_MAX = 20 * 1024
JS_BYTES_MAX = 25 * 1024
# Chromium 99, 105, 111, 112 and later: the offices have 90.
TOO_NEW = (
    "@layer", "@container", ":has(", "color-mix(", "oklch(", "@scope", "@property",
    "text-wrap", "dvh", "@starting-style", "light-dark(", "subgrid",
)  # fmt: skip


@pytest.fixture(scope="module")
def names():
    return assets.build()


def gz_size(name):
    return len(gzip.compress((assets.VENDOR / name).read_bytes(), 9))


def css():
    return "".join(path.read_text() for path in sorted((HOUSE / "static/css").glob("*.css")))


def test_all_css_together_is_at_most_20_kb_gzipped(names):
    assert gz_size(names["app.css"]) <= CSS_BYTES_MAX


def test_a_class_that_a_part_styles_by_itself_is_no_other_parts():
    """Two parts of a room once called a cell and a line alike; the one bent the other's table."""
    own, used, shared = {}, {}, set()
    for path in sorted((HOUSE / "static/css").glob("*.css")):
        if path.name >= "55":  # the style page and print speak of all
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for selector in re.findall(r"[^{},;]+(?=[,{])", text):
            names = re.findall(r"\.([a-zA-Z][\w-]*)", selector)
            if path.name < "45" or path.name == "47-incidents.css":
                shared.update(names)
                continue
            for name in names:
                used.setdefault(name, set()).add(path.name)
            if re.fullmatch(r"\s*[a-z]*\.[\w-]+(:[\w-]+)*\s*", selector):
                own[names[0]] = path.name
    assert len(own) > 50
    assert {name: used[name] for name in own if name not in shared and len(used[name]) > 1} == {}


def test_javascript_of_a_page_without_video_is_at_most_25_kb_gzipped(names):
    base = (HOUSE / "templates/base.html").read_text()
    scripts = re.findall(r"<script src=\"\{\{ asset\('([\w.]+)'\) \}\}\"", base)
    assert scripts == ["htmx.js", "app.js", "kiosk.js"]  # a touch screen gets the last alone
    assert sum(gz_size(names[name]) for name in scripts) <= JS_BYTES_MAX


def test_a_second_build_writes_nothing_anew(names):
    before = {path: path.stat().st_mtime_ns for path in assets.VENDOR.glob("*.*.*")}
    assert assets.build() == names
    after = {path: path.stat().st_mtime_ns for path in assets.VENDOR.glob("*.*.*")}
    assert after == before


def test_every_built_name_carries_its_content_and_has_a_gzip_sibling(names):
    for name in names.values():
        assert assets.HASHED.search(name), name
        packed = (assets.VENDOR / f"{name}.gz").read_bytes()
        assert gzip.decompress(packed) == (assets.VENDOR / name).read_bytes()


def test_the_house_css_uses_nothing_newer_than_chromium_90():
    text = re.sub(r"(?s)/\*.*?\*/", "", css())
    assert [word for word in TOO_NEW if word in text] == []
    assert not re.search(r"[{;]\s*&", text), "nesting is Chromium 112's"


def test_the_dark_colours_are_the_same_by_choice_as_by_system():
    text = (HOUSE / "static/css/10-tokens.css").read_text()
    chosen = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', text, re.DOTALL)
    system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', text, re.DOTALL)
    assert chosen is not None
    assert system is not None
    assert chosen[1].split() == system[1].split()


def test_chinese_is_never_slanted():
    assert "italic" not in css()


def test_every_icon_a_template_names_is_in_the_sprite(names):
    sprite = (assets.VENDOR / names["sprite.svg"]).read_text()
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    asked = set()
    for path in (HOUSE / "templates").rglob("*.html"):
        asked |= set(re.findall(r"""icon\(["']([\w-]+)["']\)""", path.read_text()))
    assert asked - drawn == set()
    assert len(drawn) == len(assets.ICONS)


def test_pages_hold_no_inline_style_or_script_or_handler():
    inline = re.compile(
        r"""\sstyle=|<style|\son[a-z]+=["']|hx-on|<script(?![^>]*\ssrc=)|javascript:"""
    )
    for path in (HOUSE / "templates").rglob("*.html"):
        assert not inline.search(path.read_text()), path.name


def test_templates_stay_short():
    for path in (HOUSE / "templates").rglob("*.html"):
        limit = 60 if path.name.startswith("_") else 150
        assert len(path.read_text().splitlines()) <= limit, path.name


def test_no_lock_file_names_a_host_packages_came_from():
    lock = json.loads((HOUSE / "package-lock.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
    own = json.loads((HOUSE / "package.json").read_text())
    for version in (own["dependencies"] | own["devDependencies"]).values():
        assert re.fullmatch(r"[\d.]+", version)


def test_hashed_files_are_served_immutable_and_packed(client, names):
    url = f"/static/{names['app.css']}"
    with client.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"


def test_an_asset_nobody_builds_is_a_bug_not_a_dead_link(app):
    with pytest.raises(KeyError):
        assets.asset("nothing.css")
