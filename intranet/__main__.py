"""The ``intranet`` command: each room brings its own commands, this file only collects them."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

import click

from intranet import logs

if TYPE_CHECKING:
    from collections.abc import Sequence

# command or group → module:object. Loaded when asked for, so that `intranet --help` is quick and
# `intranet media` need not import the web.
COMMANDS = {
    "web": "intranet.serve:web",
    "worker": "intranet.serve:worker",
    "run": "intranet.serve:run",
    "https": "intranet.https.front:command",
    "check": "intranet.serve:check",
    "db": "intranet.serve:db_group",
    "assets": "intranet.assets:command",
    "messages": "intranet.serve:messages",
    "user": "intranet.people.cli:user",
    "audit": "intranet.workbench.cli:audit",
    "demo": "intranet.workbench.cli:demo",
    "camera": "intranet.cameras.cli:camera",
    "media": "intranet.cameras.cli:media",
    "points": "intranet.points.cli:points",
    "import": "intranet.jobs.cli:import_",
    "jobs": "intranet.jobs.cli:jobs",
    "demo-cameras": "intranet.cameras.cli:demo_cameras",
}


class Rooms(click.Group):
    """A group that imports a room's commands only when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order a newcomer reads them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found


@click.command(cls=Rooms)
def group() -> None:
    """Weiwang (微网): the intranet of a community that governs by micro-grids."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    os.umask(0o077)  # recordings and the database are nobody else's
    logs.configure()
    group.main(args=list(arguments) if arguments is not None else None, prog_name="intranet")


if __name__ == "__main__":
    main()
