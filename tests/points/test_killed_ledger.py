"""A process that posts, redeems and closes is killed at any moment: nothing is half made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from points.goods_factory import open_shop, party, put_out
from points.points_factory import grant

from intranet.db import db
from intranet.register.models import PartyKind

HOUSE = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("POINTS_KILLS", "100"))  # on each of the two engines


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.timeout(60 + 3 * KILLS)
def test_whenever_a_writer_is_killed_the_ledger_holds_and_nothing_is_half_made(app, base_settings):
    shop = open_shop()
    for _ in range(4):
        home = party(PartyKind.HOUSEHOLD, shop.town.micros[0].path)
        grant(shop.books, 40, party=home.id)
    for sku in ("A1", "B2"):
        put_out(shop, sku, points=3, pieces=60)
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    environment = {
        **os.environ,
        "INTRANET_DATA_DIR": str(base_settings.data_dir),
        "INTRANET_DATABASE_URL": base_settings.database_url,
        "INTRANET_SECRET_KEY": base_settings.secret_key,
        "PYTHONPATH": str(HOUSE),
    }
    words = [sys.executable, str(Path(__file__).with_name("killed_ledger.py")), str(KILLS), "1"]
    how = {"env": environment, "cwd": HOUSE, "capture_output": True, "text": True}
    done = subprocess.run(words, check=False, timeout=3 * KILLS + 50, **how)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"{KILLS} kills" in done.stdout
    assert "nothing half made" in done.stdout
