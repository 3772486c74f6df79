"""That a quote is literal, shown to somebody who is not shown the rest of the entry (docs/protocol/said.md).

An entry is cut into pieces: a word, an answer, a drawing, a recording. Its author signs the root of a tree over a
salted hash of each; whoever may read the entry can give away a few pieces with their salts, and nothing follows about
the others.

Twin of static/said.js. Nothing here opens anything: it is for those who act out a person, and for the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kindstem import merkle
from kindstem.errors import BadEnvelope, BadRecord, BadSignature, QuoteAltered
from kindstem.signing import verify_record
from kindstem.wire import (
    Check,
    Record,
    Signed,
    b64,
    canonical,
    digest,
    integer,
    is_hash,
    label,
    list_of,
    object_of,
    parse_record,
    parse_signed,
    unb64,
)

Piece = dict[str, Any]
Doc = dict[str, Any]

LONGEST_WORD = 64
"""Code points of a piece before its spaces: what is longer, such as an address, is cut."""

MOST_PIECES = 10_000
"""What says more carries nothing by which it could be proven: both who seals and who opens would wait for its tree."""

# As many salts as one HKDF gives.
_AT_ONCE = 255

# What Unicode 15 calls White_Space, and the scripts that put nothing between words. Written out, so that a browser with
# other tables cuts at the same places.
_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(f"[{_UNSPACED}][{_SPACE}]*|[^{_SPACE}{_UNSPACED}]{{1,{LONGEST_WORD}}}[{_SPACE}]*|[{_SPACE}]+")


# --- pieces -----------------------------------------------------------------------------------------------------------


def words(text: str) -> list[tuple[int, str]]:
    """A text as its words, each with the spaces behind it, and the place of each in code points."""
    return [(found.start(), found[0]) for found in _WORD.finditer(text)]


def too_long(doc: Doc) -> bool:
    """Whether an entry has more pieces than are signed. Stops counting as soon as it has."""
    parts = doc.get("parts", [])
    left = MOST_PIECES - len(doc.get("answers", [])) - ("value" in doc) - len(parts)
    for part in parts:
        if part["kind"] == "text":
            for _ in _WORD.finditer(part["text"]):
                left -= 1
                if left < 0:
                    return True
    return left < 0


def drawing_hash(part: Record) -> str:
    """The hash by which a piece names a drawing: of its size and strokes, as they stand in the entry."""
    return b64(digest(label("said drawing"), canonical({"size": part["size"], "strokes": part["strokes"]})))


def sound_hash(recording: bytes) -> str:
    """The hash by which a piece names a recording: of its bytes."""
    return b64(digest(recording))


def pieces(doc: Doc, attachments: Sequence[bytes] = ()) -> list[Piece]:
    """All that an entry says, in pieces: its answers, then its parts, a text with its question before its words.

    Empty when nothing was said. `attachments` are the recordings, one for each voice part, in order; BadEnvelope when
    they are not.
    """
    sounds = iter(attachments)
    if sum(part["kind"] == "voice" for part in doc.get("parts", [])) != len(attachments):
        raise BadEnvelope(field="attachments")
    found: list[Piece] = []
    answers = doc.get("answers", [])
    if "value" in doc:
        # A reaction is an answer to one question.
        answers = [{name: doc[name] for name in ("prompt", "value", "options") if name in doc}]
    found += [{"kind": "answer", "answer": i, **answer} for i, answer in enumerate(answers)]
    for i, part in enumerate(doc.get("parts", [])):
        head = {"kind": part["kind"], "part": i, "prompt": part["prompt"]}
        if part["kind"] == "text":
            found.append(head)
            found += [{"kind": "word", "part": i, "at": at, "text": word} for at, word in words(part["text"])]
        elif part["kind"] == "voice":
            found.append({**head, "type": part["type"], "ms": part["ms"], "hash": sound_hash(next(sounds))})
        else:
            found.append({**head, "hash": drawing_hash(part)})
    return found


def salts(seed: bytes, count: int) -> list[bytes]:
    """The first `count` salts of a seed, 32 bytes each; none tells anything about another, or about the seed."""
    found: list[bytes] = []
    for block in range(-(-count // _AT_ONCE)):
        info = label("said salt") + block.to_bytes(4, "big")
        made = HKDF(SHA256(), 32 * min(_AT_ONCE, count - block * _AT_ONCE), salt=None, info=info).derive(seed)
        found += [made[at : at + 32] for at in range(0, len(made), 32)]
    return found


def _leaf(salt: bytes, piece: Piece) -> bytes:
    return merkle.leaf_hash(label("said piece") + salt + canonical(piece))


def _tree(all_pieces: Sequence[Piece], seed: bytes) -> merkle.Node:
    return merkle.stored(
        [_leaf(salt, piece) for salt, piece in zip(salts(seed, len(all_pieces)), all_pieces, strict=True)]
    )


# --- signing and checking ---------------------------------------------------------------------------------------------


def said_record(place: Record, doc: Doc, attachments: Sequence[bytes], seed: bytes) -> Record | None:
    """The record to be signed over what an entry says; None when it says nothing, or more than is signed.

    `place` has `org`, `child`, `entry`, `kind`, `about`, `at` and `way` as the record will have them. `seed` is 32
    random bytes, drawn anew each time an entry is sealed.
    """
    if too_long(doc):
        return None
    all_pieces = pieces(doc, attachments)
    if not all_pieces:
        return None
    root = merkle.root(len(all_pieces), _tree(all_pieces, seed))
    return parse_record({"t": "said", "v": 1, **place, "n": len(all_pieces), "root": b64(root)}, "said")


def with_said(doc: Doc, seed: bytes, signed: Signed) -> Doc:
    """The document with what lets its quotes be proven, as it goes into the envelope."""
    return {**doc, "said": {"v": 1, "seed": b64(seed), "signed": signed.json()}}


def check(doc: Doc, said: Record, key: bytes, place: Record, attachments: Sequence[bytes] = ()) -> bool:
    """Whether `said` is signed by this key and fits what is in the entry, and where it stands.

    `place` is what the envelope says, in the fields that said_record() takes.
    """
    try:
        signed = parse_signed(said["signed"], "said")
        expected = said_record(place, doc, attachments, unb64(said["seed"]))
    except BadRecord:
        return False
    return signed.record == expected and verify_record(signed, key)


# --- proving ----------------------------------------------------------------------------------------------------------


def everything(doc: Doc) -> list[Record]:
    """The ranges for prove() that leave nothing out: for what must be shown whole, such as an objection."""
    answers = 1 if "value" in doc else len(doc.get("answers", []))
    found: list[Record] = [{"answer": i} for i in range(answers)]
    for i, part in enumerate(doc.get("parts", [])):
        end = len(part["text"]) if part["kind"] == "text" else part.get("ms", 0)
        found.append({"part": i, "from": 0, "to": end} if end else {"part": i})
    return found


def prove(doc: Doc, said: Record, ranges: Iterable[Record], attachments: Sequence[bytes] = ()) -> Record:
    """A proof that these quotes stand in the entry: it shows the words they touch, their question, and no more.

    A range is {part, from, to} in code points of a text or in milliseconds of a recording, {part} for a drawing or for
    the question of a text alone, or {answer}. Raises QuoteAltered for a range that is not in the entry, and
    for an entry of more pieces than are signed.
    """
    if too_long(doc):
        raise QuoteAltered()
    all_pieces = pieces(doc, attachments)
    seed = unb64(said["seed"])
    node = _tree(all_pieces, seed)
    salt = salts(seed, len(all_pieces))
    quotes = []
    for one in ranges:
        indices = _indices(all_pieces, one)
        quote = dict(one)
        if all_pieces[indices[0]]["kind"] == "text" and "from" in one:
            quote["text"] = doc["parts"][one["part"]]["text"][one["from"] : one["to"]]
        leaves = [{"index": i, "salt": b64(salt[i]), "piece": all_pieces[i]} for i in indices]
        path = [b64(one) for one in merkle.inclusion_of(indices, len(all_pieces), node)]
        quotes.append({**quote, "leaves": leaves, "path": path})
    proof = {"v": 1, "signed": said["signed"], "quotes": quotes}
    _parse(proof)
    for quote in quotes:
        _fit(quote)
    return proof


def _indices(all_pieces: Sequence[Piece], wanted: Record) -> list[int]:
    """Which pieces a range needs, the question of a text first."""
    found = [i for i, piece in enumerate(all_pieces) if _needed(piece, wanted)]
    if not found:
        raise QuoteAltered()
    return found


def _needed(piece: Piece, wanted: Record) -> bool:
    if "answer" in wanted:
        return bool(piece.get("answer") == wanted["answer"])
    if piece.get("part") != wanted.get("part"):
        return False
    if piece["kind"] != "word":
        return True
    return "from" in wanted and bool(piece["at"] < wanted["to"] and piece["at"] + len(piece["text"]) > wanted["from"])


# --- verifying --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quote:
    """One proven quote: the range, its exact words, and the whole words around where it begins and ends."""

    range: Record
    text: str
    around: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows: who signed it where and when, the quotes, and whether they are all that the entry says.

    A second signature, by the unlock key of a child's phone, shows that its lock was open; signing.verify_record tells.
    """

    signed: Signed
    quotes: tuple[Quote, ...]
    whole: bool

    @property
    def text(self) -> str:
        """The words of all quotes of text, with a mark where something may be left out."""
        return " … ".join(quote.text for quote in self.quotes if quote.text)


_at = integer(0)
_line: Check = lambda value: isinstance(value, str)  # noqa: E731
_HEAD: dict[str, Check] = {"kind": _line, "part": _at, "prompt": _line}
_PIECES: dict[str, Check] = {
    "answer": object_of(
        {"kind": _line, "answer": _at, "prompt": _line, "value": lambda _: True},
        {"key": _line, "options": list_of(_line, 1, 40)},
    ),
    "text": object_of(_HEAD),
    "word": object_of({"kind": _line, "part": _at, "at": _at, "text": lambda value: _line(value) and value != ""}),
    "voice": object_of({**_HEAD, "type": _line, "ms": _at, "hash": is_hash}),
    "drawing": object_of({**_HEAD, "hash": is_hash}),
}


def _piece(value: Any) -> bool:
    kind = value.get("kind") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind in _PIECES and _PIECES[kind](value)


_LEAVES = list_of(object_of({"index": _at, "salt": is_hash, "piece": _piece}), 1, MOST_PIECES)
_QUOTE = object_of(
    {"leaves": _LEAVES, "path": list_of(is_hash, 0, MOST_PIECES)},
    {"part": _at, "from": _at, "to": _at, "text": _line, "answer": _at},
)
_PROOF = object_of({"v": integer(1, 1), "signed": lambda _: True, "quotes": list_of(_QUOTE, 1, 1_000)})


def verify_proof(proof: Any, key: bytes) -> Proven:
    """What a proof shows, when this key signed it; whose key it is the caller must know from elsewhere.

    Raises BadRecord for what has not the form, BadSignature when another key signed or none, and QuoteAltered when a
    quote differs from what was signed.
    """
    signed = _parse(proof)
    if not verify_record(signed, key):
        raise BadSignature()
    root, n = unb64(signed.record["root"]), signed.record["n"]
    shown: dict[int, bytes] = {}
    quotes = []
    for one in proof["quotes"]:
        leaves = {leaf["index"]: _leaf(unb64(leaf["salt"]), leaf["piece"]) for leaf in one["leaves"]}
        if merkle.root_from(leaves, n, [unb64(sibling) for sibling in one["path"]]) != root:
            raise QuoteAltered()
        shown |= leaves
        quotes.append(_fit(one))
    return Proven(signed, tuple(quotes), len(shown) == n)


def verify_quote(proof: Any, key: bytes) -> str:
    """The words that a proof shows (Proven.text). Raises as verify_proof."""
    return verify_proof(proof, key).text


def _parse(proof: Any) -> Signed:
    if not _PROOF(proof):
        raise BadRecord(field="proof")
    # Depth, surrogates and sizes of numbers: what has no canonical form was never hashed.
    canonical(proof)
    for quote in proof["quotes"]:
        indices = [leaf["index"] for leaf in quote["leaves"]]
        if indices != sorted(set(indices)):
            raise BadRecord(field="proof")
    signed = parse_signed(proof["signed"], "said")
    if signed.record["n"] > MOST_PIECES:
        raise BadRecord(field="proof")
    return signed


def _fit(quote: Record) -> Quote:
    """A quote against the pieces shown with it: they are those it needs, and no others, and its words are theirs."""
    found = tuple(leaf["piece"] for leaf in quote["leaves"])
    wanted: Record = {name: quote[name] for name in ("part", "from", "to", "answer") if name in quote}
    head, spoken = found[0], found[1:]
    text = around = ""
    if "answer" in wanted:
        good = wanted.keys() == {"answer"} and head.get("answer") == wanted["answer"] and not spoken
    elif head.get("part") != wanted.get("part") or head["kind"] == "word":
        good = False
    elif "from" not in wanted:
        good = wanted.keys() == {"part"} and not spoken
    elif wanted.keys() != {"part", "from", "to"} or not wanted["from"] < wanted["to"]:
        good = False
    elif head["kind"] == "text":
        good = bool(spoken) and _joined(quote["leaves"][1:], wanted)
        if good:
            around = "".join(piece["text"] for piece in spoken)
            text = around[wanted["from"] - spoken[0]["at"] : wanted["to"] - spoken[0]["at"]]
    else:
        good = head["kind"] == "voice" and not spoken and wanted["to"] <= head["ms"]
    if not good or quote.get("text", "") != text or ("text" in quote) != (text != ""):
        raise QuoteAltered()
    return Quote(wanted, text, around, found)


def _joined(leaves: Sequence[Record], wanted: Record) -> bool:
    """Whether these are the words of a part that a range touches, all of them, one behind the other."""
    at, index = leaves[0]["piece"].get("at"), leaves[0]["index"]
    for step, leaf in enumerate(leaves):
        piece = leaf["piece"]
        here = piece["kind"] == "word" and piece["part"] == wanted["part"] and piece["at"] == at
        if not here or leaf["index"] != index + step or not _needed(piece, wanted):
            return False
        at += len(piece["text"])
    return bool(leaves[0]["piece"]["at"] <= wanted["from"] and wanted["to"] <= at)
