"""Whose keys may be believed, and when: introductions, phones, lists of readers, revocations, in the order of the log.

Introductions begin at the policy's root introducers and nowhere else (docs/protocol/keys.md, "Whom to believe").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kindstem.domain import Circle, Role, enough_readers
from kindstem.levels import ChildKeys
from kindstem.signing import signing_key_id
from kindstem.verify.checking import Opened
from kindstem.verify.verdict import Findings
from kindstem.wire import b64, time_text, unb64


@dataclass(slots=True)
class PersonKeys:
    """Somebody's key record, and who has vouched for it."""

    hash: str
    person: str
    role: str
    keys: tuple[str, ...]
    index: int
    itself: bool = False
    by: set[str] = field(default_factory=set)
    """Ids of the keys that signed it, its own left out."""
    introduced: int | None = None
    """The entry since which it is introduced."""


@dataclass(slots=True)
class Phone:
    """A child's device, and who has vouched for it."""

    subj: str
    signing: str
    unlock: str
    index: int
    since: datetime
    by: set[str] = field(default_factory=set)
    signers: set[str] = field(default_factory=set)
    """The persons who have vouched for it, when they were introduced and on one of the child's lists."""


class Who:
    """Everybody who has a key in the log."""

    def __init__(self, roots: frozenset[str] | None, findings: Findings) -> None:
        """`roots` are the policy's; None takes the first person in the log, for a bundle read without a policy."""
        self._roots = roots
        self._findings = findings
        self._records: dict[str, PersonKeys] = {}
        self._of_key: dict[str, PersonKeys] = {}
        self._waiting: dict[str, list[PersonKeys]] = defaultdict(list)
        self._persons: dict[str, list[PersonKeys]] = defaultdict(list)
        self.phones: dict[str, Phone] = {}
        self._unlock: dict[str, Phone] = {}
        self._by_subj: dict[str, list[Phone]] = defaultdict(list)
        self._revoked: dict[str, tuple[int, str]] = {}
        self._since: list[tuple[int, str, str, str]] = []
        """What stands because it was signed, by its own account, before its key was revoked."""
        self._lists: dict[tuple[str, str], tuple[int, str]] = {}
        self._newest: dict[tuple[str, str], set[str]] = {}
        self._readers: dict[str, set[str]] = defaultdict(set)
        self.confidants: dict[str, set[str]] = defaultdict(set)
        """Whoever was on a child's confidant list."""
        self._older_lists = False

    # --- in the order of the log --------------------------------------------------------------------------------------

    def take_person(self, one: Opened) -> None:
        """A key record of a professional, with signatures that were new on it."""
        keys = tuple(b64(signing_key_id(unb64(text))) for text in one.rec["signing"])
        record = self._records.get(one.hash)
        if record is None:
            record = PersonKeys(one.hash, one.rec["person"], one.rec["role"], keys, one.place)
            self._records[one.hash] = record
            if self._roots is None:
                self._roots = frozenset(keys)
            for key in keys:
                if key in self._of_key:
                    self._findings.fail("key-twice", one.place, key=key)
                self._of_key.setdefault(key, record)
            self._persons[record.person].append(record)
        record.itself = record.itself or any(key in keys for key in one.valid)
        for key in one.valid:
            if key not in keys:
                record.by.add(key)
                self.stands(key, one.place, "person", one.rec["at"])
        self._introduce(record, one.place)

    def _introduce(self, record: PersonKeys, index: int) -> None:
        """Introduce it if it may be, and everybody who waited for that."""
        pending = [record]
        while pending:
            found = pending.pop()
            if found.introduced is not None or not found.itself:
                continue
            vouching = [self._of_key[key] for key in found.by if key in self._of_key]
            root = any(key in (self._roots or ()) for key in found.keys)
            if not root and not any(one.introduced is not None for one in vouching):
                for key in found.by:
                    self._waiting[key].append(found)
                continue
            found.introduced = index
            others = [one for one in self._persons[found.person] if one is not found and one.introduced is not None]
            if others:
                self._findings.fail("person-twice", index, person=found.person)
            for key in found.keys:
                pending += self._waiting.pop(key, [])

    def take_phone(self, one: Opened) -> None:
        """The evidence record of a child's device, with signatures that were new on it."""
        rec = one.rec
        signing, unlock = (b64(signing_key_id(unb64(rec[name]))) for name in ("signing", "unlock"))
        phone = self.phones.get(signing)
        if phone is None:
            since = datetime.fromisoformat(rec["at"])
            phone = Phone(rec["subj"], signing, unlock, one.place, since)
            if unlock in self._unlock or unlock in self._of_key or signing in self._of_key or unlock == signing:
                self._findings.fail("key-twice", one.place, key=unlock)
            self.phones[signing] = self._unlock[unlock] = phone
            self._by_subj[phone.subj].append(phone)
        elif (phone.subj, phone.unlock) != (rec["subj"], unlock):
            self._findings.fail("phone-twice", one.place, key=signing)
            return
        if not one.valid:
            self._findings.fail("unsigned", one.place, t="device")
        for key in one.valid:
            if self.adult(key, one.place, "device", rec["at"]) is not None:
                phone.by.add(key)

    def take_revocation(self, one: Opened, at: str) -> None:
        """A key that counts no more from here on."""
        self._revoked.setdefault(one.rec["key"], (one.place, at))

    def take_older_list(self) -> None:
        """That there were lists before the log, so that numbers need not begin at one."""
        self._older_lists = True

    def take_readers(self, one: Opened) -> None:
        """Who may read a circle from here on."""
        rec = one.rec
        place = (rec["subj"], rec["circle"])
        before = self._lists.get(place)
        follows = before is None and self._older_lists
        if not follows and rec["number"] != (before[0] if before else 0) + 1:
            self._findings.fail("readers-gap", one.place, number=rec["number"], before=before[0] if before else 0)
        self._lists[place] = (rec["number"], one.hash)
        roles = [Role(reader["role"]) for reader in rec["readers"]]
        if not enough_readers(Circle(rec["circle"]), roles):
            self._findings.fail("readers-few", one.place)
        self._newest[place] = {reader["person"] for reader in rec["readers"]}
        for (subj, circle), people in self._newest.items():
            if subj == rec["subj"] and circle != rec["circle"] and people & self._newest[place]:
                self._findings.fail("readers-both", one.place, circle=circle)
        for reader in rec["readers"]:
            known = [found for found in self._persons.get(reader["person"], []) if found.introduced is not None]
            if not known:
                self._findings.fail("readers-unknown", one.place, person=reader["person"])
            elif all(self.revoked(key, one.place) for found in known for key in found.keys):
                self._findings.name("readers-revoked", one.place, person=reader["person"])
            self._readers[rec["subj"]].add(reader["person"])
            if rec["circle"] == "confidant":
                self.confidants[rec["subj"]].add(reader["person"])

    # --- asked about --------------------------------------------------------------------------------------------------

    def revoked(self, key: str, index: int) -> bool:
        """Whether a key had been revoked before this entry."""
        return key in self._revoked and self._revoked[key][0] < index

    def look_at_ahead(self, seen: Mapping[int, datetime]) -> None:
        """Whether something stands only because a revocation claims a later time than somebody outside saw it at."""
        for index, key, t, signed_at in self._since:
            at = seen.get(self._revoked[key][0])
            if at is not None and signed_at >= time_text(at):
                self._findings.fail("revoked", index, key=key, t=t)

    def stands(self, key: str, index: int, t: str, signed_at: str) -> bool:
        """Whether a signature stands, for a key that may have been revoked; a finding when it had been.

        What was signed before, by its own account, and handed in afterwards stands and is named: a phone can have been
        without a network for days, and whoever hands in need not be who signed.
        """
        if not self.revoked(key, index):
            return True
        if signed_at < self._revoked[key][1]:
            self._since.append((index, key, t, signed_at))
            self._findings.name("revoked-since", index, key=key, signed=signed_at)
            return True
        self._findings.fail("revoked", index, key=key, t=t)
        return False

    def person_of(self, key: str) -> str | None:
        """The person whose key this is."""
        record = self._of_key.get(key)
        return record.person if record else None

    def adult(self, key: str, index: int, t: str, signed_at: str) -> str | None:
        """The person who may sign a record of type `t` with this key at this entry; None, and a finding, if nobody."""
        record = self._of_key.get(key)
        if record is None:
            self._findings.fail("key-unknown", index, key=key, t=t)
        elif record.introduced is None or record.introduced > index:
            self._findings.fail("not-introduced", index, key=key, t=t, person=record.person)
        elif self.stands(key, index, t, signed_at):
            return record.person
        return None

    def phone_of(self, key: str) -> Phone | None:
        """The device whose signing or unlock key this is."""
        return self.phones.get(key) or self._unlock.get(key)

    def keys_of(self, subj: str) -> list[ChildKeys]:
        """All devices that a child had, and for which somebody has vouched."""
        return [ChildKeys(one.signing, one.unlock, one.since) for one in self._by_subj.get(subj, []) if one.by]

    def weak(self, key: str) -> bool:
        """Whether fewer than two of those who stand around the child have vouched for this phone.

        The second may have come later than what the phone signed: it is the key that is vouched for.
        """
        phone = self.phones.get(key)
        if phone is None:
            return True
        persons = {self.person_of(one) for one in phone.by}
        if readers := self._readers.get(phone.subj):
            persons &= readers
        return len(persons) < 2

    def finish(self) -> None:
        """What shows only at the end: children with two phones at once."""
        for subj, phones in self._by_subj.items():
            present = [one for one in phones if one.signing not in self._revoked]
            if len(present) > 1:
                self._findings.name("phones", present[-1].index, subj=subj, n=len(present))
