"""A few soft tones where the demonstration has a voice.

There is no voice to be had: nobody of the demonstration exists, and speech made by a machine would be taken for a
child's. So every spoken piece is a short melody, the same each time for the same piece, that plays and has a length.
"""

import hashlib
import math
import struct
from functools import cache

TYPE = "audio/wav"
RATE = 8000
LONGEST = 4.8
"""Seconds: 8,000 samples a second of one byte each stay under 40 KB."""

_NOTE = 0.4
# A pentatonic scale: whatever order the notes come in, they sound quiet together.
_PITCHES = (220.0, 261.63, 293.66, 329.63, 392.0, 440.0)


def melody(seed: str, seconds: float) -> tuple[bytes, int]:
    """A WAV file and its length in milliseconds: as long as what was said, and at most 4.8 seconds."""
    notes = max(1, round(min(seconds, LONGEST) / _NOTE))
    choice = hashlib.sha256(seed.encode()).digest()
    samples = b"".join(_note(choice[place % len(choice)] % len(_PITCHES)) for place in range(notes))
    return _wav(samples), len(samples) * 1000 // RATE


@cache
def _note(place: int) -> bytes:
    length = int(RATE * _NOTE)
    pitch = _PITCHES[place]

    def sample(at: int) -> int:
        # Swells and fades, so that no note begins or ends with a click.
        loudness = math.sin(math.pi * at / length) ** 2
        return 128 + round(50 * loudness * math.sin(2 * math.pi * pitch * at / RATE))

    return bytes(sample(at) for at in range(length))


def _wav(samples: bytes) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    data = struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data
