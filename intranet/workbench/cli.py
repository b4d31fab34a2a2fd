"""Commands of the workbench."""

from __future__ import annotations

from intranet.workbench.demo.command import demo, make_demo

__all__ = ["demo", "make_demo"]
