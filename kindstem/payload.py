"""What a person says inside an envelope, in the form of its kind; holds no keys (docs/protocol/envelope.md, payload).

Twin of the last part of static/wire.js. The server never sees one of these: it is here for those who act out a person.
"""

from __future__ import annotations

import re
import struct
from typing import Any

from kindstem.errors import BadEnvelope, BadRecord
from kindstem.wire import (
    Check,
    canonical,
    integer,
    is_child_level,
    is_date,
    is_hash,
    is_id,
    is_language,
    is_name,
    is_time,
    is_version,
    list_of,
    object_of,
    one_of,
    or_null,
    parse_canonical,
    parse_signed,
)

MAX_TEXT = 100_000
MAX_LINE = 1_000


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _line(value: Any) -> bool:
    # In UTF-16 units, as JavaScript counts.
    return isinstance(value, str) and len(value.encode("utf-16-be", "surrogatepass")) <= 2 * MAX_LINE


def _colour(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("#[0-9a-f]{6}", value) is not None


def _points(value: Any) -> bool:
    return list_of(integer(0, 1_000), 2, 20_000)(value) and len(value) % 2 == 0


_OPTIONS = list_of(_line, 1, 40)

# The value that each question takes.
_VALUES: dict[str, Check] = {
    "child.mood": integer(1, 5),
    "child.feel": list_of(_line, 1, 40),
    "child.safe": list_of(object_of({"home": or_null(_line), "n": integer(0, 10)}), 1, 8),
    "child.talk": _line,
    "child.where": _line,
    "child.want": _line,
    "child.share": _line,
    "child.alone": _line,
    "child.unsafe.reach": _line,
    "child.phone": _line,
}

_ANSWER_FORM = object_of({"key": one_of(*_VALUES), "prompt": _line, "value": lambda _: True}, {"options": _OPTIONS})


def _answered(value: Any) -> bool:
    return _ANSWER_FORM(value) and _VALUES[value["key"]](value["value"])


def _parts(*, prompted: bool) -> Check:
    """Words, recordings and drawings. A child's part has its prompt always; a professional's may stand alone."""
    prompt: dict[str, Check] = {"prompt": _line}
    must, may = (prompt, {}) if prompted else ({}, prompt)
    stroke = object_of({"colour": _colour, "width": integer(1, 200), "points": _points})
    forms: dict[str, Check] = {
        "text": object_of({"kind": one_of("text"), "text": _text, **must}, may),
        "voice": object_of(
            {"kind": one_of("voice"), "type": _line, "ms": integer(0), "bytes": integer(1), **must}, may
        ),
        "drawing": object_of(
            {
                "kind": one_of("drawing"),
                "size": list_of(integer(1_000, 1_000), 2, 2),
                "strokes": list_of(stroke, 0, 5_000),
                **must,
            },
            may,
        ),
    }

    def part(value: Any) -> bool:
        kind = value.get("kind") if isinstance(value, dict) else None
        return isinstance(kind, str) and kind in forms and forms[kind](value)

    return list_of(part, 0, 20)


_SIGNED_SAID = object_of({"v": is_version, "seed": is_hash, "signed": lambda _: True})


def _signed_said(value: Any) -> bool:
    """Whether this has the form of what lets a quote be proven; whether it fits is for said.py."""
    if not _SIGNED_SAID(value):
        return False
    try:
        signed = parse_signed(value["signed"], "said")
    except BadRecord:
        return False
    return len(signed.sigs) <= 2


# Left out where nothing was said, and in entries from before.
_PROVABLE: dict[str, Check] = {"said": _signed_said}
_SAID: dict[str, Check] = {"answers": list_of(_answered, 0, 20), "parts": _parts(prompted=True)}
_ABOUT: dict[str, Check] = {"level": is_child_level, "lang": is_language}

_ABOUT_PART = object_of({"n": integer(0, 19)}, {"from": integer(0), "to": integer(1)})


def _about_part(value: Any) -> bool:
    """One of the parts of a message, or a stretch of the words in it; whether it has these is for who has it open."""
    return _ABOUT_PART(value) and ("from" in value) is ("to" in value) and value.get("from", 0) < value.get("to", 1)


_ANSWER = object_of(
    {
        "v": is_version,
        "lang": is_language,
        "outcome": one_of("discussed", "done", "not_done", "message", "open"),
        "parts": _parts(prompted=False),
    },
    # Left out where it is about the whole message.
    {"part": _about_part},
)


def _answer(value: Any) -> bool:
    # "Not done" without a reason would be a closed door.
    return _ANSWER(value) and (
        value["outcome"] != "not_done" or any(part["kind"] != "drawing" for part in value["parts"])
    )


DECISIONS = ("plan", "ots", "extension", "placement", "return", "ending", "other")
"""What a kindperspectief can be written for (docs/protocol/perspective.md)."""


def _said(value: Any) -> bool:
    return _line(value) and value != ""


_FROM: dict[str, Check] = {"entry": is_id, "part": integer(0, 19), "at": is_time}
_USED: dict[str, Check] = {"share": or_null(object_of({"rule": one_of("ask", "not"), "text": _line, "why": _said}))}
_QUOTES: dict[str, Check] = {
    "text": object_of({"kind": one_of("text"), "from": integer(0), "to": integer(1), "text": _text, **_FROM, **_USED}),
    "voice": object_of({"kind": one_of("voice"), "from": integer(0), "to": integer(1), **_FROM, **_USED}),
    "drawing": object_of({"kind": one_of("drawing"), **_FROM, **_USED}),
}


def _quote(value: Any) -> bool:
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _QUOTES or not _QUOTES[kind](value):
        return False
    if kind == "drawing":
        return True
    length = value["to"] - value["from"]
    # Words stand with their places in the source, in code points: one that is too long or short is no quote of them.
    return bool(length > 0 and (kind == "voice" or len(value["text"]) == length))


_PERSPECTIVE = object_of(
    {
        "v": is_version,
        "lang": is_language,
        "level": is_child_level,
        "first": or_null(is_id),
        "prev": list_of(is_id, 0, 8),
        "decision": object_of({"kind": one_of(*DECISIONS), "day": is_date, "measure": or_null(is_id)}),
        "talks": list_of(is_hash, 0, 50),
        "quotes": list_of(_quote, 0, 40),
        "observations": list_of(object_of({"text": _text, "day": is_date, "source": _line}), 0, 40),
        "interpretation": list_of(object_of({"text": _text, "by": is_id, "at": is_time}), 0, 20),
        "child": _text,
        "reaction": object_of({"state": one_of("offered", "none"), "reason": or_null(_line)}),
    }
)


def _perspective(value: Any) -> bool:
    if not _PERSPECTIVE(value):
        return False
    first, prev, reason = value["first"], value["prev"], value["reaction"]["reason"]
    if (first is None) != (not prev) or len(set(prev)) != len(prev):
        return False
    # That the child was not asked has a reason, and what it was offered it can read.
    if value["reaction"]["state"] == "none":
        return bool(reason)
    return reason is None and value["child"] != ""


REASONS: dict[str, dict[bool, tuple[str, ...]]] = {
    "report": {
        True: ("danger", "told", "nohelp", "refused", "nochange", "other"),
        False: ("nosign", "helps", "advice", "other"),
    },
    "help": {True: ("can", "accepted", "along", "other"), False: ("cannot", "refused", "first", "other")},
    "talk": {True: ("wants", "free", "unheard", "other"), False: ("declines", "harm", "other")},
}
"""What each decision of the meldcode can rest on, for yes and for no (docs/protocol/meldcode.md). That somebody is
involved already is no reason, and is not among them."""


def _spoken(value: Any) -> bool:
    return _text(value) and value != ""


def _chosen(yes: bool, reasons: tuple[str, ...]) -> Check:
    form = object_of({"yes": lambda one: one is yes, "reasons": list_of(one_of(*reasons), 1, 8), "text": _spoken})
    return lambda value: form(value) and len(set(value["reasons"])) == len(value["reasons"])


def _decision(name: str) -> Check:
    yes, no = (_chosen(one, REASONS[name][one]) for one in (True, False))
    return or_null(lambda value: yes(value) or no(value))


_WEIGHED = or_null(object_of({"yes": lambda one: isinstance(one, bool), "why": _spoken}))

_MELDCODE_FORMS: dict[str, Check] = {
    "steps": object_of(
        {
            "v": is_version,
            "lang": is_language,
            "what": one_of("steps"),
            "meldcode": is_id,
            "prev": list_of(is_id, 0, 8),
            "entry": or_null(object_of({"id": is_id, **_USED})),
            "talk": or_null(is_hash),
            "quotes": list_of(_quote, 0, 40),
            "steps": list_of(_text, 3, 3),
            "weighed": list_of(_WEIGHED, 5, 5),
            "decided": object_of({name: _decision(name) for name in REASONS}),
            "child": _text,
        }
    ),
    **{
        what: object_of(
            {
                "v": is_version,
                "lang": is_language,
                "what": one_of(what),
                "meldcode": is_id,
                "of": is_id,
                "text": _spoken,
            }
        )
        for what in ("agree", "disagree", "officer")
    },
}


def _meldcode(value: Any) -> bool:
    what = value.get("what") if isinstance(value, dict) else None
    if not isinstance(what, str) or what not in _MELDCODE_FORMS or not _MELDCODE_FORMS[what](value):
        return False
    return what != "steps" or len(set(value["prev"])) == len(value["prev"])


# Which part of a document a child speaks about.
_PLACE = object_of({"kind": one_of("quotes", "observations", "interpretation", "child"), "n": integer(0, 39)})

_NOTE = object_of(
    {
        "v": is_version,
        "lang": is_language,
        "what": one_of("step", "signal", "transcript", "used"),
        "knows": or_null(one_of("agrees", "refuses", "unknown")),
        "parts": _parts(prompted=False),
    },
    {"file": is_hash},
)


def _note(value: Any) -> bool:
    if not _NOTE(value) or (value["what"] == "signal") != (value["knows"] is not None):
        return False
    if (value["what"] == "transcript") != ("file" in value):
        return False
    # What goes to a school without the child's yes, or out of the house at all, has a reason that can be read.
    return value["knows"] == "agrees" or any(part["kind"] == "text" and part["text"] for part in value["parts"])


_OFFER = object_of({"v": is_version, "of": is_id, "list": lambda value: value is None or _independent(value)})


def _independent(value: Any) -> bool:
    """Whether this is a signed list of one independent professional; whose signature it is, is for the phone."""
    try:
        signed = parse_signed(value, "readers")
    except BadRecord:
        return False
    return signed.record["circle"] == "independent" and len(signed.sigs) == 1


_DOCS: dict[str, Check] = {
    "checkin": object_of({"v": is_version, **_ABOUT, **_SAID}, _PROVABLE),
    "house": object_of({"v": is_version, "house": one_of("good", "worry", "dream"), **_ABOUT, **_SAID}, _PROVABLE),
    "flag": object_of({"v": is_version}, {**_ABOUT, **_SAID, **_PROVABLE}),
    "flag-mistake": object_of({"v": is_version}, {**_ABOUT, **_SAID, **_PROVABLE}),
    "reaction": object_of(
        {"v": is_version, "lang": is_language, "value": _line, "prompt": _line},
        {
            "level": is_child_level,
            "options": _OPTIONS,
            "parts": _parts(prompted=True),
            "part": or_null(_PLACE),
            **_PROVABLE,
        },
    ),
    # What the child wants to be called, and the way to reach it that it chose, in the words it was shown.
    "reach": object_of({"v": is_version, "name": or_null(is_name), "how": or_null(_line)}),
    "empty": object_of({"v": is_version}),
    "answer": _answer,
    "perspective": _perspective,
    "note": _note,
    "meldcode": _meldcode,
    "offer": _OFFER,
    "receipt": object_of(
        {
            "v": is_version,
            "entry": is_id,
            "seen": object_of({}, dict.fromkeys(("worker", "confidant", "independent", "oncall", "self"), integer(1))),
        }
    ),
    "card": object_of(
        {
            "v": is_version,
            "name": is_name,
            "age": or_null(integer(0, 30)),
            "phone": one_of("no", "sometimes", "often", "known", "unknown", "unsaid"),
            "level": is_child_level,
        }
    ),
}


def _recordings(doc: dict[str, Any]) -> list[int]:
    return [part["bytes"] for part in doc.get("parts", []) if part["kind"] == "voice"]


def encode_payload(kind: str, doc: dict[str, Any], attachments: tuple[bytes, ...] = ()) -> bytes:
    """The bytes of what a person says: the document, then its recordings, one for each voice part, in order.

    Raises BadEnvelope when the document has not the form of its kind.
    """
    if kind not in _DOCS or not _DOCS[kind](doc):
        raise BadEnvelope(field=kind)
    if _recordings(doc) != [len(one) for one in attachments]:
        raise BadEnvelope(field="attachments")
    text = canonical(doc)
    return struct.pack(">I", len(text)) + text + b"".join(attachments)


def parse_payload(kind: str, payload: bytes) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """The document and its recordings. Raises BadEnvelope for anything that encode_payload would not have made."""
    if len(payload) < 4:
        raise BadEnvelope()
    at = 4 + struct.unpack_from(">I", payload)[0]
    if len(payload) < at:
        raise BadEnvelope()
    try:
        doc: dict[str, Any] = parse_canonical(payload[4:at])
    except BadRecord:
        raise BadEnvelope() from None
    if kind not in _DOCS or not _DOCS[kind](doc):
        raise BadEnvelope(field=kind)
    attachments = []
    for size in _recordings(doc):
        attachments.append(payload[at : at + size])
        at += size
    if at != len(payload):
        raise BadEnvelope(field="attachments")
    return doc, tuple(attachments)
