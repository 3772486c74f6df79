"""The people, texts and steps that the makers of the vectors share. Everything here is always the same."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kindstem import sealing
from kindstem.wire import b64

HERE = Path(__file__).resolve().parent
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CHILD = "K7Q2-M9XWB"


def fixed(name: str, length: int = 32) -> bytes:
    """Bytes that are always the same for a name."""
    return hashlib.shake_256(b"kindstem vectors " + name.encode()).digest(length)


def fixed_id(name: str) -> str:
    """An id that is always the same for a name."""
    return b64(fixed(name, 16))


ORG = fixed_id("org")


def adult(name: str, role: sealing.Role) -> sealing.Adult:
    """Somebody of the cast."""
    seeds = fixed(f"{name} reading"), fixed(f"{name} signing")
    return sealing.Adult.from_seeds(ORG, name, role, *seeds, at=NOW, person=fixed_id(name))


SAM, VERA, JO, IRIS = adult("Sam", "worker"), adult("Vera", "second"), adult("Jo", "confidant"), adult("Iris", "worker")
TESS, ADA = adult("Tess", "oncall"), adult("Ada", "oncall")
WORKERS = sealing.readers_record(
    ORG, CHILD, "worker", [SAM.as_reader("worker", NOW), VERA.as_reader("second", NOW)], at=NOW
)
CONFIDANTS = sealing.readers_record(ORG, CHILD, "confidant", [JO.as_reader("confidant", NOW)], at=NOW)
ONCALL = sealing.readers_record(
    ORG, CHILD, "oncall", [TESS.as_reader("oncall", NOW), ADA.as_reader("oncall", NOW)], at=NOW
)
INDEPENDENT = sealing.readers_record(ORG, CHILD, "independent", [JO.as_reader("independent", NOW)], at=NOW)
OFFER = sealing.Offer.make(
    [WORKERS, CONFIDANTS],
    [SAM.sign_record(VERA.signed()), VERA.sign_record(SAM.signed()), SAM.sign_record(JO.signed())],
    org_name="Jeugdbescherming Wilgenstroom",
    level="12",
    startcode="7K3M-Q9XW-B2ND-4HTV",
    secret=fixed("qr"),
)
NOOR_SEED, NOOR_SECRET = fixed("Noor reading"), fixed("Noor D")


def noor() -> sealing.ActedChild:
    """Noor, with nothing sent yet."""
    seeds = NOOR_SEED, fixed("Noor device"), NOOR_SECRET
    return sealing.ActedChild.enrol(OFFER.bundle, at=NOW, device=fixed_id("Noor device"), seeds=seeds)


def write(name: str, value: Any) -> None:
    """One file of vectors."""
    text = json.dumps(value, ensure_ascii=True, indent=1)
    (HERE / name).write_text(text + "\n", encoding="utf-8")


def changed(record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A copy with other fields; None takes a field out, and "null" makes it null."""
    copy = json.loads(json.dumps(record))
    for name, value in fields.items():
        if value is None:
            copy.pop(name)
        else:
            copy[name] = None if value == "null" else value
    found: dict[str, Any] = copy
    return found


TEXT = {"kind": "text", "prompt": "Wat wil jij vertellen?", "text": "Het gaat wel."}
VOICE = {"kind": "voice", "prompt": "Wat wil jij vertellen?", "type": "audio/webm;codecs=opus", "ms": 2000, "bytes": 7}
DRAWING = {
    "kind": "drawing", "prompt": "Teken maar", "size": [1000, 1000],
    "strokes": [{"colour": "#c63a2f", "width": 12, "points": [0, 0, 500, 250, 1000, 1000]}],
}  # fmt: skip
MOOD = {"key": "child.mood", "prompt": "Hoe gaat het nu met je?", "options": ["heel goed", "goed", "gaat wel", "niet goed", "helemaal niet goed"], "value": 3}
CHECKIN = {"v": 1, "level": "12", "lang": "nl", "answers": [MOOD], "parts": [TEXT]}
