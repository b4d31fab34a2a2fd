"""No page has a violation that axe-core finds, in Chinese and in English, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from flask import current_app
from house import matrix

from intranet.access import Role
from intranet.https import root

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(600),
    pytest.mark.one_engine("sqlite"),
]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' ' + n.html.slice(0, 120)))"""
# Colours are the same in every language, and looking at them takes most of the time.
RUN_WORDS = RUN.replace("{resultTypes", "{rules: {'color-contrast': {enabled: false}}, resultTypes")
# Not pages: streams, pictures, downloads, figures, fragments.
NO_PAGES = {
    "cameras.init_segment",
    "cameras.media",
    "cameras.playlist",
    "cameras.status",
    "cameras.still",
    "cameras.test",
    "cameras.test_picture",
    "grids.candidates",
    "grids.export",
    "grids.row",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "incidents.callbacks_export",
    "incidents.export",
    "incidents.export_catalogue",
    "incidents.figures_export",
    "incidents.patrol_export",
    "incidents.patrol_photo",
    "incidents.photo",
    "incidents.recount",
    "incidents.similar",
    "incidents.where",
    "incidents.worker",
    "jobs.fair_calendar",
    "jobs.fair_figures",
    "jobs.figures_export",
    "jobs.occupations",
    "jobs.posts_template",
    "jobs.card",
    "jobs.feed_atom",
    "jobs.feed_json",
    "jobs.feed_rss",
    "jobs.share_text",
    "open311.definition",
    "open311.discovery",
    "open311.nowhere",
    "open311.one_request",
    "open311.photo",
    "open311.requests",
    "open311.services",
    "open311.tokens",
    "open311.updates",
    "points.claim_photo",
    "points.export_goods",
    "points.export_rules",
    "points.goods_picture",
    "points.ledger_export",
    "points.receipt_file",
    "points.verification_state",
    "points.verifier",
    "register.export",
    "register.households",
    "workbench.audit_export",
    "workbench.own_name",
    "workbench.root_certificate",
}


def pages(world):
    rows = matrix.rows()
    root.make_once(current_app.config["SETTINGS"].data_dir, ())  # else a page says little
    endpoints = {e for e, method in matrix.routes() if method == "GET"} - NO_PAGES
    return sorted({rows[endpoint].url(world.here) for endpoint in endpoints} | {"/nowhere"})


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_axe_finds_no_violation_on_any_page(app, address, chromium, locale):
    world = matrix.build_world()
    account = world.accounts[Role.ADMIN]
    page = enter(app, chromium, address, account, bypass_csp=True)
    page.context.add_cookies([{"name": "locale", "value": locale, "url": address}])
    found = []
    for path in pages(world):
        page.goto(f"{address}{path}")
        page.add_script_tag(path=str(AXE))
        lang = page.evaluate("document.documentElement.lang")
        assert lang == ("zh-CN" if locale == "zh_CN" else "en"), path
        run = RUN if locale == "zh_CN" else RUN_WORDS
        found += [f"{path} {violation}" for violation in page.evaluate(run)]
    assert found == []


SCREENS = ((390, 844), (1024, 768), (1366, 768))
# What a finger cannot hit: WCAG asks for 24 px, the house for 44 where hands touch, 60 on the kiosk.
# A link within a sentence is as high as its line; the user menu is measured open.
SMALL = """(least) => {
  for (const menu of document.querySelectorAll("details.me")) menu.open = true;
  const touched = "button, .btn, .input, .select, summary, label.check, a[href]";
  return [...document.querySelectorAll(touched)]
    .filter((one) => one.checkVisibility() && !one.closest(".sr, .skip, svg, p, .note, .timeline"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width && box.height < least - 0.5)
    .map(([one, box]) => `${one.outerHTML.slice(0, 90)} is ${Math.round(box.height)} px high`);
}"""
WORDS = """() => {
  const found = [];
  const walk = (node) => { for (const child of node.childNodes) {
    if (child.nodeType === 3) found.push(child.data);
    else if (child.nodeType === 1 && !child.matches("code, script, style, noscript, option, [lang=en]")) walk(child);
  } };
  walk(document.body);
  return found.join(" ").match(/[A-Za-z]{4,}/g) ?? [];
}"""
# Formats, standards, browsers, examples of what to type, and the test's own names.
LATIN = {"XLSX", "GeoJSON", "JSON", "Excel", "Chrome", "Linux", "English", "rtsp", "RTSP"}
LATIN |= {"user", "password", "Streaming", "Channels", "type", "Polygon", "coordinates"}
LATIN |= {"HTTPS", "https", "localhost", "Windows", "Edge", "root", "certmgr", "iPhone", "iPad"}
LATIN |= {"Safari", "docs", "operating", "help"}
LATIN |= {"RICE", "cleanup", "verifier", "python", "receipt", "json"}
LATIN |= {"Atom", "http", "jobs", "fairs"}
LATIN |= {"zhang", "weiwang", "HERE", "THERE"}


def test_every_page_fits_every_screen_and_a_finger_and_is_in_chinese(app, address, chromium):
    world = matrix.build_world()
    page = enter(app, chromium, address, world.accounts[Role.ADMIN])
    names = {account.username for account in world.accounts.values()}
    latin = LATIN | {word for name in names for word in re.findall("[A-Za-z]{4,}", name)}
    found = []
    for path in pages(world):
        page.goto(f"{address}{path}")
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            wide = page.evaluate("document.documentElement.scrollWidth")
            found += [f"{path} is {wide} px wide on {width}"] if wide > width else []
            if width < 1100 and path != "/style":
                found += [f"{path} on {width}: {small}" for small in page.evaluate(SMALL, 44)]
        english = set(page.evaluate(WORDS)) - latin
        found += [f"{path} says {word}" for word in english if path != "/style"]
    assert "\n".join(found) == ""


def test_the_kiosk_is_made_for_a_whole_fingertip(app, address, chromium):
    world = matrix.build_world()
    page = enter(app, chromium, address, world.accounts[Role.KIOSK], has_touch=True)
    page.set_viewport_size({"width": 1080, "height": 1920})
    page.goto(f"{address}/")

    assert page.evaluate(SMALL, 60) == []
