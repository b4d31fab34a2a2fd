"""What the papers say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from intranet.access import POLICY, ROLE_KINDS, Permission, Role
from intranet.grids.models import GridKind

HOUSE = Path(__file__).resolve().parents[2]


def test_the_table_of_permissions_is_the_policy():
    page = (HOUSE / "docs" / "access.md").read_text(encoding="utf-8")
    table = {
        name: set(Role) if roles == "all" else {Role(one) for one in roles.split(", ") if one}
        for name, roles in re.findall(r"^\| `(\w+:[a-z:_]+)` \| ([a-z_, ]*) \|", page, re.MULTILINE)
    }

    assert table == {str(one): set(POLICY[one].roles) for one in Permission}


def test_the_table_of_where_roles_are_given_is_the_policy():
    page = (HOUSE / "docs" / "access.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|$", page, re.MULTILINE)
    table = {Role(name): frozenset(kinds.split(", ")) for name, kinds in rows}

    assert table == ROLE_KINDS
    assert set(ROLE_KINDS) == set(Role)
    assert frozenset().union(*ROLE_KINDS.values()) == set(GridKind)


def test_every_link_between_the_papers_leads_somewhere():
    wrong = []
    pages = [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")]
    for page in pages:
        targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        near = [one for one in targets if "://" not in one]
        wrong += [f"{page.name}: {one}" for one in near if not (page.parent / one).exists()]
    assert wrong == []


def test_decisions_are_numbered_without_a_gap_and_say_all_four_things():
    pages = sorted((HOUSE / "docs" / "adr").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]

    assert numbers == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        missing = [
            word
            for word in ("Context", "Decision", "Status", "Consequences")
            if not re.search(rf"\*\*{word}|## {word}", text)
        ]
        assert missing == [], page.name


def test_both_readmes_name_the_same_demo_accounts():
    found = []
    for name in ("README.md", "README.zh-CN.md"):
        text = (HOUSE / name).read_text(encoding="utf-8")
        cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
        found.append({one for cell in cells for one in re.findall(r"`(\w+)`", cell)})

    assert found[0] == found[1] != set()
