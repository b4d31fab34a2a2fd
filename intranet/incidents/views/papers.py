"""The papers of an incident, as the offices know them: A4, with a place for stamp and signature."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from intranet.incidents.views.facts import facts
from intranet.incidents.views.room import VIEW, bp, case_for
from intranet.incidents.views.words import PAPERS, checklist_on_paper, told_on_paper


@bp.get("/incidents/<number>/papers/<paper>")
def paper(number: str, paper: str) -> ResponseReturnValue:
    """Show one form to print."""
    viewer, case = case_for(VIEW, number)
    wanted = PAPERS.get(paper)
    if wanted is None or case.incident.state not in wanted.states:
        abort(404)
    page = facts(viewer, case)
    done, still_open = checklist_on_paper(case.incident, page["timeline"])
    return render_template(
        "incidents/paper.html",
        paper=wanted,
        steps=told_on_paper(page["timeline"], page["sentences"]),
        ticked_lines=done,
        open_lines=still_open,
        **page,
    )
