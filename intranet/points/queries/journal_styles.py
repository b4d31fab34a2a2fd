"""How Beancount 3 and hledger 1.25 write a journal, each with its own limits on names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from intranet.points.queries.journals import Booked, Style, facts, postings

POINTS = "JIFEN"  # 积分
PLAIN_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?\Z")
PLAIN_PART = re.compile(r"[A-Z0-9][A-Za-z0-9-]*\Z")
NO_LINK = re.compile(r"[^A-Za-z0-9._/-]")
PLUGINS = ("leafonly", "noduplicates", "onecommodity", "check_commodity")
TITLE = "The points ledger of Weiwang"


def commodity(ledger: str) -> str:
    """Return what a ledger counts: the points, or one kind of goods by its code.

    A code that is no commodity's name is told by its bytes: two kinds never become one.
    """
    if ledger == "points":
        return POINTS
    code = ledger.partition(":")[2]
    return f"G-{code}" if PLAIN_CODE.match(code) else f"GX-{code.encode().hex().upper()}"


def account(code: str) -> str:
    """Return an account's code, a part of it that neither program would read by its bytes."""
    return ":".join(
        part if PLAIN_PART.match(part) else f"X{part.encode().hex()}" for part in code.split(":")
    )


class Beancount:
    """For Beancount 3: ``bean-check`` refuses a balance that does not hold."""

    def head(self, since: date, accounts: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield options, the checks of Beancount's own that are wanted, commodities, accounts."""
        yield f'option "title" "{TITLE}"\n'
        yield f'option "operating_currency" "{POINTS}"\n'
        yield from (f'plugin "beancount.plugins.{name}"\n' for name in PLUGINS)
        names = {commodity(ledger) for _, ledger in accounts} | {POINTS}
        yield from (f"{since} commodity {name}\n" for name in sorted(names))
        yield from (
            f"{since} open {account(code)} {commodity(ledger)}\n" for code, ledger in accounts
        )

    def entry(self, one: Booked) -> str:
        """Return a transaction; its narration is its number, so that no two are alike."""
        link = f" ^ev-{NO_LINK.sub('-', one.event)}" if one.event else ""
        lines = [f'\n{one.day} * "{one.kind}" "entry {one.id}"{link}']
        lines += [f'  {name}: "{_quoted(words)}"' for name, words in facts(one, commodity).items()]
        lines += [
            f"  {account(code)}  {amount} {commodity(move.ledger)}"
            for move, code, amount in postings(one)
        ]
        return "\n".join(lines) + "\n"

    def asserted(self, day: date, why: str, balances: Sequence[tuple[str, str, int]]) -> str:
        """Return a ``balance`` for each account; Beancount takes it at the start of the day."""
        lines = [
            f"{day} balance {account(code)}  {amount} {commodity(ledger)}"
            for code, ledger, amount in balances
        ]
        return "\n".join([f"\n; {why}", *lines]) + "\n"


class Hledger:
    """For hledger: ``hledger check --strict ordereddates`` refuses a balance that does not hold."""

    def head(self, since: date, accounts: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield commodities, whose format needs its decimal mark, and accounts."""
        yield f"; {TITLE}, from {since}\n"
        names = {commodity(ledger) for _, ledger in accounts} | {POINTS}
        yield from (f'commodity 1000. "{name}"\n' for name in sorted(names))
        yield from (f"account {account(code)}\n" for code, _ in accounts)

    def entry(self, one: Booked) -> str:
        """Return a transaction; its code is its number."""
        lines = [f"\n{one.day} * ({one.id}) {one.kind}"]
        lines += [f"    ; {name}: {words}" for name, words in facts(one, commodity).items()]
        lines += [
            f'    {account(code)}  {amount} "{commodity(move.ledger)}"'
            for move, code, amount in postings(one)
        ]
        return "\n".join(lines) + "\n"

    def asserted(self, day: date, why: str, balances: Sequence[tuple[str, str, int]]) -> str:
        """Return a transaction that moves nothing and asserts each balance."""
        lines = [
            f'    {account(code)}  0 "{name}" = {amount} "{name}"'
            for code, ledger, amount in balances
            for name in [commodity(ledger)]
        ]
        return "\n".join([f"\n{day} * balances  ; {why}", *lines]) + "\n"


STYLES: dict[str, Style] = {"beancount": Beancount(), "hledger": Hledger()}


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')
