"""Who may know whom, read from the imports; and the house's hard caps."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

from babel.messages.pofile import read_po

HOUSE = Path(__file__).resolve().parents[2]
CODE = HOUSE / "intranet"
BASE_ROOMS = {"people", "grids", "register"}
ROOMS = BASE_ROOMS | {"cameras", "incidents", "jobs", "notices", "points", "workbench"}
# Rooms that may call another room's operations or queries, beyond the base rooms anyone may.
CALLS = {
    ("workbench", "cameras"),
    ("workbench", "incidents"),
    ("workbench", "points"),
    ("incidents", "notices"),
    ("incidents", "cameras"),
    ("cameras", "notices"),
    ("points", "notices"),
    ("incidents", "points"),
    ("jobs", "notices"),
    ("workbench", "jobs"),
}
MEDIA_FORMATS = {"index", "playlist", "door", "networks", "window", "pulse", "spool"}
MEDIA_ANY = {"cli", "tasks", "demo"}


def modules():
    for path in sorted(CODE.rglob("*.py")):
        parts = path.relative_to(CODE).with_suffix("").parts
        yield path, parts, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""


def test_media_knows_no_room_no_flask_and_no_database():
    wrong = []
    for path, parts, tree in modules():
        if parts[0] != "media":
            continue
        for module, name in imports(tree):
            head = module.split(".")[0]
            ours = head == "intranet" and not module.startswith("intranet.media")
            ours = ours and not (module == "intranet" and name == "media")
            if ours or head in {"flask", "sqlalchemy", "werkzeug"}:
                wrong.append(f"{path.relative_to(HOUSE)} imports {module}")
    assert wrong == []


def test_rooms_know_only_whom_they_may():
    wrong = []
    for path, parts, tree in modules():
        if parts[0] not in ROOMS:
            continue
        for module, name in imports(tree):
            if not module.startswith("intranet."):
                continue
            target = module.split(".")[1:]
            if target[0] == "media":
                part = (target[1:] or [name])[0]
                if part not in MEDIA_FORMATS and parts[1] not in MEDIA_ANY:
                    wrong.append(f"{path.relative_to(HOUSE)} imports {module} {name}")
            elif (
                target[0] in ROOMS - {parts[0]} - BASE_ROOMS and (parts[0], target[0]) not in CALLS
            ):
                wrong.append(f"{path.relative_to(HOUSE)} imports {module}")
    assert wrong == []


def test_operations_know_no_flask_and_never_commit():
    wrong = []
    for path, parts, tree in modules():
        if parts[0] not in ROOMS or not (len(parts) > 1 and parts[1] == "operations"):
            continue
        wrong += [f"{path.name}: {m}" for m, _ in imports(tree) if m.split(".")[0] == "flask"]
        wrong += [f"{path.name} commits" for _ in re.findall(r"\.commit\(\)", path.read_text())]
    assert wrong == []


def test_commits_stand_only_in_views_tasks_and_commands():
    allowed = {"views", "tasks", "cli", "demo"}
    wrong = []
    for path, parts, _tree in modules():
        if parts[0] in {"db", "media"} or (len(parts) > 1 and parts[1] in allowed):
            continue
        if re.search(r"session\(?\)?\.commit\(\)", path.read_text(encoding="utf-8")):
            wrong.append(str(path.relative_to(HOUSE)))
    assert wrong == []


def test_only_the_clock_and_media_ask_the_time_and_only_media_starts_processes():
    wrong = []
    for path, parts, tree in modules():
        if parts[0] in {"media", "clock"}:
            continue
        text = path.read_text(encoding="utf-8")
        if re.search(r"datetime\.(now|utcnow)\(|\btime\.time\(", text):
            wrong.append(f"{path.relative_to(HOUSE)} asks the time")
        if any(module == "subprocess" for module, _ in imports(tree)):
            wrong.append(f"{path.relative_to(HOUSE)} starts processes")
    assert wrong == []


def test_only_one_file_touches_htmx_flask_and_only_one_builds_ffmpeg_arguments():
    touching = {"htmx_flask": set(), "ffmpeg": set()}
    for path, _parts, tree in modules():
        for module, _ in imports(tree):
            if module.split(".")[0] in touching:
                touching[module.split(".")[0]].add(str(path.relative_to(CODE)))
    assert touching == {"htmx_flask": {"htmx.py"}, "ffmpeg": {"media/command.py"}}


def test_functions_files_and_templates_keep_their_caps():
    wrong = []
    for path, _parts, tree in modules():
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > 400:
            wrong.append(f"{path.relative_to(HOUSE)}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > 70:
                    wrong.append(f"{path.relative_to(HOUSE)}:{node.name} has {length} lines")
    for path in sorted((HOUSE / "templates").rglob("*.html")):
        cap = 60 if path.name.startswith("_") else 150
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > cap and path.parent.name != "components":
            wrong.append(f"{path.relative_to(HOUSE)}: {lines} lines")
    assert wrong == []


def test_no_drawer_without_a_name_and_no_promise_of_work():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout.split()
    names = [
        name for name in tracked if re.search(r"(^|/)(utils?|helpers?|misc|common)\.\w+$", name)
    ]
    promises = []
    for name in tracked:
        if name.endswith((".py", ".html", ".js", ".css")) and (HOUSE / name).exists():
            text = (HOUSE / name).read_text(encoding="utf-8")
            promises += [name for _ in re.findall(r"\b(TO" + r"DO|FIX" + r"ME)\b", text)]
    assert names + promises == []


def test_no_tracked_file_names_a_package_index_or_a_path_of_a_machine():
    pattern = re.compile(
        r"https?://(registry\.|files\.python|pypi\.|[\w.-]*npmjs\.)|/(root|home)/[a-z.]|/work/"
        r"main"
    )
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout.split()
    wrong = []
    for name in tracked:
        path = HOUSE / name
        if (
            path.suffix in {".png", ".jpg"}
            or not path.exists()
            or name == "tests/house/test_layers.py"
        ):
            continue
        if pattern.search(path.read_text(encoding="utf-8", errors="replace")):
            wrong.append(name)
    assert wrong == []


def test_chinese_has_the_stops_of_chinese():
    wrong = re.compile(r"[\u4e00-\u9fff”’）][,;:!?()]|[,;!?()][\u4e00-\u9fff“‘]")
    found = [
        (path.name, text)
        for path in sorted((HOUSE / "intranet/translations/zh_CN").glob("*.po"))
        for text in _translated(path)
        if wrong.search(re.sub(r"%\(\w+\)[sd]|rtsp://\S+", "", text))
    ]
    assert found == []


def _translated(path):
    with path.open("rb") as stream:
        for message in read_po(stream, locale="zh_CN"):
            if message.id:
                yield from [message.string] if isinstance(message.string, str) else message.string


def test_every_message_is_translated_into_both_languages():
    from intranet.i18n import missing_messages

    assert missing_messages(HOUSE) == {"zh_CN": set(), "en": set()}


def test_every_setting_and_command_is_documented():
    from intranet.__main__ import COMMANDS

    settings = set(re.findall(r"INTRANET_[A-Z_]+", (CODE / "config.py").read_text()))
    page = (HOUSE / "docs" / "settings.md").read_text()
    operating = (HOUSE / "docs" / "operating.md").read_text()

    assert {name for name in settings if name not in page} == set()
    assert {name for name in COMMANDS if f"`{name}" not in operating} == set()


def test_no_two_tests_share_a_file_name():
    """Python keeps one module of a name: the second file would be another room's, or not read."""
    names = Counter(path.name for path in (HOUSE / "tests").rglob("test_*.py"))
    assert {name for name, count in names.items() if count > 1} == set()


def test_every_test_function_is_collected():
    wrong = []
    for path in sorted((HOUSE / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("test_"):
                continue
            asserts = any(isinstance(child, ast.Assert) for child in ast.walk(node))
            fixtures = {"app", "client", "monkeypatch", "tmp_path"} & {
                a.arg for a in node.args.args
            }
            if asserts and fixtures and not node.decorator_list:
                called = path.read_text(encoding="utf-8").count(f"{node.name}(")
                if called < 2:
                    wrong.append(f"{path.name}:{node.name}")
    assert wrong == []
