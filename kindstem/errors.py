"""Everything that can go wrong and be said: one tree, stable codes, a sentence for each audience (docs/api.md)."""

from typing import ClassVar


class KindstemError(Exception):
    """A refusal with a stable code.

    `facts` stand beside the code in the answer (seconds to wait, attempts left). They never hold a name, a word that
    somebody wrote, or an identifier of a child.

    The sentences have no placeholders: the child's app knows who its people are and says the fuller ones by the code.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    text_key: ClassVar[str] = "work.refused.error"
    child_key: ClassVar[str] = "child.error.kept"

    def __init__(self, **facts: int | str) -> None:
        super().__init__(self.code)
        self.facts = facts


# --- an envelope or record that is not what it must be ---------------------------------------------------------------


class BadRequest(KindstemError):
    """A request that has not the form its route asks for."""

    code, status, text_key = "bad-request", 400, "work.refused.form"


class BadEnvelope(KindstemError):
    """Bytes that are no envelope, or one whose header names another place."""

    code, status, text_key = "bad-envelope", 400, "work.refused.form"


class NotSealed(KindstemError):
    """A body that can be read as text: something that was never sealed."""

    code, status, text_key = "not-sealed", 400, "work.refused.form"


class NotQuantumSafe(KindstemError):
    """A wrap that was made by another suite than the quantum-safe one."""

    code, status, text_key = "not-quantum-safe", 400, "work.refused.form"


class BadRecord(KindstemError):
    """A signed record with a missing, extra or impossible field."""

    code, status, text_key = "bad-record", 400, "work.refused.record"


class BadSignature(KindstemError):
    """A record that is not signed by whom it must be signed by."""

    code, status, text_key = "bad-signature", 400, "work.refused.record"


class EnvelopeMoved(KindstemError):
    """An envelope that stands in another place than it was sealed for."""

    code, status, text_key = "envelope-moved", 400, "work.error.moved"


class EnvelopeDamaged(KindstemError):
    """An envelope for this key that does not open, or not to what it promises."""

    code, status, text_key = "envelope-damaged", 400, "work.error.damaged"


class AuthorUnverified(KindstemError):
    """Words whose author's signature is missing, wrong or by an unknown key."""

    code, status, text_key = "author-unverified", 400, "work.mark.unverified"


class QuoteAltered(KindstemError):
    """A quote that is not what its author signed, by a letter, a place, a question or a hash."""

    code, status, text_key = "quote-altered", 400, "work.refused.quote"


class TooLarge(KindstemError):
    """More bytes than this place takes."""

    code, status, text_key = "too-large", 413, "work.refused.large"
    child_key = "child.error.other.2"


# --- whom something is for -------------------------------------------------------------------------------------------


class Nobody(KindstemError):
    """An envelope that nobody on its list could open."""

    code, status, text_key = "nobody", 400, "work.refused.readers"


class WrongRecipients(KindstemError):
    """An envelope for a key that is not on its list, or without one that is."""

    code, status, text_key = "wrong-recipients", 400, "work.refused.readers"


class ListUnknown(KindstemError):
    """A list of readers that never was."""

    code, status, text_key = "list-unknown", 409, "work.refused.readers"


class ListStale(KindstemError):
    """A new list of readers that does not follow the newest one."""

    code, status, text_key = "list-stale", 409, "work.refused.readers"


class ListTooSmall(KindstemError):
    """A worker list with fewer than a jeugdbeschermer and a second reader."""

    code, status, text_key = "list-too-small", 400, "work.second.missing"


# --- a child's device ------------------------------------------------------------------------------------------------


class DeviceUnknown(KindstemError):
    """A request that no enrolled device signed."""

    code, status = "device-unknown", 401


class DeviceOff(KindstemError):
    """A request of a device that was switched off."""

    code, status = "device-off", 403


class ClockDiffers(KindstemError):
    """A request from a clock too far from ours; `now` is ours, in seconds."""

    code, status = "clock-differs", 401


class Replayed(KindstemError):
    """A request that was already made once and may be made only once."""

    code, status = "replayed", 409


class EntryExists(KindstemError):
    """Other bytes under the id of an entry that is kept already."""

    code, status, text_key = "entry-exists", 409, "work.refused.form"


class MeldcodeClosed(KindstemError):
    """Something for a meldcode that was closed; what is written there stays as it is."""

    code, status, text_key = "meldcode-closed", 409, "work.refused.meldcode.closed"


class MeldcodeUnfinished(KindstemError):
    """A meldcode that cannot be closed yet; `missing` says what has to be there first."""

    code, status, text_key = "meldcode-unfinished", 409, "work.refused.meldcode.open"


class OfferAnswered(KindstemError):
    """What a child answered, recorded by somebody else after it answered for itself."""

    code, status, text_key = "offer-answered", 409, "work.refused.offer"


class QuotaVoice(KindstemError):
    """No room for recordings today; a text is still taken."""

    code, status, text_key = "quota-voice", 429, "work.refused.quota"
    child_key = "child.refused.voice"


class Quota(KindstemError):
    """No room for more today."""

    code, status, text_key = "quota", 429, "work.refused.quota"
    child_key = "child.refused.quota"


class EnrolGone(KindstemError):
    """An enrolment that is unknown, used, answered or older than 15 minutes."""

    code, status, text_key = "enrol-gone", 410, "work.refused.enrolment"
    child_key = "child.enrol.error.3"


class TryoutOnly(KindstemError):
    """Enrolment of a child before the software is ready for children."""

    code, status, text_key = "tryout-only", 403, "work.refused.tryout"


class AlertsUntried(KindstemError):
    """Enrolment of a child while nobody can be alerted outside the app, or it was not tried as it is set now."""

    code, status, text_key = "alerts-untried", 403, "work.refused.alerts"


class ChildUnlisted(KindstemError):
    """A kindnummer that the roster does not know, or under which a child was begun already."""

    code, status, text_key = "child-unlisted", 409, "work.refused.unlisted"


class TalkStale(KindstemError):
    """A record about a talk that does not follow the newest one of its chain; or a second evidence record."""

    code, status, text_key = "talk-stale", 409, "work.refused.talk.stale"


class TalkFuture(KindstemError):
    """A talk that lies ahead of our clock; `seconds` until it can be taken. It may be kept and sent again."""

    code, status, text_key = "talk-future", 409, "work.refused.talk.future"


class TalkGone(KindstemError):
    """A short code of a talk that is unknown or older than 15 minutes."""

    code, status = "talk-gone", 410
    child_key = "child.refused.talkcode"


class LockWrong(KindstemError):
    """A wrong PIN or wrong pictures; `left` attempts remain."""

    code, status = "lock-wrong", 403


class LockWait(KindstemError):
    """An attempt before its time, not counted; `seconds` to wait."""

    code, status = "lock-wait", 429


class LockClosed(KindstemError):
    """A lock after its last attempt; a reader opens it again, face to face."""

    code, status = "lock-closed", 423


# --- a professional --------------------------------------------------------------------------------------------------


class SigninFailed(KindstemError):
    """A sign-in that did not succeed; which part failed is not said."""

    code, status, text_key = "signin-failed", 403, "work.signin.failed"


class SigninWait(KindstemError):
    """Too many attempts; `seconds` to wait."""

    code, status, text_key = "signin-wait", 429, "work.refused.wait"


class OtherDoor(KindstemError):
    """Somebody who signs in at the desk and counts, or at the numbers and reads."""

    code, status, text_key = "other-door", 403, "work.refused.door"


class SessionEnded(KindstemError):
    """A request without a session that still runs."""

    code, status, text_key = "session-ended", 401, "work.signin.ended"


class WrongOrigin(KindstemError):
    """A request that another site made."""

    code, status, text_key = "wrong-origin", 403, "work.refused.origin"


# --- counting --------------------------------------------------------------------------------------------------------


class BadNorm(KindstemError):
    """A norm that cannot be; `field` is kind, number, gap, since or why."""

    code, status, text_key = "bad-norm", 400, "num.refused.norm"


class BadFilter(KindstemError):
    """A choice of numbers that cannot be; `field` says which part, and `sentence` is the catalogue key for it."""

    code, status, text_key = "bad-filter", 400, "num.refused.filter"

    @property
    def sentence(self) -> str:
        """The catalogue key of the sentence about this part."""
        return f"num.filter.{self.facts.get('field', 'period')}"


class TokenUnknown(KindstemError):
    """A request for a municipality's numbers without a token that is valid."""

    code, status, text_key = "token-unknown", 401, "num.refused.token"


# --- the place and the machine ---------------------------------------------------------------------------------------


class NotFound(KindstemError):
    """Missing or forbidden: the same, so that nobody can probe for a child."""

    code, status, text_key = "not-found", 404, "work.refused.notfound"
    child_key = "child.error.notfound"


class WrongMethod(KindstemError):
    """A method that this address does not have."""

    code, status, text_key = "wrong-method", 405, "work.refused.form"


class NeedsHttps(KindstemError):
    """Plain HTTP from elsewhere than this computer: no browser can encrypt there."""

    code, status, text_key = "needs-https", 426, "work.refused.https"
    child_key = "child.refused.https"


class TooBusy(KindstemError):
    """More requests of this kind than are taken; `seconds` to wait."""

    code, status, text_key = "too-busy", 429, "work.refused.wait"


class Busy(KindstemError):
    """The store did not get its turn in time; trying again is safe."""

    code, status, text_key = "busy", 503, "work.refused.busy"


class StoreFull(KindstemError):
    """No room left on the server's disk; nothing of this request was kept."""

    code, status, text_key = "store-full", 507, "work.refused.full"


# --- setting up ------------------------------------------------------------------------------------------------------


class SetupFault(KindstemError):
    """A setting, folder or file that keeps the server from starting; `text` says which and how to mend it."""

    code = "setup"

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text
