"""What people type about channels, and how channels and sendings are called."""

from __future__ import annotations

from wtforms import PasswordField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet.forms import Form
from intranet.grids.forms import OneOf, PlaceField
from intranet.i18n import _, _l
from intranet.jobs.forms.fairs import Turn
from intranet.jobs.forms.fields import Ticks, line
from intranet.jobs.models import Fault, Outlet, OutletKind, Sending, SendingState, Subject

NEEDED = _l("Please fill this in")
ADDRESS_MAX = 500
UNSEEN = {"autocomplete": "off", "spellcheck": "false"}
OUTLET_KIND_LABELS = {
    OutletKind.WECOM: _l("Robot of a WeCom group"),
    OutletKind.DINGTALK: _l("Robot of a DingTalk group"),
    OutletKind.FEISHU: _l("Robot of a Feishu group"),
    OutletKind.OTHER: _l("Another service"),
    OutletKind.BY_HAND: _l("Public account, by hand"),
}
SUBJECT_LABELS = {
    Subject.POST: _l("A post"),
    Subject.FAIR: _l("A job fair"),
    Subject.DIGEST: _l("New posts of the day"),
    Subject.TRIAL: _l("Trial message"),
}
SENDING_STATE_LABELS = {
    SendingState.PENDING: _l("Waits to be sent"),
    SendingState.SENDING: _l("Is being sent"),
    SendingState.BY_HAND: _l("To be published by hand"),
    SendingState.SENT: _l("Sent out"),
    SendingState.FAILED: _l("Did not arrive"),
    SendingState.DROPPED: _l("Not sent"),
}
SENDING_LIGHTS = {
    SendingState.PENDING: "yellow",
    SendingState.SENDING: "yellow",
    SendingState.BY_HAND: "yellow",
    SendingState.SENT: "green",
    SendingState.FAILED: "red",
    SendingState.DROPPED: "",
}
# What a record's text is: what became of it, and who was to publish it.
TEXT_HEADINGS = {
    SendingState.PENDING: _l("To be sent, as it stands now"),
    SendingState.SENDING: _l("Text that is being sent"),
    SendingState.BY_HAND: _l("To be published, as it stands now"),
    SendingState.SENT: _l("Text that was sent"),
    SendingState.FAILED: _l("Text that did not arrive"),
    SendingState.DROPPED: _l("Text that was not sent"),
}
# Why what waits has no text any more.
GONE_LABELS = {
    Fault.OVER: _l("Nothing of it can be had any more; nothing is published."),
    Fault.LATE: _l("The day of this list is over; nothing is published."),
    Fault.CALLED_OFF: _l("This fair was called off; nothing is published."),
    Fault.CHANGED: _l("The fair was changed since this text was made; it must not go any more."),
}
PUBLISHED_BY_HAND = _l("Text that was published by hand")
FAULT_LABELS = {
    Fault.NONE: _l("none"),
    Fault.UNREACHABLE: _l("The other side could not be reached or did not answer"),
    Fault.NO_ANSWER: _l("The other side did not answer in time"),
    Fault.SERVER: _l("The other side is out of order"),
    Fault.TOO_FAST: _l("The robot got too many messages in a minute"),
    Fault.REFUSED: _l("The other side refused the message"),
    Fault.BAD_ADDRESS: _l("There is no such robot any more; enter its address anew"),
    Fault.WORDS: _l("The robot's own rules refused it: keyword, signing key or sender"),
    Fault.UNUSABLE: _l("Nothing can be sent to this address"),
    Fault.NOT_ALLOWED: _l("The house may not speak to this host"),
    Fault.UNSEALABLE: _l("The address does not open with this house's keys; enter it anew"),
    Fault.INTERRUPTED: _l("The background worker was interrupted too often"),
    Fault.OVER: _l("Nothing of it could be had any more"),
    Fault.CHANGED: _l("The fair was changed before it went; have it sent anew"),
    Fault.CALLED_OFF: _l("The fair was called off before it went"),
    Fault.LATE: _l("It was not out in time"),
    Fault.OFF: _l("The channel was switched off"),
}


def text_heading(sending: Sending, outlet: Outlet) -> object:
    """Return what the text of a record is called."""
    is_pasted = outlet.kind is OutletKind.BY_HAND and sending.state is SendingState.SENT
    return PUBLISHED_BY_HAND if is_pasted else TEXT_HEADINGS[sending.state]


class RobotForm(Turn):
    """A channel's name and address. Both secrets are neither shown when typed nor sent back."""

    name = line(_l("Name of the channel"), validators.DataRequired(NEEDED), longest=40)
    address = PasswordField(
        _l("Address of the robot"), render_kw={"maxlength": ADDRESS_MAX, **UNSEEN}
    )
    signing = PasswordField(
        _l("Signing key (DingTalk, if there is one)"), render_kw={"maxlength": 140, **UNSEEN}
    )

    @property
    def said(self) -> dict[str, str]:
        """What was typed, once it is valid."""
        return {
            "name": self.name.data or "",
            "typed": self.address.data or "",
            "signing": self.signing.data or "",
        }

    def ask_again(self) -> None:
        """Say of each secret that was typed that it is gone, where nothing else is said of it."""
        for field in (self.address, self.signing):
            if field.data and not field.errors:
                field.errors = [_("Paste it again: a secret is not sent back")]


class OutletForm(RobotForm):
    """A new channel."""

    grid_path = PlaceField(_l("Community"), blank=_l("Choose a community"), must=True)
    kind = OneOf(
        _l("Kind of channel"),
        choices=[SelectChoice(kind.value, said) for kind, said in OUTLET_KIND_LABELS.items()],
    )

    @property
    def facts(self) -> dict[str, object]:
        """What was typed, once it is valid."""
        kind, path = OutletKind(self.kind.data), self.grid_path.data or ""
        return {**self.said, "kind": kind, "grid_path": path}


class PublishForm(Form):
    """To which channels it goes, and which posts of a list go where they went today already."""

    outlets = Ticks(_l("Channels to publish on"), choices=[])
    anew = Ticks(_l("Went today already"), choices=[])

    def offer(self, found: list[tuple[int, str]], went: list[tuple[int, str]]) -> None:
        """Offer the channels that are on, and the posts that went today."""
        self.outlets.choices = [SelectChoice(str(one), name) for one, name in found]
        self.anew.choices = [SelectChoice(str(one), name) for one, name in went]

    @property
    def again(self) -> set[int]:
        """The numbers of the posts that are ticked."""
        return {int(one) for one in self.anew.data or ()}

    @property
    def ids(self) -> set[int]:
        """The numbers of the channels that are ticked."""
        return {int(one) for one in self.outlets.data or ()}


class DigestForm(Form):
    """Of which community the day's posts are."""

    grid = PlaceField(_l("Community"))
