"""Makes talks.json: records of talks, the codes in the room, short codes, and what chains of records come to. Run by make.py."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from cast import NOW, ORG, SAM, changed, fixed, fixed_id, noor, write

from kindstem import levels, talks
from kindstem.signing import signing_key_id
from kindstem.wire import Record, Signed, b64, time_text

NOOR = noor()
KEYS = talks.device_keys(NOOR.record, signing_key_id)
AUTHOR = {"org": ORG, "subj": fixed_id("Noor subj"), "pro": SAM.signing.id, "by": SAM.person}
AT = time_text(NOW)


def record(t: str, **fields: Any) -> Record:
    """A record of a talk, of Sam and Noor unless it says otherwise."""
    made = {"t": t, "v": 1, **AUTHOR, "id": fixed_id(f"{t} id"), **fields}
    if t in {"device", "answer", "request", "request-end"}:
        del made["pro"], made["by"]
    if t == "device":
        del made["id"]
    return made


TALK = record(
    "talk", log=fixed_id("log"), child=KEYS.signing, kind="face", who="alone", interpreter=False, planned="planned",
    place="school", start="2026-11-22T08:30:00Z", end="2026-11-22T09:15:00Z", plan=None, first=None, prev=None,
    nb={"size": 1042, "root": b64(fixed("root"))}, np=fixed_id("np"), release="0.1.0",
)  # fmt: skip
FIRST = talks.hash_of(TALK)
DEVICE = record("device", signing=NOOR.record["signing"], unlock=NOOR.record["unlock"], at=AT)
PLAN = record("plan", start="2026-11-29T13:00:00Z", place="home", at=AT)
WITHDRAWAL = record("withdrawal", first=FIRST, prev=FIRST, reason="double", at=AT)
NOT_HELD = record("notheld", plan=PLAN["id"], start=PLAN["start"], reason="parent", at=AT)
ANSWER = record(
    "answer", talk=FIRST, way="room", says={"talked": "yes", "alone": "yes"}, why=None, prev=None, code=None,
    nc=fixed_id("nc"), at=AT,
)  # fmt: skip
MET = record("met", talk=FIRST, answer=talks.hash_of(ANSWER), at=AT)
REQUEST = record("request", to=SAM.person, circle="worker", way="phone", at=AT)
REQUEST_END = record("request-end", request=talks.hash_of(REQUEST), way="phone", at=AT)
CORRECTION = changed(TALK, id=fixed_id("correction"), who="siblings", first=FIRST, prev=FIRST)
SECOND = changed(CORRECTION, id=fixed_id("second correction"), who="alone", prev=talks.hash_of(CORRECTION))


def record_cases() -> list[dict[str, Any]]:
    """Whole records, and what must be refused in them."""
    good = {
        "a device": DEVICE, "a planned talk": PLAN, "a talk": TALK, "a withdrawal": WITHDRAWAL, "a talk not held": NOT_HELD,
        "an answer": ANSWER, "both were there": MET, "a correction": CORRECTION, "a second correction": SECOND,
        "a talk with an interpreter": changed(TALK, interpreter=True), "a child without a phone": changed(TALK, child="null"),
        "of a plan": changed(TALK, plan=PLAN["id"]), "one minute": changed(TALK, end="2026-11-22T08:31:00Z"),
        "twelve hours": changed(TALK, end="2026-11-22T20:30:00Z"), "before any checkpoint": changed(TALK, nb={"size": 0, "root": talks.EMPTY_ROOT}),
        "the largest log": changed(TALK, nb={"size": 2**48 - 1, "root": b64(fixed("root"))}),
        "a release of 24 characters": changed(TALK, release="2026.11.22+abcdef0123456"), "not held, without a plan": changed(NOT_HELD, plan="null"),
        "a no with its reason": changed(ANSWER, says={"talked": "no", "alone": "unknown"}, why="nottalked"),
        "later": changed(ANSWER, way="later", prev=talks.hash_of(ANSWER)), "in kindmodus": changed(ANSWER, way="kindmodus"),
        "with a short code": changed(ANSWER, code=talks.code_proof(b"7K3MQ9XW", FIRST)),
        "a request": REQUEST, "a request for somebody independent": changed(REQUEST, to="null", circle="confidant"),
        "a request in kindmodus": changed(REQUEST, way="kindmodus"), "a request taken away": REQUEST_END,
    }  # fmt: skip
    bad = {
        "no type": changed(TALK, t=None), "a type we do not have": {**TALK, "t": "meeting"}, "a type named constructor": {**TALK, "t": "constructor"},
        "another version": {**TALK, "v": 2}, "a missing field": changed(TALK, who=None), "an unknown field": {**TALK, "note": "x"},
        "a note of the place": {**TALK, "place": "bij oma"}, "an interpreter that is 1": {**TALK, "interpreter": 1},
        "an interpreter that is null": changed(TALK, interpreter="null"),
        "shorter than a minute": {**TALK, "end": "2026-11-22T08:30:59Z"}, "longer than twelve hours": {**TALK, "end": "2026-11-22T20:30:01Z"},
        "an end before its start": {**TALK, "end": "2026-11-22T08:00:00Z"}, "a time that is not": {**TALK, "start": "2026-11-31T08:30:00Z"},
        "a time in another zone": {**TALK, "start": "2026-11-22T09:30:00+01:00"}, "a first without a prev": {**TALK, "first": FIRST},
        "a prev without a first": {**TALK, "prev": FIRST}, "an empty log with a root": {**TALK, "nb": {"size": 0, "root": b64(fixed("root"))}},
        "a log too large": {**TALK, "nb": {"size": 2**48, "root": b64(fixed("root"))}}, "a log of a negative size": {**TALK, "nb": {"size": -1, "root": b64(fixed("root"))}},
        "no log": changed(TALK, nb="null"), "a release of 25 characters": {**TALK, "release": "x" * 25}, "a release with a space": {**TALK, "release": "0 1"},
        "no release": {**TALK, "release": ""}, "a child key of 16 bytes": {**TALK, "child": fixed_id("child")}, "an id with stray bits": {**TALK, "id": TALK["id"][:-1] + "B"},
        "a withdrawal without a first": changed(WITHDRAWAL, first="null"), "a withdrawal for no reason": {**WITHDRAWAL, "reason": ""},
        "not held for a reason in words": {**NOT_HELD, "reason": "moeder was boos"}, "a code outside the room": changed(ANSWER, way="later", code=b64(fixed("code"))),
        "a reason without a no": {**ANSWER, "why": "someone"}, "an answer that says more": {**ANSWER, "says": {"talked": "yes", "alone": "yes", "nice": "yes"}},
        "an answer that says less": {**ANSWER, "says": {"talked": "yes"}}, "an answer of true": {**ANSWER, "says": {"talked": True, "alone": True}},
        "an answer in a letter": {**ANSWER, "way": "letter"}, "a device with one key": changed(DEVICE, unlock=None),
        "a request with its words": {**REQUEST, "note": "na school"}, "a request for a name": {**REQUEST, "to": "Sam"},
        "a request without anybody": changed(REQUEST, to=None), "a request to the child alone": {**REQUEST, "circle": "self"},
        "a request in the room": {**REQUEST, "way": "room"}, "an end of nothing": changed(REQUEST_END, request="null"),
        "an end with a reason": {**REQUEST_END, "reason": "other"},
        "a device of a kindnummer": {**DEVICE, "subj": "K7Q2-M9XWB"}, "a list": [TALK], "null": None, "a text": "talk",
    }  # fmt: skip
    return [
        {"name": name, "record": one, "outcome": "ok", "hash": talks.hash_of(one), "log": levels.log_type(one)}
        for name, one in good.items()
    ] + [{"name": name, "record": one, "outcome": "bad-record"} for name, one in bad.items()]


def signed_by_sam(one: Record) -> Signed:
    """A talk as Sam's screen shows it."""
    return Signed(one, (SAM.signing.sign_record(one),))


def from_the_room(one: Record, *, unlocked: bool) -> Signed:
    """An answer as Noor's phone shows it."""
    keys = (NOOR.signing, NOOR.unlock) if unlocked else (NOOR.signing,)
    return Signed(one, tuple(key.sign_record(one) for key in keys))


def code_cases() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Both codes, there and back, and what is no code."""
    firsts = {
        "a talk": TALK, "a child without a phone": changed(TALK, child="null"), "a correction": CORRECTION, "a second correction": SECOND,
        "a planned talk with an interpreter": changed(TALK, plan=PLAN["id"], interpreter=True),
        "the last of every list": changed(TALK, kind="phone", who="support", planned="passing", place="other"),
        "the largest numbers": changed(TALK, nb={"size": 2**48 - 1, "root": b64(fixed("root"))}, start="2999-12-31T11:00:00Z", end="2999-12-31T23:00:00Z", release="x" * 24),
    }  # fmt: skip
    talk_codes = [
        {
            "name": name,
            "outcome": "ok",
            "code": b64(talks.encode_talk(signed_by_sam(one))),
            "signed": signed_by_sam(one).json(),
        }
        for name, one in firsts.items()
    ]
    whole = talks.encode_talk(signed_by_sam(TALK))
    again = talks.encode_talk(signed_by_sam(CORRECTION))
    other = bytearray(again)
    other[3] &= ~16  # says that prev follows, and repeats first
    place = 3 + 1 + 64 + 32 + 32 + 16 + 4 + 5 + 2 + 32
    twice = bytes(other[:place]) + bytes(other[place - 32 : place]) + bytes(other[place:])
    broken = {
        "cut short": whole[:-1], "a byte more": whole + b"\0", "nothing": b"", "another kind of code": b"KT2" + whole[3:],
        "an unknown flag": whole[:3] + bytes([whole[3] | 32]) + whole[4:], "prev is first, and none follows": whole[:3] + bytes([whole[3] | 16]) + whole[4:],
        "a kind we do not have": whole[:148] + b"\3" + whole[149:], "a place we do not have": whole[:151] + b"\5" + whole[152:],
        "no time at all": whole[:157] + b"\0\0" + whole[159:], "a time beyond the years": whole[:152] + b"\xff" * 5 + whole[157:],
        "a time before the years": whole[:152] + bytes(5) + whole[157:], "prev repeats first": twice,
        "a release that is longer than the rest": whole[:-70] + bytes([200]) + whole[-69:],
        "a release with a space": whole[:-69] + b" " + whole[-68:],
    }  # fmt: skip
    talk_codes += [{"name": name, "outcome": "bad-record", "code": b64(code)} for name, code in broken.items()]
    answers = {
        "an answer": (ANSWER, False), "an unlocked phone": (ANSWER, True),
        "a no with its reason": (changed(ANSWER, says={"talked": "yes", "alone": "no"}, why="someone"), True),
        "after an earlier answer": (changed(ANSWER, prev=b64(fixed("earlier"))), False),
        "a short code was typed": (changed(ANSWER, code=talks.code_proof(b"7K3MQ9XW", FIRST), prev=b64(fixed("earlier"))), True),
        "does not know": (changed(ANSWER, says={"talked": "unknown", "alone": "unknown"}), False),
    }  # fmt: skip
    answer_codes = []
    for name, (one, unlocked) in answers.items():
        signed = from_the_room(one, unlocked=unlocked)
        code = b64(talks.encode_answer(signed, KEYS))
        answer_codes.append({"name": name, "outcome": "ok", "code": code, "signed": signed.json()})
    told = talks.encode_answer(from_the_room(ANSWER, unlocked=True), KEYS)
    wrong = {
        "cut short": told[:-1], "a byte more": told + b"\0", "a talk's code": whole, "an unknown flag": told[:3] + b"\x09" + told[4:],
        "the unlock signature is missing": told[:-64], "to another talk": told[:4] + fixed("another") + told[36:],
        "an answer we do not have": told[:52] + b"\3" + told[53:], "a reason we do not have": told[:54] + b"\7" + told[55:],
        "a reason without a no": told[:54] + b"\1" + told[55:],
    }  # fmt: skip
    answer_codes += [{"name": name, "outcome": "bad-record", "code": b64(code)} for name, code in wrong.items()]
    return talk_codes, answer_codes


def short_cases() -> list[dict[str, Any]]:
    """Short codes as people type them."""
    found: list[dict[str, Any]] = []
    for typed in ("7K3M-Q9XW", "7k3mq9xw", " 7k3m q9xw ", "OIL0-1234"):
        code = talks.short_code(typed)
        found.append(
            {"typed": typed, "outcome": "ok", "code": code.decode(), "lookup": talks.code_lookup(code), "talk": FIRST,
             "proof": talks.code_proof(code, FIRST)}
        )  # fmt: skip
    return found + [
        {"typed": typed, "outcome": "bad-record"} for typed in ("", "7K3M-Q9X", "7K3M-Q9XWX", "7K3M-Q9XU", "7K3M_Q9XW")
    ]


# --- chains -----------------------------------------------------------------------------------------------------------

PHONE = levels.ChildKeys("phone", "phone unlock", NOW - timedelta(days=30))
NEXT_PHONE = levels.ChildKeys("next phone", "next unlock", NOW + timedelta(hours=20))


def link(index: int, name: str, t: str, *by: str, **fields: Any) -> levels.Link:
    """A link with as much of a record as decides."""
    base: dict[str, Any] = {"t": t, "org": "org", "subj": "noor"}
    if t == "talk":
        base |= {
            "pro": "sam", "by": "Sam", "child": "phone", "kind": "face", "who": "alone", "planned": "planned", "first": None,
            "prev": None, "start": time_text(NOW), "end": time_text(NOW + timedelta(minutes=30)),
        }  # fmt: skip
    if t in {"withdrawal", "notheld"}:
        base |= {"pro": "sam", "by": "Sam"}
    if t == "answer":
        base |= {"prev": None, "way": "later"}
    return levels.Link(name, base | fields, by or ("sam",), index)


def said(index: int, name: str, talk: str, talked: str, alone: str, hours: float, **fields: Any) -> levels.Link:
    """An answer, so many hours after the talk began."""
    by = fields.pop("by", ("phone",))
    at = time_text(NOW + timedelta(hours=hours))
    return link(index, name, "answer", *by, talk=talk, says={"talked": talked, "alone": alone}, at=at, **fields)


def met(index: int, talk: str, answer: str, hours: float, *by: str) -> levels.Link:
    """That a second code was taken."""
    return link(index, f"met {index}", "met", *by, talk=talk, answer=answer, at=time_text(NOW + timedelta(hours=hours)))


def chain_cases() -> list[dict[str, Any]]:
    """Told chains, and many drawn at random, so that both languages decide alike where nobody thought of it."""
    talk = link(0, "t", "talk")
    room = said(1, "a", "t", "yes", "yes", 0.6, way="room")
    no = said(1, "no", "t", "no", "unknown", 5)
    fix = link(5, "t2", "talk", first="t", prev="t", who="siblings")
    back = link(6, "w", "withdrawal", first="t", prev="t")
    kind = {"way": "kindmodus", "by": ("sam",)}
    told: dict[str, list[levels.Link]] = {
        "the professional's word alone": [talk],
        "both devices were there": [talk, room, met(2, "t", "a", 0.7)],
        "both were there, unlocked": [talk, said(1, "a", "t", "yes", "yes", 0.6, way="room", by=("phone", "phone unlock")), met(2, "t", "a", 0.7)],
        "the second code was taken by somebody else": [talk, room, met(2, "t", "a", 0.7, "iris")],
        "the second code was taken two days later": [talk, room, met(2, "t", "a", 48)],
        "the second code was taken before the talk": [talk, room, met(2, "t", "a", -1)],
        "an answer in the room without the second code": [talk, room],
        "in the room on another phone than the talk names": [talk, said(1, "a", "t", "yes", "yes", 0.6, way="room", by=("next phone",)), met(2, "t", "a", 0.7)],
        "later": [talk, said(1, "a", "t", "yes", "yes", 50)],
        "in kindmodus": [talk, said(1, "a", "t", "yes", "yes", 0.6, **kind)],
        "a no by a key of nobody": [talk, room, met(2, "t", "a", 0.7), said(3, "b", "t", "no", "yes", 0.6, by=("stranger",))],
        "a no by a key of nobody, taken back": [talk, said(1, "b", "t", "no", "yes", 0.6, by=("stranger",)), said(2, "a", "t", "yes", "yes", 5)],
        "a key of nobody": [talk, said(1, "a", "t", "yes", "yes", 0.6, by=("stranger",))],
        "kindmodus signed with the child's key": [talk, said(1, "a", "t", "yes", "yes", 0.6, way="kindmodus")],
        "does not know": [talk, said(1, "a", "t", "unknown", "yes", 1)],
        "disputed": [talk, no],
        "not alone": [talk, said(1, "a", "t", "yes", "no", 5)],
        "not alone, and nobody said so": [link(0, "t", "talk", who="siblings"), said(1, "a", "t", "yes", "no", 5)],
        "the no prevails over the yes in the room": [talk, room, met(2, "t", "a", 0.7), said(3, "b", "t", "no", "unknown", 9, prev="a")],
        "the yes in the room comes in after the no": [talk, said(1, "b", "t", "no", "unknown", 9), said(2, "a", "t", "yes", "yes", 0.6, way="room"), met(3, "t", "a", 0.7)],
        "yes and no at the same time": [talk, no, said(2, "a", "t", "yes", "yes", 5)],
        "taken back": [talk, no, said(2, "a", "t", "yes", "yes", 6)],
        "taken back by a clock that ran behind": [talk, no, said(2, "a", "t", "yes", "yes", 4, prev="no")],
        "no again after having taken it back": [talk, no, said(2, "a", "t", "yes", "yes", 6), said(3, "c", "t", "no", "no", 7)],
        "does not know any more": [talk, room, met(2, "t", "a", 0.7), said(3, "b", "t", "unknown", "unknown", 9, prev="a")],
        "not knowing takes nothing back": [talk, no, said(2, "a", "t", "unknown", "unknown", 6)],
        "kindmodus takes nothing back from a child with a phone": [talk, no, said(2, "a", "t", "yes", "yes", 6, **kind)],
        "disputed in kindmodus": [talk, said(1, "a", "t", "no", "unknown", 1, **kind)],
        "kindmodus, taken back on the phone": [talk, said(1, "a", "t", "no", "unknown", 1, **kind), said(2, "b", "t", "yes", "yes", 2)],
        "kindmodus, taken back in kindmodus, with a phone": [talk, said(1, "a", "t", "no", "unknown", 1, **kind), said(2, "b", "t", "yes", "yes", 2, **kind)],
        "a correction falls back": [talk, room, met(2, "t", "a", 0.7), fix],
        "a correction, confirmed again": [talk, room, met(2, "t", "a", 0.7), fix, said(7, "b", "t2", "yes", "no", 9)],
        "a dispute stays through a correction": [talk, no, fix],
        "a dispute stays through a withdrawal": [talk, no, back],
        "withdrawn, then disputed": [talk, back, said(8, "no", "t", "no", "unknown", 9)],
        "withdrawn after a dispute that was taken back": [talk, no, said(2, "a", "t", "yes", "yes", 6), back],
        "withdrawn": [talk, back],
        "nothing follows a withdrawal": [talk, back, link(7, "t3", "talk", first="t", prev="w")],
        "two followers of one record": [talk, fix, link(7, "t3", "talk", first="t", prev="t", who="others")],
        "a follower of the one that does not count": [talk, fix, link(7, "t3", "talk", first="t", prev="t"), link(8, "t4", "talk", first="t", prev="t3")],
        "yes to the one that does not count": [talk, no, fix, link(7, "t3", "talk", first="t", prev="t"), said(9, "a", "t3", "yes", "yes", 9)],
        "no to the one that does not count": [talk, fix, link(7, "t3", "talk", first="t", prev="t"), said(9, "a", "t3", "no", "yes", 9)],
        "another child in a correction": [talk, link(5, "t2", "talk", first="t", prev="t", child=None)],
        "another professional in a correction": [talk, link(5, "t2", "talk", "iris", first="t", prev="t", pro="iris", by="Iris")],
        "withdrawn by another professional": [talk, link(5, "w", "withdrawal", "iris", first="t", prev="t", pro="iris", by="Iris")],
        "a correction of what is not there": [talk, link(5, "t2", "talk", first="x", prev="x")],
        "an answer of another child": [talk, said(1, "a", "t", "no", "no", 1, subj="milan")],
        "not held": [link(0, "t", "notheld")],
        "not held, and the child says otherwise": [link(0, "t", "notheld"), said(1, "a", "t", "no", "unknown", 1)],
        "not held, and nothing follows it": [link(0, "t", "notheld"), back],
        "in passing": [link(0, "t", "talk", planned="passing")],
        "asked for": [link(0, "t", "talk", planned="asked")],
        "by video": [link(0, "t", "talk", kind="video")],
        "with a second professional": [link(0, "t", "talk", who="professional")],
        "without a phone": [link(0, "t", "talk", child=None), room, met(2, "t", "a", 0.7)],
    }  # fmt: skip
    cases = [(name, links, [PHONE, NEXT_PHONE]) for name, links in told.items()]
    cases.append(
        (
            "in kindmodus, taken back in kindmodus, without a phone",
            told["kindmodus, taken back in kindmodus, with a phone"],
            [],
        )
    )
    cases.append(
        ("the same, and the phone came later", told["kindmodus, taken back in kindmodus, with a phone"], [NEXT_PHONE])
    )
    draw = random.Random("talks")
    cases += [
        (f"drawn {n}", drawn(draw), draw.choice(([PHONE, NEXT_PHONE], [PHONE], [NEXT_PHONE], []))) for n in range(150)
    ]
    found = []
    for name, links, devices in cases:
        chains, alone = levels.chains_of(links)
        found.append(
            {
                "name": name, "links": [link_json(one) for one in links],
                "devices": [{"signing": one.signing, "unlock": one.unlock, "since": time_text(one.since)} for one in devices],
                "chains": [chain_json(chain, levels.level_of(chain, devices)) for chain in chains], "alone": [one.hash for one in alone],
            }
        )  # fmt: skip
    return found


def drawn(draw: random.Random) -> list[levels.Link]:
    """A chain of whatever."""
    links = [link(0, "r0", draw.choice(("talk", "talk", "talk", "notheld")))]
    for n in range(1, draw.randint(2, 9)):
        name = f"r{n}"
        talks_so_far = [one.hash for one in links if one.t in {"talk", "notheld"}]
        earlier = [one.hash for one in links if one.t == "answer"]
        what = draw.choice(("answer", "answer", "answer", "met", "talk", "withdrawal"))
        if what == "talk":
            links.append(
                link(n, name, "talk", first="r0", prev=draw.choice(links).hash, who=draw.choice(("alone", "siblings")))
            )
        elif what == "withdrawal":
            links.append(link(n, name, "withdrawal", first="r0", prev=draw.choice(links).hash))
        elif what == "met" and earlier:
            answer = draw.choice([one for one in links if one.t == "answer"])
            links.append(
                met(
                    n,
                    answer.record["talk"],
                    answer.hash,
                    draw.choice((0.7, 0.7, 30)),
                    draw.choice(("sam", "sam", "iris")),
                )
            )
        else:
            by: Any = draw.choice((("phone",), ("phone", "phone unlock"), ("next phone",), ("stranger",), ("sam",)))
            way = "kindmodus" if by == ("sam",) else draw.choice(("room", "later"))
            says = [draw.choice(("yes", "yes", "no", "unknown")) for _ in range(2)]
            prev = draw.choice([None, *earlier])
            links.append(
                said(n, name, draw.choice(talks_so_far), *says, draw.randint(0, 30), way=way, by=by, prev=prev)
            )
    return links


def asked(index: int, name: str, hours: float, **fields: Any) -> levels.Link:
    """A request, so many hours after the first talk began; by the child's phone and for Sam unless told."""
    by = fields.pop("by", ("phone",))
    at = time_text(NOW + timedelta(hours=hours))
    return link(index, name, "request", *by, **({"to": "Sam", "circle": "worker", "way": "phone", "at": at} | fields))


def ended(index: int, name: str, request: str, hours: float, **fields: Any) -> levels.Link:
    """That a request was taken away, so many hours after the first talk began."""
    by = fields.pop("by", ("phone",))
    at = time_text(NOW + timedelta(hours=hours))
    return link(index, name, "request-end", *by, **({"request": request, "way": "phone", "at": at} | fields))


def request_cases() -> list[dict[str, Any]]:
    """Requests with what came after them, and many drawn at random."""
    ask, talk, no = asked(0, "q", -2), link(1, "t", "talk"), said(2, "no", "t", "no", "unknown", 5)
    kind = {"way": "kindmodus", "by": ("sam",)}
    anybody = {"to": None, "circle": "confidant"}
    later = {"start": time_text(NOW + timedelta(hours=9)), "end": time_text(NOW + timedelta(hours=10))}
    jo = {"pro": "jo", "by": "Jo"}
    told: dict[str, list[levels.Link]] = {
        "nothing came of it": [ask],
        "the talk that was asked for": [ask, talk],
        "a talk with somebody else": [ask, link(1, "t", "talk", "vera", pro="vera", by="Vera")],
        "a talk that began before it": [asked(0, "q", 0.1), talk],
        "a talk that began at the same second": [asked(0, "q", 0), talk],
        "a talk by video": [ask, link(1, "t", "talk", kind="video")],
        "a talk with a sibling": [ask, link(1, "t", "talk", who="siblings")],
        "in passing": [ask, link(1, "t", "talk", planned="passing")],
        "a talk with another child": [ask, link(1, "t", "talk", subj="milan")],
        "a talk not held": [ask, link(1, "t", "notheld", start=time_text(NOW))],
        "a disputed talk opens it again": [ask, talk, no],
        "a dispute that was taken back closes it again": [ask, talk, no, said(3, "a", "t", "yes", "yes", 6)],
        "a withdrawn talk": [ask, talk, link(2, "w", "withdrawal", first="t", prev="t")],
        "a second talk after a disputed one": [ask, talk, no, link(3, "u", "talk", **later)],
        "corrected to another day, before it": [asked(0, "q", 1), link(1, "t", "talk", **later), link(2, "t2", "talk", first="t", prev="t")],
        "the child takes it away": [ask, ended(1, "e", "q", 1)],
        "taken away before there was a talk": [ask, ended(1, "e", "q", -1), talk],
        "a talk first, then taken away": [ask, talk, ended(2, "e", "q", 5)],
        "taken away in kindmodus, asked on the phone": [ask, ended(1, "e", "q", 1, **kind)],
        "taken away in kindmodus, with a phone": [asked(0, "q", -2, **kind), ended(1, "e", "q", 1, **kind)],
        "asked in kindmodus, taken away on the phone": [asked(0, "q", -2, **kind), ended(1, "e", "q", 1)],
        "an end of nothing": [ask, ended(1, "e", "x", 1)],
        "an end by another child": [ask, ended(1, "e", "q", 1, subj="milan")],
        "somebody independent, and the worker talks": [asked(0, "q", -2, **anybody), talk],
        "somebody independent": [asked(0, "q", -2, **anybody), link(1, "t", "talk", "jo", **jo)],
        "two requests, one talk": [ask, asked(1, "r", -1), link(2, "t", "talk")],
        "one for each of two": [ask, asked(1, "r", -1, to="Vera"), link(2, "t", "talk")],
        "the first of two talks": [ask, link(1, "u", "talk", **later), link(2, "t", "talk")],
    }  # fmt: skip
    cases = [(name, links, [PHONE, NEXT_PHONE]) for name, links in told.items()]
    name = "taken away in kindmodus, with a phone"
    cases += [("taken away in kindmodus, without a phone", told[name], []), ("the same, and the phone came later", told[name], [NEXT_PHONE])]  # fmt: skip
    draw = random.Random("requests")
    cases += [(f"drawn {n}", requests_drawn(draw), draw.choice(([PHONE], [NEXT_PHONE], []))) for n in range(60)]
    return [request_case(*one) for one in cases]


def requests_drawn(draw: random.Random) -> list[levels.Link]:
    """Requests, their ends, talks and answers in any order."""
    links: list[levels.Link] = []
    for n in range(draw.randint(2, 9)):
        name = f"r{n}"
        requests = [one.hash for one in links if one.t == "request"]
        talks_so_far = [one.hash for one in links if one.t == "talk"]
        what = draw.choice(("request", "talk", "talk", "answer", "end"))
        kind: dict[str, Any] = draw.choice(({}, {"way": "kindmodus", "by": ("sam",)}))
        if what == "end" and requests:
            links.append(ended(n, name, draw.choice(requests), draw.randint(-5, 25), **kind))
        elif what == "answer" and talks_so_far:
            yes = draw.choice(("yes", "no"))
            links.append(said(n, name, draw.choice(talks_so_far), yes, yes, draw.randint(0, 30)))
        elif what == "talk":
            at = NOW + timedelta(hours=draw.randint(-5, 20))
            times = {"start": time_text(at), "end": time_text(at + timedelta(hours=1))}
            by = draw.choice(("sam", "sam", "jo"))
            links.append(link(n, name, "talk", by, pro=by, by=by.capitalize(), who=draw.choice(("alone", "alone", "siblings")), **times))  # fmt: skip
        else:
            links.append(asked(n, name, draw.randint(-5, 20), to=draw.choice(("Sam", "Sam", "Vera", None)), **kind))
    return links


def request_case(name: str, links: list[levels.Link], devices: list[levels.ChildKeys]) -> dict[str, Any]:
    """What these requests come to, with Jo as the child's confidant."""
    requests, alone = levels.requests_of(links)
    held = [levels.Held(chain, levels.level_of(chain, devices)) for chain in levels.chains_of(links)[0]]
    closed = [levels.closed_by(one, held, devices, {"Jo"}) for one in requests]
    return {
        "name": name, "links": [link_json(one) for one in links],
        "devices": [{"signing": one.signing, "unlock": one.unlock, "since": time_text(one.since)} for one in devices],
        "requests": [
            {"request": one.request.hash, "ends": [end.hash for end in one.ends], "closed": by.hash if by else None}
            for one, by in zip(requests, closed, strict=True)
        ],
        "alone": [one.hash for one in alone],
    }  # fmt: skip


def link_json(one: levels.Link) -> dict[str, Any]:
    """A link as both languages read it."""
    return {"hash": one.hash, "record": one.record, "by": list(one.by), "index": one.index}


def chain_json(chain: levels.Chain, verdict: levels.Verdict) -> dict[str, Any]:
    """What a chain comes to."""
    return {
        "first": chain.first.hash, "counted": [one.hash for one in chain.counted], "aside": [one.hash for one in chain.aside],
        "level": verdict.level.value, "unlocked": verdict.unlocked, "withdrawn": verdict.withdrawn,
        "afterDispute": verdict.after_dispute, "realised": verdict.realised,
    }  # fmt: skip


def talk_vectors() -> None:
    """The whole file."""
    firsts, seconds = code_cases()
    keys = {"signing": KEYS.signing, "unlock": KEYS.unlock}
    write("talks.json", {
        "about": "docs/protocol/attestation.md", "records": record_cases(), "device": NOOR.record, "keys": keys, "talk": TALK, "first": firsts,
        "second": seconds, "short": short_cases(), "chains": chain_cases(),
        "requests": request_cases(),
    })  # fmt: skip
