"""The rules over a whole log, in its order: who signed what, chains, times, overlaps, and what was left closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from kindstem.calendar import AMSTERDAM
from kindstem.levels import Level, Link, about, chains_of, is_ahead, is_late, log_type, requests_of
from kindstem.verify.asking import REQUESTS, Wish, wishes_of
from kindstem.verify.bundle import window
from kindstem.verify.checking import Entry, Opened
from kindstem.verify.figures import Charge, Event, day_of, event_of
from kindstem.verify.policy import key_id
from kindstem.verify.verdict import Findings
from kindstem.verify.who import Who
from kindstem.wire import Record, b64, time_text

ALWAYS_OPEN: Final = frozenset(
    {
        *("log-start", "log-key", "migrated"),
        *("enrolment", "introduction", "readers", "revocation", "erasure", "roster"),
    }
)
"""What every bundle opens from the log's beginning."""

FOLLOWING: Final = frozenset({"correction", "withdrawal", "confirmation", "dispute", "sample"})
"""What every bundle opens from its period on, whatever it is about: a dispute may be about any talk."""

TALKS: Final = frozenset({"attestation", "notheld", "plan"})
"""What a bundle opens for its period. One that stays closed is named, and takes nothing from what is open."""

FUTURE: Final = timedelta(minutes=10)
"""How far ahead of its entry a talk may begin; the server refuses more."""

BACK: Final = timedelta(minutes=2)
"""How far the time of an entry may lie before the one in front of it: clocks are set."""

LONG_DAY: Final = timedelta(hours=10)
WEEK: Final = timedelta(days=7)
"""How long after its day a measure's beginning or end may come in without being named."""

MANY: Final = 12
"""More talks with children, or longer, on one day is named as implausible."""

NIGHT: Final = (23, 6)
"""Between these hours a talk face to face is named."""


@dataclass(slots=True)
class Sample:
    """A result of sampling."""

    talk: str
    found: str
    index: int
    person: str


def must_be_open(entry: Entry, since: date, until: date) -> bool:
    """Whether a bundle over this period opens this entry; exporter and verifier both go by it."""
    if entry.type in ALWAYS_OPEN:
        return True
    entered_since = entry.at >= window(since)
    if entry.type in FOLLOWING or entry.type in REQUESTS:
        return entered_since
    if entry.type not in TALKS:
        return False
    in_period = since.isoformat() <= entry.about <= until.isoformat()
    # By the time of entry as well: the day it is about is the organisation's word while it is closed.
    return in_period or (entered_since and entry.at[:10] <= until.isoformat())


class Case:
    """A log being gone through. Give it the openings in the order of the log, then `finish`."""

    def __init__(
        self, org: str, log: str, entries: Sequence[Entry], roots: frozenset[str] | None, findings: Findings
    ) -> None:
        self.org, self.log = org, log
        self.entries = entries
        self.findings = findings
        self.who = Who(roots, findings)
        self.opened: set[int] = set()
        self.checked: Counter[str] = Counter()
        self.log_keys: list[tuple[int, str]] = []
        """Since which size, and the log's public key."""
        self.heads: list[tuple[int, int, str]] = []
        """Entry, size and root that a record names as seen before."""
        self.erasures: list[tuple[int, Record, tuple[str, ...]]] = []
        self.samples: list[Sample] = []
        self.taken = 0
        """Entries that a log begun anew took over from the one before, with the time of its beginning."""
        self.again = 0
        """Talks of an earlier log that were handed in again after this one was begun."""
        self.late: set[int] = set()
        self.wishes: list[Wish] = []
        """Requests to talk alone with what closed them; there once everything was taken."""
        self.charges: dict[str, Charge] = {}
        """The measures that the organisation states, by their ids."""
        self._links: list[Link] = []
        self._by_children: list[Opened] = []
        self._hashes: dict[str, int] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._previous: Record | None = None
        self._seen: Mapping[int, datetime] = {}
        self._start: Record | None = None

    # --- one after the other ------------------------------------------------------------------------------------------

    def take(self, one: Opened) -> None:
        """The next opening."""
        if one.place >= len(self.entries):
            self.findings.fail("nowhere", one.place)
            return
        entry = self.entries[one.place]
        if one.commitment != entry.c:
            self.findings.fail("commitment", one.place)
            return
        self.opened.add(one.place)
        self.checked["openings"] += 1
        self.checked["signatures"] += len(one.valid) + len(one.wrong)
        if one.fault:
            self.findings.fail("form", one.place)
            return
        if one.rec["org"] != self.org:
            self.findings.fail("other-org", one.place)
        for key in one.wrong:
            self.findings.fail("signature", one.place, key=key)
        if not _by_child(one):
            for key in one.unknown:
                self.findings.fail("key-unknown", one.place, key=key, t=one.t)
        if not self._fits(entry, one):
            self.findings.fail("type", one.place, type=entry.type, t=one.t)
            return
        if one.t in _ABOUT and entry.about != day_of(about(one.rec)).isoformat():
            self.findings.fail("about", one.place, about=entry.about)
        if one.wrong:
            return
        getattr(self, f"_take_{one.t.replace('-', '_')}")(one, entry)

    @staticmethod
    def _fits(entry: Entry, one: Opened) -> bool:
        if one.t in _TYPES:
            return entry.type in _TYPES[one.t]
        return entry.type == log_type(one.rec)

    def _take_log_start(self, one: Opened, entry: Entry) -> None:
        if one.place != 0 or one.rec["log"] != self.log:
            self.findings.fail("log-start", one.place)
            return
        self._start = one.rec
        self.log_keys.append((0, one.rec["key"]))
        self._previous = one.rec["previous"]
        if self._previous is not None:
            later = (index for index, other in enumerate(self.entries) if other.at != entry.at)
            self.taken = next(later, len(self.entries)) - 1

    def _take_log_key(self, one: Opened, entry: Entry) -> None:
        present = self.log_keys[-1][1] if self.log_keys else ""
        if one.rec["log"] != self.log or not present or key_id(present) not in one.valid:
            self.findings.fail("log-key", one.place)
            return
        self.log_keys.append((one.place + 1, one.rec["key"]))

    def _take_log_migrated(self, one: Opened, entry: Entry) -> None:
        if one.rec["what"] == "list":
            self.who.take_older_list()
        self.checked["migrated"] += 1

    def _take_log_readers(self, one: Opened, entry: Entry) -> None:
        self.who.take_readers(one)
        self.checked["readers"] += 1

    def _take_log_revocation(self, one: Opened, entry: Entry) -> None:
        self.who.take_revocation(one, entry.at)
        self.checked["revocations"] += 1

    def _take_log_roster(self, one: Opened, entry: Entry) -> None:
        """What the organisation states of its children: its own word, which from here on it cannot take back."""
        rec, findings = one.rec, self.findings
        self.checked["roster"] += 1
        if entry.about != rec["day"]:
            findings.fail("about", one.place, about=entry.about)
        if rec["what"] not in {"charged", "ended", "reopened"}:
            return
        known = self.charges.get(rec["measure"])
        if rec["what"] == "charged":
            if known is not None:
                findings.fail("roster-twice", one.place)
                return
            self.charges[rec["measure"]] = Charge(rec["subj"], rec["day"])
        elif known is None or known.subj != rec["subj"]:
            findings.fail("roster-orphan", one.place)
            return
        elif rec["what"] == "reopened":
            self.charges[rec["measure"]] = Charge(known.subj, known.since)
        else:
            at = entry.at if one.place > self.taken else ""
            self.charges[rec["measure"]] = Charge(known.subj, known.since, rec["day"], at[:10])
        entered = datetime.fromisoformat(entry.at)
        if one.place > self.taken and entered - datetime.fromisoformat(f"{rec['day']}T00:00:00Z") > WEEK:
            findings.name(f"roster-{rec['what']}", one.place, day=rec["day"], at=entry.at)

    def _take_log_envelope(self, one: Opened, entry: Entry) -> None:
        self.checked["entries"] += 1

    def _take_log_erasure(self, one: Opened, entry: Entry) -> None:
        self.erasures.append((one.place, one.rec, one.valid))
        self.checked["erasures"] += 1

    def _take_person(self, one: Opened, entry: Entry) -> None:
        self.who.take_person(one)
        self.checked["introductions"] += 1

    def _take_device(self, one: Opened, entry: Entry) -> None:
        self.who.take_phone(one)
        self.checked["phones"] += entry.type == "enrolment"

    def _take_plan(self, one: Opened, entry: Entry) -> None:
        if self._once(one):
            self._by_professional(one)

    def _take_talk(self, one: Opened, entry: Entry) -> None:
        rec = one.rec
        if not self._once(one):
            return
        signed = self._by_professional(one)
        if rec["log"] == self.log:
            self.heads.append((one.place, rec["nb"]["size"], rec["nb"]["root"]))
        elif self._previous is None:
            self.findings.fail("other-log", one.place)
        else:
            self._take_again(one, self._previous)
        if datetime.fromisoformat(rec["start"]) > datetime.fromisoformat(entry.at) + FUTURE:
            self.findings.fail("future", one.place, start=rec["start"], at=entry.at)
        if signed:
            self._link(one)

    def _take_notheld(self, one: Opened, entry: Entry) -> None:
        if self._once(one) and self._by_professional(one):
            self._link(one)

    def _take_withdrawal(self, one: Opened, entry: Entry) -> None:
        if self._once(one) and self._by_professional(one):
            self._link(one)

    def _take_met(self, one: Opened, entry: Entry) -> None:
        if self._once(one) and self._by_professional(one):
            self._link(one)

    def _take_answer(self, one: Opened, entry: Entry) -> None:
        if not self._once(one):
            return
        if one.rec["way"] == "kindmodus":
            persons = [self.who.adult(key, one.place, "answer", one.rec["at"]) for key in one.valid]
            if len(persons) != 1:
                self.findings.fail("unsigned", one.place, t="answer")
            elif persons[0] is not None:
                self._link(one)
            return
        # A phone may be vouched for only after what it signed: whose it was shows at the end.
        self._by_children.append(one)

    def _take_request(self, one: Opened, entry: Entry) -> None:
        if not self._once(one):
            return
        if one.rec["way"] == "phone":
            self._by_children.append(one)
            return
        persons = [self.who.adult(key, one.place, one.t, one.rec["at"]) for key in one.valid]
        if len(persons) != 1:
            self.findings.fail("unsigned", one.place, t=one.t)
        elif persons[0] is not None:
            self._link(one)

    def _take_request_end(self, one: Opened, entry: Entry) -> None:
        self._take_request(one, entry)

    def _take_sample(self, one: Opened, entry: Entry) -> None:
        rec = one.rec
        if not self._once(one):
            return
        person = self.who.adult(rec["key"], one.place, "sample", rec["at"]) if one.valid == (rec["key"],) else None
        if person is None or person != rec["by"]:
            self.findings.fail("unsigned", one.place, t="sample")
            return
        self.samples.append(Sample(rec["talk"], rec["found"], one.place, person))

    # --- what they share ----------------------------------------------------------------------------------------------

    def _take_again(self, one: Opened, previous: Record) -> None:
        """A talk of an earlier log: taken over, or handed in again by a device. What it says of that log is held to
        what is known of it."""
        nb = one.rec["nb"]
        if one.place > self.taken:
            self.again += 1
            self.findings.name("again", one.place)
        if one.rec["log"] != previous["log"]:
            return
        if nb["size"] > previous["size"]:
            self.findings.name("longer", one.place, size=nb["size"], known=previous["size"])
        elif nb["size"] == previous["size"] and nb["root"] != previous["root"]:
            self.findings.fail("seen-other", one.place, size=nb["size"])

    def _once(self, one: Opened) -> bool:
        """Whether this record was not there before."""
        self.checked[one.t] += 1
        before = self._hashes.setdefault(one.hash, one.place)
        if before != one.place:
            self.findings.fail("replayed", one.place, before=before)
            return False
        if self._ids.setdefault((one.t, one.rec["id"]), one.hash) != one.hash:
            self.findings.fail("same-id", one.place)
        return True

    def _by_professional(self, one: Opened) -> bool:
        """Whether the key that the record names signed it, nobody else did, and it is that person's."""
        rec = one.rec
        if one.valid != (rec["pro"],):
            if not one.unknown:
                self.findings.fail("unsigned", one.place, t=one.t)
            return False
        signed_at = rec["end"] if one.t == "talk" else rec["at"]
        person = self.who.adult(rec["pro"], one.place, one.t, signed_at)
        if person is None:
            return False
        if person != rec["by"]:
            self.findings.fail("other-person", one.place, person=rec["by"])
            return False
        return True

    def _link(self, one: Opened) -> None:
        entry = self.entries[one.place]
        entered = datetime.fromisoformat(entry.at)
        # Also of what an earlier log had: that it was in time there is the organisation's word.
        if is_late(one.rec, entered):
            self.late.add(one.place)
        if is_ahead(one.rec, entered):
            signed = one.rec["end"] if one.t == "talk" else one.rec["at"]
            self.findings.name("clock", one.place, signed=signed, at=entry.at)
        self._links.append(Link(one.hash, one.rec, one.valid, one.place))

    # --- at the end ---------------------------------------------------------------------------------------------------

    def finish(self) -> list[Event]:
        """The chains and what they come to, after everything was taken."""
        if self._start is None:
            self.findings.fail("log-start", 0)
        if self._previous is not None:
            facts = {name: self._previous[name] for name in ("log", "size", "reason")}
            self.findings.name("restarted", 0, **facts, taken=self.taken, again=self.again)
        self.who.finish()
        for one in self._by_children:
            self._look_at_answer(one)
        for link in self._links:
            self._look_at_child(link)
        chains, alone = chains_of(self._links)
        for link in alone:
            self.findings.fail("orphan", link.index, t=link.t)
        events = []
        weak = frozenset(key for key in self.who.phones if self.who.weak(key))
        for chain in chains:
            for link in chain.aside:
                self.findings.name("second", link.index, first=chain.first.index)
            late = chain.current.index in self.late
            event = event_of(chain, self.who.keys_of(chain.first.record["subj"]), weak, late=late)
            if late:
                self.findings.name("late", chain.current.index, at=self.entries[chain.current.index].at)
            if event.weak:
                self.findings.name("weak", chain.current.index)
            if event.verdict.level is Level.DISPUTED:
                self.checked["disputed"] += 1
            events.append(event)
        asked, ends = requests_of(self._links)
        for link in ends:
            self.findings.fail("orphan", link.index, t=link.t)
        devices = {one.request.record["subj"]: self.who.keys_of(one.request.record["subj"]) for one in asked}
        self.wishes = wishes_of(asked, events, devices, self.who.confidants, self.findings)
        self.checked["chains"] = len(events)
        _Days(self.findings).look(events)
        return events

    def _look_at_answer(self, one: Opened) -> None:
        """Whether a phone of this child said this, with its device key and perhaps its unlock key."""
        rec = one.rec
        phones = [self.who.phone_of(key) for key in (*one.valid, *one.unknown)]
        phone = phones[0] if phones else None
        if one.t in REQUESTS and any(self.who.person_of(key) for key in one.valid):
            # A professional's key under what a phone is to say: no child's, however it is called.
            self.findings.fail("unsigned", one.place, t=one.t)
        elif phone is None and phones:
            # It takes nothing from anybody to hear a no, and a child is not to be silenced by who did not vouch for it.
            code, heard = _unvouched(one)
            self.findings.name(code, one.place)
            if heard:
                self._link(one)
        elif phone is None or phone.signing not in one.valid or any(other is not phone for other in phones):
            self.findings.fail("unsigned", one.place, t=one.t)
        elif phone.subj != rec["subj"]:
            self.findings.fail("other-child", one.place, key=phone.signing)
        elif self.who.stands(phone.signing, one.place, one.t, rec["at"]):
            self._link(one)

    def _look_at_child(self, link: Link) -> None:
        """Whether the phone that a talk names is not another child's."""
        key = link.record.get("child")
        phone = self.who.phones.get(key) if key else None
        if phone is not None and phone.subj != link.record["subj"]:
            self.findings.fail("other-child", link.index, key=key or "")

    def sampled(self, events: Sequence[Event]) -> list[tuple[date, str]]:
        """The results of sampling that may be counted, with the day of the talk."""
        by_hash = {link.hash: event for event in events for link in event.chain.counted}
        found = []
        for sample in self.samples:
            event = by_hash.get(sample.talk)
            if event is None:
                self.findings.fail("orphan", sample.index, t="sample")
            elif sample.person == event.now["by"]:
                self.findings.fail("sampled-self", sample.index)
            else:
                if sample.found == "no":
                    self.findings.name("sample-no", sample.index, talk=event.chain.first.index)
                found.append((event.day, sample.found))
        return found

    def look_at_ahead(self, seen: Mapping[int, datetime]) -> None:
        """Whether anything rests on the time of an entry that somebody outside saw before that time.

        A clock that ran ahead is no fraud by itself. It becomes one where a talk was recorded before it began, or where
        a key counts longer because its revocation claims a later moment: these are held to what was seen.
        """
        for link in self._links:
            at = seen.get(link.index)
            if at is None:
                continue
            if link.t == "talk" and datetime.fromisoformat(link.record["start"]) > at + FUTURE:
                self.findings.fail("future", link.index, start=link.record["start"], at=time_text(at))
            elif is_ahead(link.record, at):
                signed = link.record["end"] if link.t == "talk" else link.record["at"]
                self.findings.name("clock", link.index, signed=signed, at=time_text(at))
        self.who.look_at_ahead(seen)
        self._seen = seen

    def look_at_order(self) -> None:
        """Times of entry never go back."""
        newest = ""
        for index, entry in enumerate(self.entries):
            if entry.at < newest:
                before, now = (datetime.fromisoformat(text) for text in (newest, entry.at))
                if before - now > BACK:
                    self.findings.fail("order", index, before=newest, at=entry.at)
            newest = max(newest, entry.at)

    def look_at_closed(self, since: date, until: date, erased: frozenset[int], first: int | None) -> None:
        """What is in the log and was not opened. `first` is where the oldest chain of the period begins."""
        for index, entry in enumerate(self.entries):
            self.checked[f"leaf.{entry.type}"] += 1
            if index in self.opened:
                continue
            if index in erased:
                self.checked["erased"] += 1
            elif self._must_be_open(index, since, until) or (
                entry.type in FOLLOWING and first is not None and index > first
            ):
                if entry.type in TALKS:
                    self.findings.name("withheld", index, type=entry.type, about=entry.about)
                else:
                    self.findings.fail("closed", index, type=entry.type, about=entry.about, at=entry.at)
            else:
                self.checked["closed"] += 1
                if entry.type in REQUESTS:
                    self.findings.name("request-older", index, about=entry.about, at=entry.at)

    def _must_be_open(self, index: int, since: date, until: date) -> bool:
        entry = self.entries[index]
        if must_be_open(entry, since, until):
            return True
        at = self._seen.get(index)
        # Nor does a talk get out of a period by claiming a later time than it was seen at.
        return at is not None and entry.type in TALKS and must_be_open(entry._replace(at=time_text(at)), since, until)

    def erased(self, independent: frozenset[str] | None) -> frozenset[int]:
        """The entries that were destroyed by the rules: named whole, and countersigned by a key that is independent.

        Without a policy (None), any key of somebody who was introduced will do.
        """
        found = set()
        for index, rec, signers in self.erasures:
            fits = rec["index"] < index and rec["leaf"] == b64(self.entries[rec["index"]].hash)
            if not fits:
                self.findings.fail("erasure-other", index)
                continue
            by = [key for key in signers if independent is None or key in independent]
            if not any(self.who.adult(key, index, "log-erasure", rec["at"]) is not None for key in by):
                self.findings.fail("erasure-alone", index, erased=rec["index"])
                continue
            found.add(rec["index"])
            if rec["index"] in self.opened:
                self.findings.name("erased-open", rec["index"])
            self.findings.name("erased", rec["index"], by=index)
        return frozenset(found)


def _by_child(one: Opened) -> bool:
    """Whether this is an answer, or a request, that a phone signed."""
    return one.t in {"answer", "request", "request-end"} and one.rec["way"] != "kindmodus"


def _unvouched(one: Opened) -> tuple[str, bool]:
    """How something from a phone for which nobody vouches is named, and whether it is heard."""
    if one.t == "answer":
        return ("phone-unknown", True) if "no" in one.rec["says"].values() else ("phone-unvouched", False)
    return ("request-unknown", True) if one.t == "request" else ("end-unvouched", False)


_TYPES: Final = {
    "log-start": {"log-start"},
    "log-key": {"log-key"},
    "log-migrated": {"migrated"},
    "log-readers": {"readers"},
    "log-revocation": {"revocation"},
    "log-roster": {"roster"},
    "log-envelope": {"entry"},
    "log-erasure": {"erasure"},
    "person": {"introduction", "migrated"},
    "device": {"enrolment", "introduction"},
    "sample": {"sample"},
}
_ABOUT: Final = frozenset({"plan", "talk", "notheld", "answer", "met", "withdrawal", "sample", *REQUESTS})


class _Days:
    """Talks that lie over each other, and days that nobody can have had."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def look(self, events: Sequence[Event]) -> None:
        by_adult: dict[str, list[Event]] = defaultdict(list)
        by_child: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event.now["t"] != "talk":
                continue
            by_child[event.now["subj"]].append(event)
            if not event.verdict.withdrawn:
                by_adult[event.now["by"]].append(event)
                self._night(event)
        pairs: set[tuple[int, int]] = set()
        for group in (*by_child.values(), *by_adult.values()):
            self._overlaps(sorted(group, key=lambda event: (event.now["start"], event.chain.first.index)), pairs)
        for group in by_adult.values():
            self._long(group)

    def _overlaps(self, group: list[Event], pairs: set[tuple[int, int]]) -> None:
        # One that lasts may lie over several; the one that ends last is what the next is compared with.
        longest: Event | None = None
        for event in group:
            if longest is not None and event.now["start"] < longest.now["end"]:
                self._overlap(longest, event, pairs)
            if longest is None or event.now["end"] > longest.now["end"]:
                longest = event

    def _overlap(self, one: Event, other: Event, pairs: set[tuple[int, int]]) -> None:
        low, high = sorted((one.chain.first.index, other.chain.first.index))
        together = one.now["who"] == other.now["who"] == "siblings" and one.now["subj"] != other.now["subj"]
        if together or (low, high) in pairs:
            return
        pairs.add((low, high))
        same_child = one.now["subj"] == other.now["subj"]
        taken = [x for x in (one, other) if x.verdict.withdrawn or x.verdict.level is Level.DISPUTED]
        self._findings.name("overlap-disputed" if same_child and taken else "overlap", high, other=low)

    def _night(self, event: Event) -> None:
        hour = datetime.fromisoformat(event.now["start"]).astimezone(AMSTERDAM).hour
        if event.now["kind"] == "face" and (hour >= NIGHT[0] or hour < NIGHT[1]):
            self._findings.name("night", event.chain.current.index, start=event.now["start"])

    def _long(self, group: list[Event]) -> None:
        days: dict[date, list[Event]] = defaultdict(list)
        for event in group:
            days[event.day].append(event)
        for day, talks in days.items():
            # Two siblings at once are one talk of somebody's day.
            spans = {(event.now["start"], event.now["end"]) for event in talks}
            lasted = sum(
                (datetime.fromisoformat(end) - datetime.fromisoformat(start) for start, end in spans), timedelta()
            )
            if lasted > LONG_DAY or len(spans) > MANY:
                hours = round(lasted.total_seconds() / 3600)
                index = max(event.chain.current.index for event in talks)
                self._findings.name("implausible", index, day=day.isoformat(), n=len(spans), hours=hours)
