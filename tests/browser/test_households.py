"""The page of a new person: its list of households goes with the grid."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import AT, create_account, create_town
from playwright.sync_api import expect

from intranet.db import db
from intranet.register import operations
from intranet.register.models import PartyKind, PersonalField

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.one_engine("sqlite")]


@pytest.mark.parametrize("scripts", [True, False])
def test_choosing_a_grid_brings_its_households(app, address, chromium, scripts):
    town = create_town()
    for micro, name in ((town.micros[0], "张大家"), (town.micros[3], "李大家")):
        operations.create_party(
            db.session(),
            actor=None,
            kind=PartyKind.HOUSEHOLD,
            grid_path=micro.path,
            at=AT,
            values={PersonalField.NAME: name},
        )
    db.session.commit()
    secretary = create_account("secretary", town.community.path)
    page = enter(app, chromium, address, secretary, java_script_enabled=scripts)
    page.goto(f"{address}/register/new?kind=person")
    households = page.locator("#household select option")
    expect(households.filter(has_text="张*家")).to_have_count(1)

    page.locator("#name").fill("何淑英")
    page.locator("#grid_path").select_option(town.micros[3].path)
    if not scripts:
        page.get_by_role("button", name="显示上面所选网格的户").click()

    expect(households.filter(has_text="李*家")).to_have_count(1)
    expect(households.filter(has_text="张*家")).to_have_count(0)
    expect(page.locator("#name")).to_have_value("何淑英")
    expect(page.locator("#grid_path")).to_have_value(town.micros[3].path)
    assert "何" not in page.url
    assert page.complaints == []
