"""Every template compiles, works without JavaScript, and keeps to the house's htmx subset."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
TEMPLATES = HOUSE / "templates"
HTMX = {
    "hx-get",
    "hx-post",
    "hx-target",
    "hx-swap",
    "hx-trigger",
    "hx-push-url",
    "hx-indicator",
    "hx-confirm",
    "hx-include",
    "hx-select",
    "hx-sync",
    "hx-preserve",
    "hx-disable",
}
SWAPS = {"innerHTML", "outerHTML", "beforeend", "none", "outerMorph"}
TAG = re.compile(r"<([a-z][a-z0-9-]*)((?:[^<>\"{]|\"[^\"]*\"|\{\{.*?\}\}|\{%.*?%\})*)>", re.DOTALL)
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


# Specimens are Chinese throughout.
@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("style/")])
def test_a_template_says_nothing_past_the_catalogues(name):
    text = re.sub(r'_\("[^"]*"', "", source(name)).replace('aria-hidden="true">微</b>', "")
    assert re.findall("[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]+", text) == []


def source(name):
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


def tags(name):
    for match in TAG.finditer(source(name)):
        yield match[1], match[2]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(app, name):
    app.jinja_env.get_template(name)


def test_a_partial_extends_nothing_and_is_one_element_with_an_id():
    wrong = []
    for name in NAMES:
        text = source(name)
        if not Path(name).name.startswith("_") or "{% macro" in text or "{%- macro" in text:
            continue
        if "{% extends" in text:
            wrong.append(f"{name} extends")
        found = list(TAG.finditer(text))
        root = found[0]
        if not re.search(r"\bid=\"", root[2]):
            wrong.append(f"{name}: its root <{root[1]}> has no id")
        if not text.rstrip().removesuffix("{% endif %}").rstrip().endswith(f"</{root[1]}>"):
            wrong.append(f"{name} does not end with </{root[1]}>")
    assert wrong == []


def test_every_form_says_where_it_goes_and_how():
    wrong = []
    for name in NAMES:
        for tag, attributes in tags(name):
            if tag != "form":
                continue
            if not re.search(r"\bmethod=\"(get|post|dialog)\"", attributes):
                wrong.append(f"{name}: a form without a method")
            if "action=" not in attributes and 'method="dialog"' not in attributes:
                wrong.append(f"{name}: a form without an action")
    assert wrong == []


def test_whatever_posts_by_htmx_posts_by_a_form_too():
    wrong = []
    for name in NAMES:
        for tag, attributes in tags(name):
            if "hx-post=" in attributes and tag != "form" and "formaction" not in attributes:
                wrong.append(f"{name}: <{tag} hx-post> that is no form")
            if "hx-get=" in attributes and tag == "a" and "href=" not in attributes:
                wrong.append(f"{name}: a link that goes nowhere without JavaScript")
    assert wrong == []


def test_no_script_no_style_and_no_handler_stands_inside_a_page():
    wrong = []
    for name in NAMES:
        for tag, attributes in tags(name):
            if tag == "script" and not re.search(r"\b(src|type=\"application/json)", attributes):
                wrong.append(f"{name}: inline script")
            if tag == "style" or re.search(r"(^|\s)style=", attributes):
                wrong.append(f"{name}: inline style in <{tag}>")
            if re.search(r"(^|\s)on[a-z]+=", attributes):
                wrong.append(f"{name}: inline handler in <{tag}>")
        if re.search(r"javascript:|\|\s*safe\b", source(name)):
            wrong.append(f"{name}: javascript: address or |safe")
    assert wrong == []


def test_only_the_house_subset_of_htmx_is_used():
    wrong = []
    for name in NAMES:
        text = source(name)
        wrong += [f"{name}: {used}" for used in set(re.findall(r"\bhx-[a-z:-]+(?==)", text)) - HTMX]
        wrong += [
            f"{name}: swap {swap}"
            for swap in re.findall(r'hx-swap="([A-Za-z]+)', text)
            if swap not in SWAPS
        ]
        if re.search(r'hx-trigger="[^"]*\[', text):
            wrong.append(f"{name}: a filter in a trigger needs eval")
    assert wrong == []


def test_a_page_has_one_poller_at_most():
    wrong = [name for name in NAMES if len(re.findall(r'hx-trigger="every ', source(name))) > 1]

    assert wrong == []


def test_a_view_is_fifteen_lines_at_most():
    """Count what stands below the docstring of every function that answers a route."""
    wrong = []
    for path in sorted((HOUSE / "intranet").rglob("views*/*.py")) + sorted(
        (HOUSE / "intranet").rglob("views.py")
    ):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or not any(
                "bp." in ast.unparse(one) for one in node.decorator_list
            ):
                continue
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = sum(len(ast.unparse(one).splitlines()) for one in body)
            if lines > 15:
                wrong.append(f"{path.relative_to(HOUSE)}:{node.name}: {lines}")
    assert wrong == []


def test_nobody_asks_the_model_for_its_query_and_no_permission_is_idle():
    from intranet.access import Permission

    code = {
        path: path.read_text(encoding="utf-8")
        for path in (HOUSE / "intranet").rglob("*.py")
        if path.name != "access.py"
    }
    whole = "\n".join(code.values()) + "".join(source(name) for name in NAMES)

    assert [
        str(path) for path, text in code.items() if re.search(r"\b[A-Z]\w+\.query\b", text)
    ] == []
    assert [one.name for one in Permission if f"Permission.{one.name}" not in whole] == []


def test_no_tracked_file_holds_a_secret():
    pattern = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"
    )
    wrong = []
    for folder in ("intranet", "templates", "static", "deploy", "docs", "tests", "bench"):
        for path in (HOUSE / folder).rglob("*"):
            if path.suffix not in {".py", ".html", ".js", ".md", ".yaml", ".conf", ".po", ".css"}:
                continue
            if "vendor" in path.parts or path == Path(__file__):
                continue
            if pattern.search(path.read_text(encoding="utf-8")):
                wrong.append(str(path))
    assert wrong == []
