"""What may be done to cameras, and what is said through them."""

from __future__ import annotations

from intranet.cameras.operations.afterwards import TRANSCRIPT_MAX, again, write_down
from intranet.cameras.operations.chime import CHIME_SECONDS, chime
from intranet.cameras.operations.phrases import (
    WORDS_MAX,
    add_phrase,
    change_phrase,
    forget_phrases,
    said_phrase,
    set_phrase_gone,
)
from intranet.cameras.operations.registry import (
    CameraFacts,
    add_camera,
    ask_test,
    change_camera,
    finish_test,
    forget_tests,
    note_viewing,
    renew_seals,
    restore,
    retire,
    set_host,
    take_reports,
)
from intranet.cameras.operations.talking import (
    ABOUT,
    Speech,
    anything_waits,
    ended_talk,
    forget_talks,
    note_listening,
    report_misuse,
    speak,
    take_waiting,
    talk_cut_off,
    talk_told,
)

__all__ = [
    "ABOUT",
    "CHIME_SECONDS",
    "TRANSCRIPT_MAX",
    "WORDS_MAX",
    "CameraFacts",
    "Speech",
    "add_camera",
    "add_phrase",
    "again",
    "anything_waits",
    "ask_test",
    "change_camera",
    "change_phrase",
    "chime",
    "ended_talk",
    "finish_test",
    "forget_phrases",
    "forget_talks",
    "forget_tests",
    "note_listening",
    "note_viewing",
    "renew_seals",
    "report_misuse",
    "restore",
    "retire",
    "said_phrase",
    "set_host",
    "set_phrase_gone",
    "speak",
    "take_reports",
    "take_waiting",
    "talk_cut_off",
    "talk_told",
    "write_down",
]
