"""What a microphone of the tests hears: a tone that comes and goes, then a sentence nobody spoke.

And what ears make of it: the pitch, and how loud it is from moment to moment.
"""

from __future__ import annotations

import math
import random
import wave

HERTZ, RATE = 700, 16_000
TONE_SECONDS, SECONDS = 2.0, 14.0
# The lowest three resonances of the throat, by vowel (Peterson and Barney 1952, men).
VOWELS = {
    "a": (730, 1090, 2440),
    "i": (270, 2290, 3010),
    "u": (300, 870, 2240),
    "e": (530, 1840, 2480),
}
FRAME_SECONDS = 0.02
SECOND, BESIDE = 50, 15  # frames


def tone(seconds=TONE_SECONDS):
    """Return a tone that swells as syllables do: what is steady, browsers take for noise."""
    step = 2 * math.pi / RATE
    return [
        0.37 * max(0.0, math.sin(4 * step * n)) * math.sin(HERTZ * step * n)
        for n in range(int(seconds * RATE))
    ]


def syllable(vowel, pitch, seconds):
    """Return a vowel: pulses of the glottis through three resonators, swelling and fading."""
    count = int(seconds * RATE)
    samples, phase = [], 0.0
    for n in range(count):
        phase += pitch * (1 - 0.15 * n / count) / RATE
        samples.append(1.0 if phase >= 1 else 0.0)
        phase %= 1
    for hertz in VOWELS[vowel]:
        radius = math.exp(-math.pi * 90 / RATE)
        one, two = 2 * radius * math.cos(2 * math.pi * hertz / RATE), -radius * radius
        last = before = 0.0
        for n, sample in enumerate(samples):
            last, before = sample + one * last + two * before, last
            samples[n] = last
    peak = max(map(abs, samples))
    return [0.45 * one / peak * math.sin(math.pi * n / count) for n, one in enumerate(samples)]


def sentence(seconds=SECONDS - TONE_SECONDS):
    """Return syllables of uneven length with pauses between words, as nobody's voice."""
    dice, said = random.Random(7), []
    while len(said) < seconds * RATE:
        said += syllable(dice.choice("aiue"), dice.uniform(110, 170), dice.uniform(0.1, 0.26))
        said += [0.0] * int(dice.choice([0.02, 0.03, 0.05, 0.25]) * RATE)
    return said[: int(seconds * RATE)]


def write(path, samples):
    """Write a WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        whole = (int(one * 32_000).to_bytes(2, "little", signed=True) for one in samples)
        file.writeframes(b"".join(whole))


def strength(samples, hertz):
    """Return how much of the power lies at a frequency: 1 is all of it (Goertzel)."""
    power = sum(one * one for one in samples)
    if not power:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / 8000)
    last = before = 0.0
    for one in samples:
        last, before = one + factor * last - before, last
    found = last * last + before * before - factor * last * before
    return 2 * found / (len(samples) * power)


def pitch(samples, rate=8000, step=10):
    """Return the frequency with most power between 300 and 1500 Hz, in windows of 100 ms."""
    size = rate // 10
    windows = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    power = [sum(one * one for one in window) for window in windows]

    def found(hertz):
        scaled = hertz * 8000 / rate
        return sum(p * strength(w, scaled) for p, w in zip(power, windows, strict=True))

    return max(range(300, 1500, step), key=found)


def loudness(samples, rate):
    """Return how loud each 20 ms is, as a root of its power so that quiet syllables count too."""
    size = int(rate * FRAME_SECONDS)
    return [
        (sum(one * one for one in samples[at : at + size]) / size) ** 0.25
        for at in range(0, len(samples) - size + 1, size)
    ]


def likeness(heard, said):
    """Return how alike the course of two loudnesses is, second by second, at most 1.

    Each second may lie up to 0.3 s beside where the whole fits best: in a gap the house puts
    silence and takes as much out of a later pause.
    """
    seconds = [heard[at : at + SECOND] for at in range(0, len(heard) - SECOND + 1, SECOND)]
    fits = [
        [correlation(list(zip(one, said[at:], strict=False))) for at in range(len(said) - SECOND)]
        for one in seconds
    ]
    best = 0.0
    for lag in range(-BESIDE, len(said)):
        near = [
            fit[max(0, lag + n * SECOND - BESIDE) : max(0, lag + n * SECOND + BESIDE + 1)]
            for n, fit in enumerate(fits)
        ]
        if all(near):
            best = max(best, sum(map(max, near)) / len(near))
    return best


def correlation(pairs):
    """Return Pearson's coefficient."""
    count = len(pairs)
    one, two = sum(a for a, _b in pairs) / count, sum(b for _a, b in pairs) / count
    cross = sum((a - one) * (b - two) for a, b in pairs)
    power = sum((a - one) ** 2 for a, _b in pairs) * sum((b - two) ** 2 for _a, b in pairs)
    return cross / math.sqrt(power) if power else 0.0
