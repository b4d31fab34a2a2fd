"""Puts a small community and one account into the database that the environment names.

    set_up.py USERNAME PASSWORD

The tests' own factories do it: the bench needs somebody who may look, and a grid to stand in.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from factories import create_account, create_town

from intranet import create_app
from intranet.config import Settings
from intranet.people.operations import passwords
from intranet.schema import upgrade_database

with create_app(Settings.from_env()).app_context():
    upgrade_database()
    town = create_town()
    hashed = passwords.hash_password(sys.argv[2])
    create_account("secretary", town.community.path, sys.argv[1], password_hash=hashed)
    print(town.micros[0].code)
