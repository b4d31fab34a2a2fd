"""What people say about how notices are to reach them, checked for shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from wtforms import BooleanField, Field, StringField, TimeField, validators

from intranet.access import TEAM, Viewer
from intranet.forms import Form
from intranet.i18n import _l
from intranet.notices.models import Topic
from intranet.notices.operations import Wish
from intranet.notices.queries import TOPIC_LABELS, Settings

# What an incident's helpers are told, and what everybody is.
OF_THE_TEAM = (
    Topic.INCIDENT_NEW,
    Topic.INCIDENT_ASSIGNED,
    Topic.INCIDENT_DUE,
    Topic.INCIDENT_ORDER,
)
OF_ALL = (Topic.INCIDENT_PROGRESS, Topic.MISUSE, Topic.POINTS, Topic.JOBS, Topic.ACCOUNT)
ADDRESS_LABELS = {
    "mail": _l("Your e-mail address"),
    "sms": _l("Your mobile number"),
}
KEYBOARDS = {"mail": "email", "sms": "tel"}
ADDRESS_HINTS = {
    "wecom": _l("Your user id, or the address of your own group robot"),
    "dingtalk": _l("Your user id, or the address of your own group robot"),
}
_needed = _l("Please fill this in")


class SettingsForm(Form):
    """Quiet hours; ``settings_form`` adds what each channel needs."""

    quiet_from = TimeField(_l("From"), [validators.InputRequired(_needed)])
    quiet_to = TimeField(_l("To"), [validators.InputRequired(_needed)])

    def address(self, channel: str) -> Field:
        """Return the field for the channel's address."""
        return self[f"{channel}-address"]

    def removal(self, channel: str) -> Field:
        """Return the tick that removes the recorded address."""
        return self[f"{channel}-remove"]

    def topics(self, channel: str) -> list[Field]:
        """Return the ticks of a channel, in the order of the topics."""
        return [self[name] for name in self._fields if name.startswith(f"{channel}-topic-")]

    def wish(self, channel: str) -> Wish:
        """Return what was typed and ticked for a channel."""
        start = f"{channel}-topic-"
        ticked = [one.name.removeprefix(start) for one in self.topics(channel) if one.data]
        return Wish(
            frozenset(Topic(name) for name in ticked),
            self.address(channel).data or "",
            bool(self.removal(channel).data),
        )

    def minutes(self) -> tuple[int, int]:
        """Return the quiet hours in minutes since midnight."""
        begin, end = self.quiet_from.data or time(), self.quiet_to.data or time()
        return begin.hour * 60 + begin.minute, end.hour * 60 + end.minute


def topics_for(viewer: Viewer) -> tuple[Topic, ...]:
    """Return what the viewer may ever be told."""
    return OF_THE_TEAM + OF_ALL if viewer.roles & TEAM else OF_ALL


def settings_form(
    channels: Sequence[str],
    topics: Sequence[Topic],
    *,
    sent: Any = None,
    known: Settings | None = None,
) -> SettingsForm:
    """Return the form for these channels, filled with what was sent or what is known.

    A channel the person has no address for yet begins with every topic ticked.
    """
    fields: dict[str, Any] = {}
    for name in channels:
        fields[f"{name}-address"] = StringField(
            ADDRESS_LABELS.get(name, _l("Your address there")),
            [validators.Length(max=300)],
            render_kw={
                "autocomplete": {"mail": "email", "sms": "tel"}.get(name, "off"),
                "inputmode": KEYBOARDS.get(name, "text"),
                "spellcheck": "false",
            },
        )
        fields[f"{name}-remove"] = BooleanField(_l("Remove this address"))
        for topic in topics:
            fields[f"{name}-topic-{topic}"] = BooleanField(TOPIC_LABELS[topic])
    form: SettingsForm = type("ChannelsForm", (SettingsForm,), fields)(
        sent, data=_data(channels, topics, known) if known else None
    )
    return form


def _data(
    channels: Sequence[str], topics: Sequence[Topic], known: Settings
) -> Mapping[str, time | bool]:
    data: dict[str, time | bool] = {
        "quiet_from": time(*divmod(known.from_minute, 60)),
        "quiet_to": time(*divmod(known.to_minute, 60)),
    }
    for name in channels:
        for topic in topics:
            fresh = name not in known.addresses
            data[f"{name}-topic-{topic}"] = fresh or (name, topic) in known.chosen
    return data
