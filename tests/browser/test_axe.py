"""No page has a violation that axe-core finds, in Chinese and in English, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from house import matrix

from intranet.access import Role

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(300)]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' ' + n.html.slice(0, 120)))"""
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
    "grids.row",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "grids.export",
    "register.export",
    "workbench.audit_export",
}


def pages(world):
    rows = matrix.rows()
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
        found += [f"{path} {violation}" for violation in page.evaluate(RUN)]
    assert found == []
