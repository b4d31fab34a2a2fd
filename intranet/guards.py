"""What a database refuses by itself: statements of triggers, the same on both engines."""

from __future__ import annotations


def kept_but_words(table: str, columns: str, dialect: str) -> list[str]:
    """Return the statements that keep all of a table: only its words can be emptied.

    Words may name people; whoever is erased is to be gone from there, too.
    """
    what = {
        "delete": ("DELETE", ""),
        "change": (f"UPDATE OF {columns}", ""),
        "other_words": ("UPDATE OF words", " WHEN (NEW.words <> '')"),
    }
    made = []
    for name, (act, when) in what.items():
        refused = f"{table} is append-only: no {name.replace('_', ' ')}"
        begin = f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table}"
        if dialect == "sqlite":
            made.append(f"{begin}{when} BEGIN SELECT RAISE(ABORT, '{refused}'); END")
        else:
            made += [
                function(f"{table}_no_{name}", f"RAISE EXCEPTION '{refused}';"),
                f"{begin} FOR EACH ROW{when} EXECUTE FUNCTION {table}_no_{name}()",
            ]
    return made


def function(name: str, body: str) -> str:
    """Return the statement that makes a trigger's function on PostgreSQL."""
    made = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger"
    return f"{made} AS $$ BEGIN {body} END $$ LANGUAGE plpgsql"


def refusing(
    table: str, refused: dict[str, str], dialect: str, *, act: str = "INSERT", name: str = ""
) -> list[str]:
    """Return the statements that refuse rows of a table, each condition in its own words."""
    name = name or f"{table}_guard"
    begin = f"CREATE TRIGGER {name} BEFORE {act} ON {table}"
    if dialect == "sqlite":
        acts = " ".join(
            f"SELECT RAISE(ABORT, '{words}') WHERE {when};" for words, when in refused.items()
        )
        return [f"{begin} BEGIN {acts} END"]
    acts = " ".join(
        f"IF {when} THEN RAISE EXCEPTION '{words}'; END IF;" for words, when in refused.items()
    )
    return [
        function(name, f"{acts} RETURN NEW;"),
        f"{begin} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
