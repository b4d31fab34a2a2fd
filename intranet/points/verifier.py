#!/usr/bin/env python3
"""Check an exported points ledger, apart from the house that wrote it.

    python verifier.py ledger.jsonl [NUMBER HASH …]
    python verifier.py --receipt receipt.json --root HASH

Python's standard library and this file, nothing of the house: whoever mistrusts it copies both to
a machine of their own. NUMBER HASH were printed on a notice. A receipt proves that a household's
own entries stand below the root that was printed (RFC 6962, 2.1). Prints every place that does not
hold; ends with 1 then, with 2 for what is no ledger. What is checked: ``docs/points.md``.
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
USAGE = """\
usage | 用法:
  python verifier.py ledger.jsonl [NUMBER HASH …]
      the whole ledger; with entries and hashes as they were printed on a notice
      核验整本台账；编号和哈希值照公告上印的填写，可填多组
  python verifier.py --receipt receipt.json --root HASH
      one household's receipt, against the root that was printed
      核验一户的凭证；根值照公告上印的填写
ends with 0 where all holds, 1 where something does not, 2 for what is no ledger or receipt
全部相符时返回 0，有不符时返回 1，文件不对时返回 2"""


def canonical(value: Any) -> bytes:
    """Return the bytes that are hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def both(where: str, what: str, chinese: str) -> str:
    """Return what is said of a place in English and in Chinese: who reads it may know one."""
    kind, _, number = str(where).partition(" ")  # a spoilt file may name no account at all
    words = {
        "entry": "{} 号记账",
        "leaf": "第 {} 片",
        "year": "{} 年度",
        "file": "文件",
        "receipt": "凭证",
    }
    named = words[kind].format(number) if kind in words else where
    return f"{where}: {what} | {named}：{chinese}"


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

    def say(self, where: str, what: str, chinese: str) -> None:
        """Note one place, in English and beside it in Chinese."""
        self.broken.append(both(where, what, chinese))

    def read(self, line: str) -> None:
        """Take in one line."""
        record = json.loads(line)
        if self.ended:
            self.say("file", "goes on after its end", "结尾之后还有内容")
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
            self.say(
                f"year {record['year']}",
                "was closed or opened behind everybody's back",
                "在无人知晓时被结账或重开",
            )

    def on_rule(self, record: dict[str, Any]) -> None:
        """Take in a version of a rule."""
        words = record["words"]
        if hashlib.sha256(canonical(words)).hexdigest() != record["sha256"]:
            self.say(
                f"rule {words[0]}.{words[1]}", "is not what was adopted", "与表决通过的内容不同"
            )
        self.rules[words[0], words[1]] = record["sha256"]

    def on_entry(self, record: dict[str, Any]) -> None:
        """Check an entry against all before it."""
        words, name = record["words"], f"entry {record['words'][0]}"
        number, key, transfers, previous = words[0], words[1], words[14], words[15]
        if number != self.number + 1:
            self.say(
                name,
                f"follows {self.number}: an entry is missing, or stands elsewhere",
                f"前一条是 {self.number} 号，中间缺号或顺序不对",
            )
        if previous != self.head:
            self.say(name, "does not follow the entry before it", "与前一条接不上")
        if hashlib.sha256(canonical(words)).hexdigest() != record["hash"]:
            self.say(
                name, "is not what was written: its hash differs", "不是当时写入的内容，哈希值不同"
            )
        if key in self.keys:
            self.say(name, "was entered before, under the same key", "同一事项重复登记")
        self.keys.add(key)
        self.check_people(name, words)
        self.check_rule(name, words)
        self.check_mirror(name, words)
        self.check_date(name, words)
        if len(transfers) != record["transfers"] or [one[0] for one in transfers] != list(
            range(1, len(transfers) + 1)
        ):
            self.say(name, "lacks a transfer", "缺少一笔转账")
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
            self.say(name, "was approved by whoever entered it", "登记人和审核人是同一人")
        if undone is None:
            return
        if undone in self.undone or undone in self.corrections or not 0 < undone < words[0]:
            self.say(
                name,
                f"corrects {undone}, which may not be corrected",
                f"更正了不能更正的 {undone} 号",
            )
        self.undone.add(undone)
        self.corrections.add(words[0])

    def check_rule(self, name: str, words: list[Any]) -> None:
        """Check that points are given and taken by a rule that says what it said then."""
        by = (words[4], words[5])
        if words[3] in ("grant", "deduct") and (not by[0] or by[1] < 1 or words[11] is None):
            self.say(name, "gives or takes without a rule or an approver", "加减分没有规则或审核人")
        if len(words) > 16 and self.rules.get(by) != words[16]:
            self.say(
                name,
                f"goes by {by[0]}.{by[1]}, which says something else now",
                f"所依规则 {by[0]}.{by[1]} 的内容已变",
            )

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
            self.say(
                name,
                f"reverses {undone or 0}, of which it is no mirror",
                f"不是第 {undone or 0} 笔的如数冲销",
            )

    def check_date(self, name: str, words: list[Any]) -> None:
        """Check that its day lies in a year that was open then."""
        year = self.years.get(words[12])
        if year is None or not year["starts_on"] <= words[8] <= year["ends_on"]:
            self.say(
                name,
                f"is dated {words[8]}, which is not in its year",
                f"日期 {words[8]} 不在所属年度内",
            )
        elif year["state"] == "closed" and words[0] > year["last_entry"]:
            self.say(
                name,
                f"was entered in {words[12]} after that year was closed",
                f"在 {words[12]} 年度结账之后登记",
            )

    def check_transfer(self, name: str, number: int, one: list[Any]) -> None:
        """Check a transfer, and add it up."""
        n, debit, credit, amount, phase, of_entry, of_number = one
        ledgers = {self.accounts.get(code, {}).get("ledger", code) for code in (debit, credit)}
        if type(amount) is not int or amount <= 0 or debit == credit or phase not in PHASES:
            self.say(name, f"transfer {n} moves nothing", f"第 {n} 笔转账无效")
            return
        if len(ledgers) != 1:
            self.say(name, f"transfer {n} mixes two ledgers", f"第 {n} 笔转账混用了两种台账")
        if phase == "pending":
            self.pending[number, n] = (debit, credit, amount)
        elif phase != "posted" and self.pending.pop((of_entry, of_number), None) != (
            debit,
            credit,
            amount,
        ):
            self.say(
                name, f"transfer {n} decides what is not pending", f"第 {n} 笔转账处理的不是待定项"
            )
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
            self.say(name, f"takes {code} below its floor", f"使 {code} 低于下限")

    def check_closed(self, year: dict[str, Any]) -> None:
        """Check the balance that was frozen when a year was closed."""
        rows = sorted([code, *totals] for code, totals in self.totals.items() if any(totals))
        frozen = canonical(rows)
        same = year["balances"].encode() == frozen
        if not same or hashlib.sha256(frozen).hexdigest() != year["balances_sha256"]:
            self.say(f"year {year['year']}", "its frozen balance is another", "结账余额与当时不符")

    def on_anchor(self, record: dict[str, Any]) -> None:
        """Check a head of the chain that was made public."""
        self.check_printed(record["entry"], record["hash"], f"an anchor ({record['place']})")

    def check_printed(self, number: int, printed: str, name: str) -> None:
        """Check an entry's hash against a printed one."""
        if self.hashes.get(number) != printed:
            self.say(f"entry {number}", f"is not the one of {name}", f"与公布的不一致：{name}")

    def on_end(self, record: dict[str, Any]) -> None:
        """Check what all of it comes to."""
        self.ended = True
        if (record["entries"], record["head"]) != (self.number, self.head if self.number else ""):
            self.say("file", "does not end where it says", "结尾与所写不符")
        for number, printed in self.printed.items():
            self.check_printed(number, printed, "the printed notice")
        for code, account in sorted(self.accounts.items()):
            if account["totals"] != self.totals.get(code, [0, 0, 0, 0]):
                self.say(code, "its totals are not those of its transfers", "合计与各笔转账不符")
        for code in sorted(set(self.totals) - set(self.accounts)):
            self.say(code, "is no account", "不是已知账户")
        was_open = False
        for year, found in sorted(self.years.items()):
            if found["state"] == "closed" and (was_open or found["last_entry"] > self.number):
                self.say(
                    f"year {year}",
                    "was closed out of order, or its last entry is missing",
                    "未按顺序结账，或缺少最后一条",
                )
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
        broken.append(both("receipt", "its root is not the printed one", "根值与公布的不一致"))
    for one in receipt["entries"]:
        name, leaf = f"leaf {one['index']}", bytes.fromhex(one["leaf"])
        if one["words"] is not None:
            name = f"entry {one['words'][0]}"
            if hashlib.sha256(b"\0" + canonical(one["words"])).digest() != leaf:
                broken.append(both(name, "is not what was written", "不是当时写入的内容"))
        try:
            way = [bytes.fromhex(step) for step in one["path"]]
            if root_of(leaf, one["index"], receipt["size"], way).hex() != root:
                broken.append(both(name, "does not stand below the root", "推不出公布的根值"))
        except ValueError as error:
            broken.append(both(name, str(error), "凭证里的路径不对"))
    return broken


def main_of_receipt(path: str, root: str) -> int:
    """Read a receipt and print what was found."""
    try:
        receipt = json.loads(Path(path).read_text(encoding="utf-8"))
        broken, entries = check_receipt(receipt, root.lower()), len(receipt["entries"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        tell(f"this is no receipt: {error!r} | 这不是积分凭证")
        return 2
    year, found = receipt["year"], len(broken)
    end = f"{entries} entries of {year}: {found} places do not hold"
    return summed_up(broken, f"{end} | {year} 年 {entries} 条，{found} 处不符")


def main(arguments: list[str]) -> int:
    """Read the file and print what was found."""
    if arguments[:1] == ["--receipt"]:
        is_whole = len(arguments) == 4 and arguments[2] == "--root"
        return main_of_receipt(arguments[1], arguments[3]) if is_whole else usage()
    path, *printed = arguments or [""]
    numbers, hashes = printed[::2], printed[1::2]
    if not path or path.startswith("-") or len(numbers) != len(hashes):
        return usage()
    if not all(one.isascii() and one.isdecimal() for one in numbers):
        return usage()
    ledger = Ledger(zip(map(int, numbers), map(str.lower, hashes), strict=True))
    try:
        with Path(path).open(encoding="utf-8") as lines:
            for line in lines:
                ledger.read(line)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        tell(f"this is no ledger: {error!r} | 这不是积分台账")
        return 2
    if not ledger.ended:
        ledger.say("file", "is cut off", "不完整，被截断")
    number, found = ledger.number, len(ledger.broken)
    end = f"{number} entries, head {ledger.head}: {found} places do not hold"
    return summed_up(ledger.broken, f"{end} | 共 {number} 条，{found} 处不符")


def summed_up(broken: list[str], end: str) -> int:
    """Print each place and the sum; return 1 where something does not hold."""
    for one in [*broken, end]:
        tell(one)
    return 1 if broken else 0


def usage() -> int:
    """Say how it is called."""
    tell(USAGE)
    return 2


def tell(words: str) -> None:
    """Print, whatever a console can show: an old one has no Chinese."""
    coding = sys.stdout.encoding or "utf-8"
    print(words.encode(coding, "replace").decode(coding))  # noqa: T201 — a command of its own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
