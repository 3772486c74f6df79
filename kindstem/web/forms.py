"""What each route takes, exactly: unknown and missing fields are refused, and nothing is turned into another type."""

import re
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request

from kindstem import wire
from kindstem.errors import BadRecord, BadRequest
from kindstem.log import MOST_PROOFS
from kindstem.samples import MOST as MOST_DRAWN
from kindstem.web.guard import read_body

SMALL = 16 * 1024
RECORDS = 256 * 1024
"""A bundle holds the keys of up to thirty people, each with everybody's signatures."""


def _bytes_of(low: int, high: int | None = None) -> BeforeValidator:
    def decode(value: object) -> bytes:
        if not isinstance(value, str):
            raise ValueError("no text")
        try:
            data = wire.unb64(value)
        except BadRequest:
            raise ValueError("no base64url") from None
        if not low <= len(data) <= (high or low):
            raise ValueError("another length")
        return data

    return BeforeValidator(decode)


def _id_text(value: object) -> object:
    _bytes_of(16).func(value)  # type: ignore[call-arg]
    return value


def _hash_text(value: object) -> object:
    _bytes_of(32).func(value)  # type: ignore[call-arg]
    return value


def _day(value: object) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("no day")
    return date.fromisoformat(value)


Id = Annotated[str, BeforeValidator(_id_text)]
Bytes16 = Annotated[bytes, _bytes_of(16)]
Bytes32 = Annotated[bytes, _bytes_of(32)]
Hash = Annotated[str, BeforeValidator(_hash_text)]
Keyring = Annotated[bytes, _bytes_of(29, 1024)]
Signature64 = Annotated[bytes, _bytes_of(64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Day = Annotated[date, BeforeValidator(_day)]
Record = dict[str, Any]


class Form(BaseModel):
    """A body of exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


class ById(Form):
    """Something by its id."""

    id: Id


class AskLog(Form):
    """How much of the log is known, and which entries are to be in it; `log` when another one was known."""

    since: Annotated[int, Field(ge=0, le=wire.MAX_INTEGER, alias="from")]
    indices: Annotated[list[Annotated[int, Field(ge=0, le=wire.MAX_INTEGER)]], Field(max_length=MOST_PROOFS)]
    log: Id | None = None


class EnrolAnswer(Form):
    """A phone's answer to a start code."""

    id: Id
    child: Record
    lists: Annotated[list[Record], Field(min_length=1, max_length=2)]
    proof: Hash
    method: Literal["qr", "typed"]


class NewLock(Form):
    """A new PIN or new pictures, and the verifier of the ones before."""

    verifier: Bytes32
    kind: Literal["pin", "pictures"]
    proof: Bytes32 | None = None


class Attempt(Form):
    """An attempt to unlock."""

    v: Bytes32


class After(Form):
    """What is new since a cursor."""

    after: Annotated[int, Field(ge=0, le=wire.MAX_INTEGER)]


class NewList(Form):
    """A signed list of readers."""

    list: Record


class Start(Form):
    """The first step of a first sign-in."""

    name: Name
    startcode: Code


class Recovery(Form):
    """Salt and verifier of a recovery code."""

    salt: Bytes16
    verifier: Bytes32


class Finish(Form):
    """The second step of a first sign-in."""

    ticket: Code
    salt: Bytes16
    verifier: Bytes32
    code: Code
    record: Record
    recovery: Recovery


class FinishCounting(Form):
    """The second step of a first sign-in of somebody who has no keys."""

    ticket: Code
    salt: Bytes16
    verifier: Bytes32
    code: Code
    recovery: Recovery


class NewPassphrase(Form):
    """A new passphrase of somebody who has no keys, with the proof of the present one or of the recovery code."""

    salt: Bytes16
    verifier: Bytes32
    proof: Bytes32
    way: Literal["passphrase", "recovery"]


class Keyrings(Form):
    """Both wrapped copies of a new keyring; or one copy under a new passphrase, with the proof of the present one."""

    passphrase: Keyring
    recovery: Keyring | None = None
    salt: Bytes16 | None = None
    verifier: Bytes32 | None = None
    proof: Bytes32 | None = None
    way: Literal["passphrase", "recovery"] = "passphrase"

    @property
    def is_change(self) -> bool:
        """Whether a passphrase is changed. Raises BadRequest for something of both."""
        given = [self.salt is not None, self.verifier is not None, self.proof is not None]
        if all(given) and self.recovery is None:
            return True
        if any(given) or self.recovery is None:
            raise BadRequest()
        return False


class SaltFor(Form):
    """Somebody's salts."""

    name: Name


class Signin(Form):
    """Both factors."""

    name: Name
    verifier: Bytes32
    code: Code
    way: Literal["passphrase", "recovery"] = "passphrase"


class Again(Form):
    """The passphrase once more, within a session."""

    verifier: Bytes32


class Introduction(Form):
    """A signature over a colleague's key record."""

    by: Hash
    sig: Signature64


class AwayDays(Form):
    """First and last day away; both null when back."""

    since: Day | None = Field(alias="from")
    until: Day | None


class NewChild(Form):
    """The second reader of a new child, and its kindnummer in the roster; without one it gets a fresh one."""

    second: Id
    child: Code | None = None


class Proofs(Form):
    """The desk's proofs of a bundle, one for each way a start code travels."""

    qr: Hash
    typed: Hash


class NewEnrolment(Form):
    """An enrolment to begin."""

    child: Annotated[str, StringConstraints(pattern=f"^{wire.KINDNUMMER.pattern}$")]
    ids: Annotated[list[Id], Field(min_length=2, max_length=2)]
    bundle: Record
    proofs: Proofs


class Activation(Form):
    """A child's record and lists, signed by both."""

    child: Record
    lists: Annotated[list[Record], Field(min_length=1, max_length=2)]


class Opening(Form):
    """Why an entry is opened."""

    reason: Literal["read", "prepare", "other"]


class OpeningMany(Opening):
    """Why several entries are opened, and which."""

    entries: Annotated[list[Id], Field(min_length=1, max_length=100)]


class SignedForm(Form):
    """A signed record."""

    record: Record
    sigs: Annotated[list[Record], Field(min_length=1, max_length=8)]


class TalkForm(Form):
    """A signed record about a talk; `code` is the lookup of the short code that leads to it."""

    signed: Record
    code: Hash | None = None


class AskSample(Form):
    """Talks of a sample, by their hashes."""

    talks: Annotated[list[Hash], Field(max_length=MOST_DRAWN)]


class SampleResult(Form):
    """The signed record of what a child said when it was asked."""

    result: Record


class Evidence(Form):
    """The signed evidence record of a child's phone."""

    signed: Record


class TalkAnswer(Form):
    """A child's signed answer, and the signed talk where the phone took it from a code."""

    answer: Record
    talk: Record | None = None


class RequestForm(Form):
    """A child's signed request to talk alone, or that it takes one away; or its answer to an offer."""

    signed: Record


class FlagStepForm(Form):
    """Who reached a child that set its flag, by id or `other`, and what comes next; null for what is not said now."""

    reached: Id | Literal["other"] | None
    next: Literal["safe", "visit", "talk", "report", "police", "agreed", "mistake", "other"] | None


class SignalForm(Form):
    """The sealed entry that says what a child knows of a signal to its school."""

    entry: Id


class MeldcodeForm(Form):
    """The id of a meldcode that is opened, chosen by whoever opens it so that a second try opens no other."""

    id: Id


class IndependentForm(Form):
    """What a child answered to the offer of an independent talk, or that it was held."""

    what: Literal["yes", "no", "later", "held"]


class ByLookup(Form):
    """A talk by the hash of its short code."""

    id: Hash


class Thought(Form):
    """What a child thought of its talks, or said of the last three months."""

    question: Literal["said", "done", "worker", "around", "school", "safer"]
    value: Literal["yes", "some", "no", "unknown", "skipped"]


F = TypeVar("F", bound=Form)


def parse(form: type[F], data: bytes) -> F:
    """The form in these JSON bytes. Raises BadRequest, which says nothing of what was sent."""
    try:
        return form.model_validate(wire.parse_json(data))
    except (ValidationError, BadRecord):
        raise BadRequest() from None


async def taken(request: Request, form: type[F], *, limit: int = SMALL) -> F:
    """The form that a request carries as JSON. Raises BadRequest, and TooLarge over `limit` bytes."""
    check_json(request)
    return parse(form, await read_body(request, limit))


def check_json(request: Request) -> None:
    """Raises BadRequest unless the request says that it carries JSON: what a form on another site cannot say."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest()


# --- a form with a file -----------------------------------------------------------------------------------------------

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([\w\'()+,./:=?-]{1,70})"?\s*', re.IGNORECASE)
_NAME = re.compile(rb'content-disposition:\s*form-data;[^\r\n]*?\bname="([a-z]{1,20})"', re.IGNORECASE)


async def parts_of(request: Request, limit: int) -> dict[str, bytes]:
    """The fields of a form with a file in it (RFC 7578), as the bytes they came in, whatever encoding they are in.

    A file's own name is not looked at: it may be that of a child. Raises TooLarge, and BadRequest for any other body.
    """
    boundary = _BOUNDARY.fullmatch(request.headers.get("content-type", ""))
    if boundary is None:
        raise BadRequest()
    first, *rest = (b"\r\n" + await read_body(request, limit)).split(b"\r\n--" + boundary[1].encode())
    if first or not rest or rest[-1].strip() != b"--":
        raise BadRequest()
    found: dict[str, bytes] = {}
    for part in rest[:-1]:
        head, mark, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not mark or name is None or name[1].decode() in found:
            raise BadRequest()
        found[name[1].decode()] = content
    return found
