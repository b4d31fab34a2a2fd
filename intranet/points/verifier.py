#!/usr/bin/env python3
"""Check an exported points ledger, apart from the house that wrote it.

    python verifier.py ledger.jsonl [NUMBER HASH …]
    python verifier.py --receipt receipt.json --root HASH

Python's standard library and this file, nothing of the house: whoever mistrusts it copies both to
a machine of their own. NUMBER HASH are entries and hashes as they were printed on a notice.
A receipt holds one household's own entries and proves that each stands below the root that was
printed (RFC 6962, 2.1). Prints every place where the ledger does not hold; ends with 1 then, with 2
for what is no ledger.
What is checked, and the format: ``docs/points.md``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
PHASES = {"posted", "pending", "post", "void"}


def canonical(value: Any) -> bytes:
    """Return the bytes that are hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Ledger:
    """What the lines read so far come to; ``broken`` holds what does not hold."""

    def __init__(self, printed: Iterable[tuple[int, str]]) -> None:
        self.printed = dict(printed)
        self.broken: list[str] = []
        self.accounts: dict[str, dict[str, Any]] = {}
        self.totals: dict[str, list[int]] = {}
        self.years: dict[int, dict[str, Any]] = {}
        self.pending: dict[tuple[int, int], tuple[str, str, int]] = {}
        self.hashes = {0: GENESIS}
        self.number, self.head = 0, GENESIS
        self.undone: set[int] = set()
        self.corrections: set[int] = set()
        self.keys: set[str] = set()
        self.ended = False
        self.version = 0
        self.rules: dict[tuple[str, int], str] = {}
        self.mirrors: dict[int, bytes] = {}  # how what was posted would be undone

    def say(self, where: str, what: str) -> None:
        """Note one place."""
        self.broken.append(f"{where}: {what}")

    def read(self, line: str) -> None:
        """Take in one line."""
        record = json.loads(line)
        if self.ended:
            self.say("file", "goes on after its end")
        getattr(self, "on_" + record["type"])(record)

    def on_ledger(self, record: dict[str, Any]) -> None:
        """Check the version."""
        if record["version"] not in (1, 2):
            raise ValueError("this verifier reads versions 1 and 2")
        self.version = record["version"]

    def on_account(self, record: dict[str, Any]) -> None:
        """Take in an account and its totals."""
        self.accounts[record["code"]] = record

    def on_period(self, record: dict[str, Any]) -> None:
        """Take in a year."""
        self.years[record["year"]] = record
        if self.version > 1:
            self.check_steps(record)
        if record["state"] == "closed" and record["last_entry"] == 0:
            self.check_closed(record)

    def check_steps(self, record: dict[str, Any]) -> None:
        """Check that a year is as the last act left it that closed or opened it."""
        last = record["steps"][-1] if record["steps"] else ["reopen", 0, ""]
        kept = ["close", record["last_entry"], record["balances_sha256"]]
        if last[0] != "reopen" if record["state"] == "open" else last != kept:
            self.say(f"year {record['year']}", "was closed or opened behind everybody's back")

    def on_rule(self, record: dict[str, Any]) -> None:
        """Take in a version of a rule."""
        words = record["words"]
        if hashlib.sha256(canonical(words)).hexdigest() != record["sha256"]:
            self.say(f"rule {words[0]}.{words[1]}", "is not what was adopted")
        self.rules[words[0], words[1]] = record["sha256"]

    def on_entry(self, record: dict[str, Any]) -> None:
        """Check an entry against all before it."""
        words, name = record["words"], f"entry {record['words'][0]}"
        number, key, transfers, previous = words[0], words[1], words[14], words[15]
        if number != self.number + 1:
            self.say(name, f"follows {self.number}: an entry is missing, or stands elsewhere")
        if previous != self.head:
            self.say(name, "does not follow the entry before it")
        if hashlib.sha256(canonical(words)).hexdigest() != record["hash"]:
            self.say(name, "is not what was written: its hash differs")
        if key in self.keys:
            self.say(name, "was entered before, under the same key")
        self.keys.add(key)
        self.check_people(name, words)
        self.check_rule(name, words)
        self.check_mirror(name, words)
        self.check_date(name, words)
        if len(transfers) != record["transfers"] or [one[0] for one in transfers] != list(
            range(1, len(transfers) + 1)
        ):
            self.say(name, "lacks a transfer")
        for one in transfers:
            self.check_transfer(name, number, one)
        self.number, self.head = number, record["hash"]
        self.hashes[number] = record["hash"]
        for year in self.years.values():
            if year["state"] == "closed" and year["last_entry"] == number:
                self.check_closed(year)

    def check_people(self, name: str, words: list[Any]) -> None:
        """Check who entered and approved it, and what it corrects."""
        actor, approver, undone = words[10], words[11], words[13]
        if actor is not None and actor == approver:
            self.say(name, "was approved by whoever entered it")
        if undone is None:
            return
        if undone in self.undone or undone in self.corrections or not 0 < undone < words[0]:
            self.say(name, f"corrects {undone}, which may not be corrected")
        self.undone.add(undone)
        self.corrections.add(words[0])

    def check_rule(self, name: str, words: list[Any]) -> None:
        """Check that points are given and taken by a rule that says what it said then."""
        by = (words[4], words[5])
        if words[3] in ("grant", "deduct") and (not by[0] or by[1] < 1 or words[11] is None):
            self.say(name, "gives or takes without a rule or an approver")
        if len(words) > 16 and self.rules.get(by) != words[16]:
            self.say(name, f"goes by {by[0]}.{by[1]}, which says something else now")

    def check_mirror(self, name: str, words: list[Any]) -> None:
        """Check that a correction is the mirror image of what it corrects, all of it."""
        undone, transfers = words[13], words[14]
        if all(one[4] in ("posted", "post") for one in transfers) and undone is None:
            mirror = [[n, credit, debit, amount] for n, debit, credit, amount, *_ in transfers]
            self.mirrors[words[0]] = canonical(mirror)
        if undone is None and words[3] != "reverse":
            return
        mirrored = canonical([one[:4] for one in transfers]) == self.mirrors.pop(undone, b"")
        posted = all(one[4] == "posted" for one in transfers)
        if words[3] != "reverse" or not posted or not mirrored:
            self.say(name, f"reverses {undone or 0}, of which it is no mirror")

    def check_date(self, name: str, words: list[Any]) -> None:
        """Check that its day lies in a year that was open then."""
        year = self.years.get(words[12])
        if year is None or not year["starts_on"] <= words[8] <= year["ends_on"]:
            self.say(name, f"is dated {words[8]}, which is not in its year")
        elif year["state"] == "closed" and words[0] > year["last_entry"]:
            self.say(name, f"was entered in {words[12]} after that year was closed")

    def check_transfer(self, name: str, number: int, one: list[Any]) -> None:
        """Check a transfer, and add it up."""
        n, debit, credit, amount, phase, of_entry, of_number = one
        ledgers = {self.accounts.get(code, {}).get("ledger", code) for code in (debit, credit)}
        if type(amount) is not int or amount <= 0 or debit == credit or phase not in PHASES:
            self.say(name, f"transfer {n} moves nothing")
            return
        if len(ledgers) != 1:
            self.say(name, f"transfer {n} mixes two ledgers")
        if phase == "pending":
            self.pending[number, n] = (debit, credit, amount)
        elif phase != "posted" and self.pending.pop((of_entry, of_number), None) != (
            debit,
            credit,
            amount,
        ):
            self.say(name, f"transfer {n} decides what is not pending")
        for side, code in enumerate((debit, credit)):
            totals = self.totals.setdefault(code, [0, 0, 0, 0])
            if phase in ("posted", "post"):
                totals[side] += amount
            if phase != "posted":
                totals[2 + side] += amount if phase == "pending" else -amount
            self.check_floor(name, code, totals)

    def check_floor(self, name: str, code: str, totals: list[int]) -> None:
        """Check that an account can still give what it gives away."""
        account = self.accounts.get(code)
        if account is None or account["floor"] is None:
            return
        left = totals[1] - totals[0] - totals[2]
        if account["side"] == "debit":
            left = totals[0] - totals[1] - totals[3]
        if left < account["floor"]:
            self.say(name, f"takes {code} below its floor")

    def check_closed(self, year: dict[str, Any]) -> None:
        """Check the balance that was frozen when a year was closed."""
        rows = sorted([code, *totals] for code, totals in self.totals.items() if any(totals))
        frozen = canonical(rows)
        same = year["balances"].encode() == frozen
        if not same or hashlib.sha256(frozen).hexdigest() != year["balances_sha256"]:
            self.say(f"year {year['year']}", "its frozen balance is another")

    def on_anchor(self, record: dict[str, Any]) -> None:
        """Check a head of the chain that was made public."""
        self.check_printed(record["entry"], record["hash"], f"an anchor ({record['place']})")

    def check_printed(self, number: int, printed: str, name: str) -> None:
        """Check an entry's hash against a printed one."""
        if self.hashes.get(number) != printed:
            self.say(f"entry {number}", f"is not the one of {name}")

    def on_end(self, record: dict[str, Any]) -> None:
        """Check what all of it comes to."""
        self.ended = True
        if (record["entries"], record["head"]) != (self.number, self.head if self.number else ""):
            self.say("file", "does not end where it says")
        for number, printed in self.printed.items():
            self.check_printed(number, printed, "the printed notice")
        for code, account in sorted(self.accounts.items()):
            if account["totals"] != self.totals.get(code, [0, 0, 0, 0]):
                self.say(code, "its totals are not those of its transfers")
        for code in sorted(set(self.totals) - set(self.accounts)):
            self.say(code, "is no account")
        was_open = False
        for year, found in sorted(self.years.items()):
            if found["state"] == "closed" and (was_open or found["last_entry"] > self.number):
                self.say(f"year {year}", "was closed out of order, or its last entry is missing")
            was_open = was_open or found["state"] == "open"


def root_of(leaf: bytes, index: int, size: int, way: list[bytes]) -> bytes:
    """Return the root of a tree of so many leaves above one of them (RFC 9162, 2.1.3.2).

    Raises ValueError for a way that leads nowhere.
    """
    if not 0 <= index < size:
        raise ValueError("is not in the tree")
    place, last, found, steps = index, size - 1, leaf, iter(way)
    while last:
        if place % 2 or place < last:
            beside = next(steps, None)
            if beside is None:
                raise ValueError("its way up is too short")
            pair = beside + found if place % 2 else found + beside
            found = hashlib.sha256(b"\1" + pair).digest()
        place, last = place // 2, last // 2
    if next(steps, None) is not None:
        raise ValueError("its way up is too long")
    return found


def check_receipt(receipt: dict[str, Any], root: str) -> list[str]:
    """Return what does not hold of a receipt, against the root that was printed."""
    broken = []
    if receipt["type"] != "receipt" or receipt["version"] != 1:
        raise ValueError("this verifier reads receipts of version 1")
    if receipt["root"] != root:
        broken.append("receipt: its root is not the printed one")
    for one in receipt["entries"]:
        name, leaf = f"leaf {one['index']}", bytes.fromhex(one["leaf"])
        if one["words"] is not None:
            name = f"entry {one['words'][0]}"
            if hashlib.sha256(b"\0" + canonical(one["words"])).digest() != leaf:
                broken.append(f"{name}: is not what was written")
        try:
            way = [bytes.fromhex(step) for step in one["path"]]
            if root_of(leaf, one["index"], receipt["size"], way).hex() != root:
                broken.append(f"{name}: does not stand below the root")
        except ValueError as error:
            broken.append(f"{name}: {error}")
    return broken


def main_of_receipt(path: str, root: str) -> int:
    """Read a receipt and print what was found."""
    try:
        receipt = json.loads(Path(path).read_text(encoding="utf-8"))
        broken, entries = check_receipt(receipt, root.lower()), len(receipt["entries"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"this is no receipt: {error!r}")  # noqa: T201 — a command of its own
        return 2
    for one in broken:
        print(one)  # noqa: T201 — a command of its own
    print(f"{entries} entries of {receipt['year']}: {len(broken)} places do not hold")  # noqa: T201 — a command of its own
    return 1 if broken else 0


def main(arguments: list[str]) -> int:
    """Read the file and print what was found."""
    if len(arguments) == 4 and (arguments[0], arguments[2]) == ("--receipt", "--root"):
        return main_of_receipt(arguments[1], arguments[3])
    path, *printed = arguments
    ledger = Ledger(zip(map(int, printed[::2]), printed[1::2], strict=False))
    try:
        with Path(path).open(encoding="utf-8") as lines:
            for line in lines:
                ledger.read(line)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        print(f"this is no ledger: {error!r}")  # noqa: T201 — a command of its own
        return 2
    if not ledger.ended:
        ledger.say("file", "is cut off")
    for one in ledger.broken:
        print(one)  # noqa: T201 — a command of its own
    print(f"{ledger.number} entries, head {ledger.head}: {len(ledger.broken)} places do not hold")  # noqa: T201 — a command of its own
    return 1 if ledger.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
