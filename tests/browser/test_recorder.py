"""What a real browser records comes through the house's reader and still plays."""

from __future__ import annotations

import base64

import pytest
from house_in_browser import address, chromium, needs_chromium

from intranet import sounds

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.alone,
    pytest.mark.one_engine("sqlite"),
]
__all__ = ["address", "chromium"]
TYPES = ["audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4;codecs=mp4a.40.2"]
RECORD = """async (type) => {
  if (!MediaRecorder.isTypeSupported(type)) return null
  const context = new AudioContext()
  const tone = new OscillatorNode(context), out = context.createMediaStreamDestination()
  tone.connect(out); tone.start(); await context.resume()
  const recorder = new MediaRecorder(out.stream, {mimeType: type}), parts = []
  recorder.ondataavailable = (event) => parts.push(event.data)
  recorder.start(250)
  await new Promise((done) => setTimeout(done, 1500))
  await new Promise((done) => { recorder.onstop = done; recorder.stop() })
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}"""
PLAY = """async ([type, text]) => {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
  const player = new Audio(URL.createObjectURL(new Blob([bytes], {type})))
  player.muted = true
  await player.play()
  await new Promise((done, failed) => {
    player.onended = done; player.onerror = () => failed(player.error.message)
  })
  return player.currentTime
}"""


def test_what_a_browser_records_is_taken_and_plays_as_long_as_it_was(address, chromium):
    page = chromium.new_context().new_page()
    page.goto(f"{address}/login")
    taken = []
    for kind in TYPES:
        recorded = page.evaluate(RECORD, kind)
        if recorded is None:
            continue
        sound = sounds.read(base64.b64decode(recorded))
        played = page.evaluate(PLAY, [sound.media_type, base64.b64encode(sound.data).decode()])

        assert sound.media_type == kind.split(";")[0]
        assert 1.0 < sound.seconds < 2.5
        assert played == pytest.approx(sound.seconds, abs=0.3)
        assert b"Chrome" not in sound.data
        taken.append(sound.media_type)

    assert "audio/webm" in taken  # not every Chromium records MP4
