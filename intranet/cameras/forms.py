"""What people type about a camera, and what the worker's findings are called."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    FileField,
    FloatField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    validators,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet.cameras.models import TalkState, Tongue
from intranet.forms import Form
from intranet.grids.forms import PlaceField
from intranet.i18n import _l
from intranet.media.door import State, TalkTrouble, Trouble

STATE_LABELS = {
    State.STARTING: _l("connecting"),
    State.LIVE: _l("live"),
    State.STALLED: _l("no picture, connecting again"),
    State.BACKOFF: _l("not reachable, trying again"),
    State.STOPPED: _l("not running"),
}
STATE_LIGHTS = {
    State.STARTING: "yellow",
    State.LIVE: "green",
    State.STALLED: "yellow",
    State.BACKOFF: "red",
    State.STOPPED: "red",
}
# What is wrong, and what to do: the two halves of every sentence here.
TROUBLE_WORDS = {
    Trouble.OUTSIDE_NETWORKS: _l(
        "The address lies outside the networks where cameras may be. Ask the administrator to "
        "allow that network."
    ),
    Trouble.BAD_ADDRESS: _l(
        "This is no camera address. It begins with rtsp:// and has a host, such as "
        "rtsp://user:password@192.168.8.21:554/Streaming/Channels/101."
    ),
    Trouble.REDIRECTED: _l(
        "The device sends us on to another address; that is not followed. Type the address of the "
        "camera itself."
    ),
    Trouble.REFUSED: _l(
        "The device is there but refuses the connection. Check the port (usually 554) and "
        "whether RTSP is switched on in the camera."
    ),
    Trouble.TIMED_OUT: _l(
        "No answer. Check that the camera has power and network, and the address."
    ),
    Trouble.UNREACHABLE: _l("There is no way to this address. Check the host and the network."),
    Trouble.WRONG_PASSWORD: _l("The camera refuses user name or password. Type them again."),
    Trouble.NOT_FOUND: _l(
        "The camera answers but has no such stream. Check the path behind the host; it depends "
        "on the maker."
    ),
    Trouble.NO_VIDEO: _l("The camera answers but sends no picture. Check the channel number."),
    Trouble.NOT_READY: _l(
        "The device answers but cannot give pictures just now: it is starting, or too many are "
        "connected. We keep trying; if it lasts, restart the camera."
    ),
    Trouble.UNSUPPORTED_VIDEO: _l(
        "The camera sends a kind of video that browsers cannot play. Switch it to H.264."
    ),
    Trouble.H265: _l(
        "The video is H.265. It is recorded as it is, but many browsers cannot play it: give an "
        "H.264 sub-stream too, or switch the camera to H.264."
    ),
    Trouble.ODD_TIMESTAMPS: _l(
        "The camera's clock jumps. The intranet's own clock is used instead; set the camera's "
        "time server."
    ),
    Trouble.STALLED: _l("The picture stopped although the connection stands."),
    Trouble.ENDED: _l("The camera ended the connection."),
    Trouble.DISK: _l("The recording disk is full or broken."),
    Trouble.UNKNOWN: _l("The camera sends something that cannot be understood."),
}
_needed = _l("Please fill this in")


class Degrees(FloatField):
    """A coordinate; what is no number is refused in words about coordinates."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read a decimal number; raise ValueError with our own words."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Give degrees as a number, such as 30.69512")) from None


class CameraForm(Form):
    """A camera. Addresses are written, never read back: empty keeps what there is."""

    version = HiddenField()
    code = StringField(_l("Code"), [validators.Length(max=24)])
    name = StringField(
        _l("Place name"), [validators.InputRequired(_needed), validators.Length(max=60)]
    )
    grid_path = PlaceField(_l("Micro-grid"))
    main_url = PasswordField(
        _l("Address of the main stream"),
        [validators.Length(max=500)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    sub_url = PasswordField(
        _l("Address of the sub-stream"),
        [validators.Length(max=500)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    without_sub = BooleanField(_l("Take the sub-stream's address away"))
    talk_url = PasswordField(
        _l("Address of the loudspeaker"),
        [validators.Length(max=500)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    without_talk = BooleanField(_l("Take the loudspeaker's address away"))
    latitude_wgs84 = Degrees(
        _l("Latitude (WGS84)"), [validators.Optional(), validators.NumberRange(-90, 90)]
    )
    longitude_wgs84 = Degrees(
        _l("Longitude (WGS84)"), [validators.Optional(), validators.NumberRange(-180, 180)]
    )
    wallclock = BooleanField(_l("The camera's clock is bad: use the intranet's"))


TONGUE_LABELS = {Tongue.SICHUAN: _l("Sichuan dialect"), Tongue.MANDARIN: _l("Mandarin")}


class PhraseForm(Form):
    """A phrase: its words, how it is spoken, and the recording of a new one."""

    grid_path = SelectField(_l("Community"), choices=[])
    words = StringField(_l("What it says"), [validators.Length(max=200)])
    tongue = SelectField(
        _l("Spoken in"),
        choices=[SelectChoice(one.value, label) for one, label in TONGUE_LABELS.items()],
    )
    sound = FileField(_l("Recording, half a minute at most"))


TALK_STATE_LABELS = {
    TalkState.WAITING: _l("Sent"),
    TalkState.CALLING: _l("Calling the camera"),
    TalkState.SPEAKING: _l("Speaking"),
    TalkState.HEARD: _l("Spoken"),
    TalkState.FAILED: _l("Not spoken"),
}
TALK_TROUBLE_WORDS = {
    TalkTrouble.OUTSIDE_NETWORKS: _l("The camera's address is not allowed."),
    TalkTrouble.BAD_ADDRESS: _l("The camera's address is wrong."),
    TalkTrouble.UNREACHABLE: _l("The camera cannot be reached; is it without power or network?"),
    TalkTrouble.REFUSED: _l("The camera does not answer at this address."),
    TalkTrouble.TIMED_OUT: _l("The camera did not answer in time."),
    TalkTrouble.WRONG_PASSWORD: _l("The camera does not take the password it is registered with."),
    TalkTrouble.FORBIDDEN: _l("This user of the camera may not speak; allow it in the camera."),
    TalkTrouble.NOT_FOUND: _l("The camera does not know this address."),
    TalkTrouble.NO_LOUDSPEAKER: _l("This camera has no loudspeaker that can be reached."),
    TalkTrouble.NO_CODEC: _l("The camera's sound is not set to G.711; change it in the camera."),
    TalkTrouble.NOT_READY: _l("The camera is not ready just now; try again in a moment."),
    TalkTrouble.BUSY: _l("Somebody speaks through the camera by another way just now."),
    TalkTrouble.NOT_UNDERSTOOD: _l("The camera answered something that is not understood."),
    TalkTrouble.HUNG_UP: _l("The camera hung up before anything was said."),
    TalkTrouble.DROPPED: _l("The camera hung up in the middle; part of it was heard."),
    TalkTrouble.STOPPED: _l("The media service was stopped before anything was said."),
    TalkTrouble.CUT_OFF: _l(
        "The media service was stopped in the middle; part may have been heard."
    ),
    TalkTrouble.GONE: _l("The speaker's network went in the middle; part of it was heard."),
    TalkTrouble.NO_SOUND: _l("Nothing can be heard in it; speak closer to the microphone."),
    TalkTrouble.BAD_SOUND: _l("The recording cannot be played; please record anew."),
    TalkTrouble.WITHDRAWN: _l("Whoever spoke took it back before it was said."),
    TalkTrouble.TOO_LATE: _l(
        "The camera service did not take it in time; perhaps it is not running. It was not said, "
        "and will not be said later."
    ),
    TalkTrouble.UNKNOWN: _l("It did not work, and why is not known."),
}
