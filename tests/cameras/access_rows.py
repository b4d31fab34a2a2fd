"""Who may walk where in the cameras room."""

from house.matrix import Row

from intranet.access import Permission as P

SEE, MANAGE = P.CAMERAS_CAMERA_VIEW, P.CAMERAS_CAMERA_MANAGE
PHRASES = P.CAMERAS_PHRASE_MANAGE


def of(permission, tail=""):
    return Row(permission, lambda place: f"/cameras/{place.camera}{tail}")


def said(permission, tail=""):
    return Row(permission, lambda place: f"/cameras/talks/1{tail}", of_place=False)


def cast(tail=""):
    return Row(P.CAMERAS_TALK_SPEAK, lambda place: f"/cameras/broadcasts/1{tail}", of_place=False)


ROWS = {
    "cameras.index": Row(SEE, lambda place: "/cameras", of_place=False),
    "cameras.wall": Row(SEE, lambda place: "/cameras/wall", of_place=False),
    "cameras.camera": of(SEE),
    "cameras.playlist": of(SEE, "/live/index.m3u8"),
    "cameras.init_segment": of(SEE, "/live/main/init-0123456789abcdef.mp4"),
    "cameras.media": of(SEE, "/live/main/20261123-100000.mp4"),
    "cameras.still": of(SEE, "/still.jpg"),
    "cameras.viewings": of(P.CAMERAS_VIEWING_VIEW, "/viewings"),
    "cameras.new": Row(MANAGE, lambda place: "/cameras/new", of_place=False),
    "cameras.create": Row(MANAGE, lambda place: "/cameras/new", of_place=False),
    "cameras.edit": of(MANAGE, "/edit"),
    "cameras.change": of(MANAGE, "/edit"),
    "cameras.status": of(SEE, "/status"),
    "cameras.host": of(MANAGE, "/host"),
    "cameras.standing": of(MANAGE, "/standing"),
    "cameras.ask_test": Row(MANAGE, lambda place: "/cameras/test", of_place=False),
    "cameras.test": Row(MANAGE, lambda place: "/cameras/tests/1", of_place=False),
    "cameras.test_picture": Row(
        MANAGE, lambda place: "/cameras/tests/1/picture.jpg", of_place=False
    ),
    "cameras.talk": of(P.CAMERAS_TALK_SPEAK, "/talk"),
    "cameras.talk_live": of(P.CAMERAS_TALK_SPEAK, "/talk/live"),
    "cameras.talk_test": of(MANAGE, "/talk/test"),
    "cameras.talks": of(P.CAMERAS_TALK_VIEW, "/talks"),
    "cameras.broadcast": Row(
        P.CAMERAS_TALK_SPEAK, lambda place: "/cameras/broadcast", of_place=False
    ),
    "cameras.make_broadcast": Row(
        P.CAMERAS_TALK_SPEAK, lambda place: "/cameras/broadcast", of_place=False
    ),
    "cameras.broadcast_told": cast(),
    "cameras.broadcast_confirm": cast("/confirm"),
    "cameras.broadcast_again": cast("/again"),
    "cameras.broadcast_sound": cast("/sound"),
    "cameras.talk_piece": said(P.CAMERAS_TALK_SPEAK, "/pieces"),
    "cameras.talk_end": said(P.CAMERAS_TALK_SPEAK, "/end"),
    "cameras.talk_drop": said(P.CAMERAS_TALK_SPEAK, "/drop"),
    "cameras.talk_state": said(P.CAMERAS_TALK_SPEAK),
    "cameras.talk_misuse": said(P.CAMERAS_TALK_VIEW, "/misuse"),
    "cameras.misuse_seen": said(P.CAMERAS_MISUSE_REVIEW, "/misuse/1"),
    "cameras.talk_again": said(P.CAMERAS_TALK_SPEAK, "/again"),
    "cameras.talk_transcript": said(P.CAMERAS_TALK_SPEAK, "/transcript"),
    "cameras.phrases": Row(PHRASES, lambda place: "/cameras/phrases", of_place=False),
    "cameras.add_phrase": Row(PHRASES, lambda place: "/cameras/phrases", of_place=False),
    "cameras.change_phrase": Row(PHRASES, lambda place: "/cameras/phrases/1", of_place=False),
    "cameras.phrase_standing": Row(
        PHRASES, lambda place: "/cameras/phrases/1/standing", of_place=False
    ),
    "cameras.phrase_sound": Row(
        P.CAMERAS_TALK_SPEAK, lambda place: "/cameras/phrases/1/sound", of_place=False
    ),
    "cameras.talk_sound": said(P.CAMERAS_VIEWING_NAMES, "/sound"),
}
