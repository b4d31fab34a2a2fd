"""Languages: Chinese first, English complete; Beijing time on screen, UTC in the database.

Each room keeps its own catalogue, ``translations/<locale>/<room>.po``; ``compile_catalogues``
merges them into the one ``messages.mo`` that gettext reads.
"""

from __future__ import annotations

from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, has_request_context, request, session
from flask_babel import (
    Babel,
    get_locale,
    get_translations,
    gettext,
    lazy_gettext,
    ngettext,
    pgettext,
)

from intranet.clock import BEIJING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ = gettext
_l = lazy_gettext
_n = ngettext
_p = pgettext


def N_(text: str) -> str:  # noqa: N802 — gettext's own name for "a message, translated later"
    """Mark a message that is translated where it is shown."""
    return text


LOCALES = {"zh_CN": "中文", "en": "English"}
DEFAULT_LOCALE = "zh_CN"
SPOKEN = "weiwang.locale"
PARSED = {code: Locale.parse(code) for code in LOCALES}
_catalogues: dict[Locale | None, NullTranslations] = {}
TRANSLATIONS = Path(__file__).parent / "translations"

__all__ = ["DEFAULT_LOCALE", "LOCALES", "N_", "_", "_l", "_n", "_p", "init_app"]


def init_app(app: Flask) -> None:
    """Choose a locale per request: this visit's choice, the account's, then Chinese."""
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LOCALE
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().gettext(text),
        ngettext=lambda one, many, count: _catalogue().ngettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: _catalogue().pgettext(context, text),
        npgettext=lambda c, one, many, count: _catalogue().npgettext(c, one, many, count),
    )
    app.jinja_env.filters.update(
        beijing=beijing_time, beijing_date=beijing_date, beijing_clock=beijing_clock
    )
    app.jinja_env.globals.update(LOCALES=LOCALES, current_locale=current_locale)


def choose_locale() -> Locale:
    """Return one of LOCALES, parsed: Babel would look through its 900 for each request."""
    chosen = DEFAULT_LOCALE
    if has_request_context():
        spoken = request.environ.get(SPOKEN)  # where cookies say nothing: to other systems
        chosen = spoken or str(session.get("locale") or request.cookies.get("locale"))
    return PARSED.get(chosen, PARSED[DEFAULT_LOCALE])


def _catalogue() -> NullTranslations:
    """Return the catalogue of this page's locale, without spelling its name out each time."""
    locale = get_locale()
    found = _catalogues.get(locale)
    if found is None:
        found = _catalogues[locale] = get_translations()
    return found


def current_locale() -> str:
    """Return the locale of this page, as in LOCALES."""
    locale = get_locale()
    return str(locale) if locale is not None and str(locale) in LOCALES else DEFAULT_LOCALE


def html_lang() -> str:
    """Return the BCP 47 tag for the html element."""
    return "zh-CN" if current_locale() == "zh_CN" else "en"


def beijing_time(moment: datetime | None) -> str:
    """Show minutes in Beijing: 2026-11-23 16:05; an empty string for None."""
    return "" if moment is None else moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def beijing_clock(moment: datetime | None) -> str:
    """Show seconds in Beijing: 16:05:09."""
    return "" if moment is None else moment.astimezone(BEIJING).strftime("%H:%M:%S")


def beijing_date(moment: datetime | date | None) -> str:
    """Show a day in Beijing: 2026-11-23."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(BEIJING).date()
    return "" if moment is None else moment.isoformat()


def compile_catalogues() -> int:
    """Merge the rooms' catalogues of each locale into messages.mo; return how many messages."""
    count = 0
    for locale in LOCALES:
        merged = merged_catalogue(locale)
        # Babel asks for Chinese by its full name, zh_Hans_CN.
        target = TRANSLATIONS / str(Locale.parse(locale)) / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            write_mo(stream, merged)
        count += len(merged)
    return count


def merged_catalogue(locale: str) -> Catalog:
    """Read every room's catalogue of a locale into one; the same message twice must agree."""
    merged = Catalog(locale=locale)
    for path in sorted((TRANSLATIONS / locale).glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale=locale):
                if not message.id:
                    continue
                known = merged.get(message.id, message.context)
                if known is not None and known.string != message.string:
                    text = f"{path.name}: {message.id!r} is translated twice, differently"
                    raise ValueError(text)
                merged[message.id] = message
    return merged


def catalogue_files() -> Iterator[Path]:
    """Yield all the rooms' catalogues."""
    for locale in LOCALES:
        yield from sorted((TRANSLATIONS / locale).glob("*.po"))


def community_name() -> str:
    """Return the name on the top bar."""
    return str(current_app.config["SETTINGS"].community_name)


def missing_messages(house: Path) -> dict[str, set[str]]:
    """Return, per locale, the messages used in code and templates but absent from catalogues."""
    from babel.messages.extract import extract_from_dir

    used: set[tuple[str, str | None]] = set()
    keywords = {"_": None, "_l": None, "_n": (1, 2), "_p": ((1, "c"), 2), "gettext": None}
    keywords |= {"ngettext": (1, 2), "pgettext": ((1, "c"), 2), "N_": None}
    # A broken rule's words are translated where it is shown, but stand where it is raised.
    keywords |= {"DomainError": None, "InputError": None, "AskedTooOften": None, "Overtaken": None}
    for folder, method in (("intranet", "python"), ("templates", "jinja2.ext:babel_extract")):
        pattern = "**.py" if folder == "intranet" else "**.html"
        options = {pattern: {"trimmed": "true", "silent": "false"}}
        found = extract_from_dir(
            str(house / folder),
            method_map=[(pattern, method)],
            options_map=options,
            keywords=keywords,
        )
        for _file, _line, message, _comments, context in found:
            single = message[0] if isinstance(message, tuple) else message
            if single:
                used.add((single, context))
    gaps: dict[str, set[str]] = {}
    for locale in LOCALES:
        catalogue = merged_catalogue(locale)
        gaps[locale] = {text for text, context in used if not _has(catalogue, text, context)}
    return gaps


def _has(catalogue: Catalog, text: str, context: str | None) -> bool:
    message = catalogue.get(text, context)
    if message is None or message.fuzzy:
        return False
    string = message.string
    return all(string) if isinstance(string, (tuple, list)) else bool(string)
