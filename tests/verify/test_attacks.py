"""What somebody could do to the proof of a talk: each attack against the real exporter, log and verifier.

The list is that of docs/verify.md, here and in test_attacks_around.py. Whoever attacks may own the server, the key of
the log and that of a professional. One is not caught; its test shows that, so that nobody believes otherwise.
"""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from kindstem import leaves, notes, talks
from kindstem.log import LogKey
from kindstem.sealing import Adult
from kindstem.signing import random_id
from kindstem.verify import Status, checking
from kindstem.verify.figures import totals
from kindstem.wire import Signed, b64, time_text, unb64
from tests import evidence
from tests.evidence import (
    TO,
    Evidence,
    Members,
    changed,
    close_entry,
    judged,
    opening,
    resigned,
    without_entry,
)
from tests.verify.judging import found, index_of, named

pytestmark = pytest.mark.attacks


def test_what_is_honest_is_sound(vaart: Evidence) -> None:
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    realised = totals(verdict.figures)["realised"]
    assert realised == {"A": 1, "A-unlocked": 1, "B": 1, "C": 1, "D": 1}
    assert totals(verdict.figures)["disputed"] == 1


def test_on_several_processes_the_verdict_is_the_same(vaart: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """And they end, whatever handler for being ended they were started with."""
    path, policy = vaart.bundle(), vaart.policy()
    alone = judged(path, policy)
    monkeypatch.setattr(checking, "WORTH_IT", 1)
    monkeypatch.setattr(checking, "LINES", 5)
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        assert judged(path, policy, jobs=3) == alone
        torn = changed(path, lambda members: members["openings.jsonl"].append({"i": "none"}))
        assert judged(torn, policy, jobs=3).status is Status.UNREADABLE
    finally:
        signal.signal(signal.SIGTERM, before)


# --- the log ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("P18")
@pytest.mark.parametrize("type", ["attestation", "dispute", "confirmation"])
def test_omission_of_an_entry(vaart: Evidence, type: str) -> None:
    """The organisation leaves it out and signs the rest anew: what records and witness saw is another log."""

    def omit(members: Members) -> None:
        without_entry(members, index_of(members, type))
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle(), omit), vaart.policy()), "root")


def test_omission_before_anybody_saw_it_shows_when_somebody_did(vaart: Evidence) -> None:
    """Even without a witness: every talk names the root that its device knew."""

    def omit(members: Members) -> None:
        without_entry(members, index_of(members, "dispute"))
        members["checkpoints.jsonl"] = []
        resigned(members, vaart.key)

    policy = vaart.policy(witnesses=[], require={"independent": True, "external_time": False})
    verdict = judged(changed(vaart.bundle(), omit), policy)
    found(verdict)
    assert {"seen-other", "seen-later"} & set(verdict.counts)


def test_omission_of_the_newest_that_an_inspector_has_seen(vaart: Evidence) -> None:
    """The last entries can be left out unseen by those who were not shown them; not by whoever was here before."""
    seen = vaart.verdict(vaart.bundle("first.zip"))
    state = {"size": seen.facts["size"], "root": seen.facts["root"]}
    vaart.hold("D")

    def omit(members: Members) -> None:
        without_entry(members, index_of(members, "withdrawal"))
        month = members["report.json"]["months"][0]
        month["withdrawn"] -= 1
        month["realised"]["B"] += 1
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle(), omit), vaart.policy(state=state)), "state-other")


def test_deletion_of_what_opens_an_entry(vaart: Evidence) -> None:
    def delete(members: Members) -> None:
        close_entry(members, index_of(members, "withdrawal"))

    found(judged(changed(vaart.bundle(), delete), vaart.policy()), "closed")


@pytest.mark.promise("P18")
def test_deletion_of_a_talk_is_counted_and_named(vaart: Evidence) -> None:
    _, index = vaart.hold("D")

    def delete(members: Members) -> None:
        close_entry(members, index)

    verdict = judged(changed(vaart.bundle(), delete), vaart.policy())
    named(verdict, "withheld")
    # The report still counts it.
    found(verdict, "report")


def test_re_ordering(vaart: Evidence) -> None:
    def swap(members: Members) -> None:
        log, first = members["log.jsonl"], index_of(members, "attestation")
        log[first], log[first + 1] = log[first + 1], log[first]
        one, other = opening(members, first), opening(members, first + 1)
        one["i"], other["i"] = other["i"], one["i"]
        members["openings.jsonl"].sort(key=lambda line: line["i"])
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle(), swap), vaart.policy()), "root")


def test_editing_what_is_opened(vaart: Evidence) -> None:
    def edit(members: Members) -> None:
        opening(members, index_of(members, "attestation"))["rec"]["who"] = "parent"

    found(judged(changed(vaart.bundle(), edit), vaart.policy()), "commitment")


@pytest.mark.promise("P18")
def test_editing_with_the_entry_made_to_fit(vaart: Evidence) -> None:
    """Who has the salts and the log's key can make entry and head fit, and neither signature nor witness."""

    def edit(members: Members) -> None:
        index = index_of(members, "dispute")
        one = opening(members, index)
        one["rec"]["says"] = {"talked": "yes", "alone": "yes"}
        one["rec"]["why"] = None
        content = leaves.content(one["rec"], one["sigs"])
        leaf = members["log.jsonl"][index]
        leaf["type"], leaf["c"] = "confirmation", b64(leaves.commitment(unb64(one["salt"]), content))
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle(), edit), vaart.policy()), "signature", "root")


def test_back_dating_an_entry(vaart: Evidence) -> None:
    """The server enters a talk today with the time of last week."""

    def back(members: Members) -> None:
        index = index_of(members, "notheld")
        members["log.jsonl"][index]["at"] = time_text(vaart.now - timedelta(days=5))
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle(), back), vaart.policy()), "order")


@pytest.mark.promise("P18")
def test_back_dating_a_talk(vaart: Evidence) -> None:
    """A professional records today a talk of two weeks ago: it is called late, and its checkpoint is today's."""
    start = vaart.now - timedelta(days=4)
    talk = vaart.talk(start=time_text(start), end=time_text(start + timedelta(minutes=30)))
    vaart.enter(talk)
    verdict = vaart.verdict()
    named(verdict, "late")
    assert totals(verdict.figures)["late"] == 1


def test_back_dating_by_a_clock_that_is_behind(vaart: Evidence) -> None:
    """The server's clock claims an earlier day than the witness signed on: the time is its word, and that is said."""
    talk = vaart.talk()
    vaart.enter(talk)
    vaart.later(days=3)
    verdict = vaart.verdict()
    named(verdict, "slow")


def test_post_dating(vaart: Evidence) -> None:
    start = vaart.now + timedelta(days=2)
    talk = vaart.talk(start=time_text(start), end=time_text(start + timedelta(minutes=30)))
    vaart.enter(talk)
    found(vaart.verdict(), "future")


def test_an_entry_later_than_the_witness_saw_it(vaart: Evidence) -> None:
    """Somebody outside saw the entry before it claims to have been made: named, and no time rests on the claim."""
    vaart.enter(vaart.talk(), at=vaart.now + timedelta(hours=2))
    verdict = vaart.verdict()
    named(verdict, "ahead-of-outside")
    assert verdict.status is Status.SOUND, verdict.findings


def test_post_dating_the_entry_with_the_talk(vaart: Evidence) -> None:
    """The server claims next Friday for what is recorded today, so that the talk has begun by its account."""
    start = vaart.now + timedelta(days=2)
    talk = vaart.talk(start=time_text(start), end=time_text(start + timedelta(minutes=30)))
    index = vaart.enter(talk, at=start + timedelta(hours=1))
    verdict = vaart.verdict()
    found(verdict, "future")
    assert index in {one.index for one in verdict.findings if one.code == "ahead-of-outside"}


def test_post_dating_a_revocation(vaart: Evidence) -> None:
    """A key that was revoked today is to count until Friday, for whoever goes on signing with it."""
    revoked = leaves.statement("log-revocation", vaart.org, vaart.now, key=vaart.sam.signing.id)
    vaart.state(revoked, "revocation", at=vaart.now + timedelta(days=2))
    vaart.sign()
    vaart.later(days=1)
    vaart.enter(vaart.talk())
    found(vaart.verdict(), "revoked")


def test_post_dating_a_talk_out_of_the_period(vaart: Evidence) -> None:
    """A closed talk about another month claims to have been entered after the period as well: it is named."""
    index = vaart.enter(vaart.talk(), about=TO + timedelta(days=9), at=vaart.now + timedelta(days=40))
    path = changed(vaart.bundle(), lambda members: close_entry(members, index))
    verdict = judged(path, vaart.policy())
    assert ("withheld", index) in {(one.code, one.index) for one in verdict.findings}
    without = judged(path, vaart.policy(witnesses=[], require={"independent": True, "external_time": False}))
    assert "withheld" not in without.counts


def test_a_split_view_under_one_key(vaart: Evidence) -> None:
    def split(members: Members) -> None:
        head, _ = notes.parse_checkpoint(members["checkpoints.jsonl"][2]["note"])
        other = notes.Head(head.origin, head.size, bytes(32))
        line = vaart.key.signer(vaart.log.id).sign(other.text())
        members["checkpoints.jsonl"].insert(3, {"note": notes.Note(other.text(), (line,)).write(), "timestamps": []})

    found(judged(changed(vaart.bundle(), split), vaart.policy()), "split", "root")


def test_a_split_view_shown_to_one_professional(vaart: Evidence) -> None:
    """The desk was shown another log when the talk was signed."""
    talk = vaart.talk(nb={"size": 3, "root": b64(bytes(32))})
    vaart.enter(talk)
    found(vaart.verdict(), "seen-other")


def test_a_split_view_between_two_visits(vaart: Evidence) -> None:
    state = {"size": 12, "root": b64(bytes(32))}
    found(vaart.verdict(state=state), "state-other")


def test_a_wrong_log_key(vaart: Evidence, tmp_path: Path) -> None:
    other = LogKey.create(tmp_path / "other.key")

    def forge(members: Members) -> None:
        members["checkpoints.jsonl"] = []
        resigned(members, other)

    found(judged(changed(vaart.bundle(), forge), vaart.policy()), "checkpoint-signature")


def test_truncation_since_the_last_visit(vaart: Evidence) -> None:
    whole = vaart.verdict()
    state = {"size": whole.facts["size"], "root": whole.facts["root"]}

    def cut(members: Members) -> None:
        last = len(members["log.jsonl"]) - 1
        close_entry(members, last)
        del members["log.jsonl"][last]
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle("again.zip"), cut), vaart.policy(state=state)), "state-short")


def test_truncation_below_what_a_record_has_seen(vaart: Evidence) -> None:
    talk = vaart.talk(nb={"size": 400, "root": b64(bytes(32))})
    vaart.enter(talk)
    found(vaart.verdict(), "seen-later")


def test_truncation_below_a_signed_checkpoint(vaart: Evidence) -> None:
    def cut(members: Members) -> None:
        last = len(members["log.jsonl"]) - 1
        close_entry(members, last)
        del members["log.jsonl"][last]

    found(judged(changed(vaart.bundle(), cut), vaart.policy()), "short", "manifest")


def test_truncation_of_the_file(vaart: Evidence) -> None:
    path = vaart.bundle()
    path.write_bytes(path.read_bytes()[:-200])
    assert judged(path, vaart.policy()).status is Status.UNREADABLE


def test_unilateral_erasure(vaart: Evidence) -> None:
    """A professional and the organisation destroy a disputed talk; nobody independent has signed."""
    bundle = evidence.read(vaart.bundle())
    index = index_of(bundle, "dispute")
    erase(vaart, index, by=vaart.sam)

    def destroy(members: Members) -> None:
        close_entry(members, index)

    found(judged(changed(vaart.bundle("after.zip"), destroy), vaart.policy()), "erasure-alone", "closed")


def test_an_erasure_by_the_rules_is_named_and_fails_nothing(vaart: Evidence) -> None:
    """What an independent key has countersigned may be gone; the talk's other records go with it."""
    _, index = vaart.hold("D")
    erase(vaart, index, by=vaart.jo)
    vaart.store.write_sync(
        lambda tx: tx.connection.execute("delete from log_openings where idx = ?", (index,)).rowcount
    )
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    named(verdict, "erased")


def erase(vaart: Evidence, index: int, *, by: Adult) -> None:
    leaf = vaart.store.one(lambda r: r.log_leaf(index))
    assert leaf is not None
    rec = leaves.statement(
        "log-erasure", vaart.org, vaart.now, index=index, leaf=b64(leaf.hash()), reason="request of the child"
    )
    mine = by.signing.sign_record(rec)
    vaart.state(rec, "erasure", sigs=[{"by": mine.by, "sig": mine.sig}])


def test_a_withheld_revocation(vaart: Evidence) -> None:
    index = vaart.revoke(vaart.iris.signing.id)

    def withhold(members: Members) -> None:
        close_entry(members, index)

    found(judged(changed(vaart.bundle(), withhold), vaart.policy()), "closed")


@pytest.mark.promise("P18")
def test_a_withheld_dispute(vaart: Evidence) -> None:
    """With the report made to fit, so that nothing else gives it away."""

    def withhold(members: Members) -> None:
        close_entry(members, index_of(members, "dispute"))
        month = members["report.json"]["months"][0]
        month["disputed"] -= 1
        month["realised"]["D"] += 1

    found(judged(changed(vaart.bundle(), withhold), vaart.policy()), "closed")


def test_a_dispute_withheld_because_it_is_about_another_month(vaart: Evidence) -> None:
    """Talk in October, its no in October; corrected into November, the month of the bundle."""
    early = Evidence(vaart.folder / "october", now=evidence.START - timedelta(days=14)).populate()
    try:
        talk, first = early.hold("disputed")
        no = early.store.one(lambda r: r.log_size()) - 1
        early.later(days=14)
        hashed = talks.hash_of(talk.record)
        moved = early.talk(first=hashed, prev=hashed)
        early.enter(moved)
        verdict = early.verdict()
        assert verdict.status is Status.SOUND, verdict.findings
        assert totals(verdict.figures)["disputed"] == 1

        def withhold(members: Members) -> None:
            close_entry(members, no)
            month = members["report.json"]["months"][0]
            month["disputed"] -= 1
            month["realised"]["D"] += 1

        found(judged(changed(early.bundle("again.zip"), withhold), early.policy()), "closed")
        assert first < no
    finally:
        early.close()


def test_a_dispute_under_the_name_of_something_that_stays_closed(vaart: Evidence) -> None:
    """Opened, it shows. Closed, it shows to the phone alone, whose receipt names the type (docs/verify.md)."""
    talk, _ = vaart.hold("D")
    vaart.enter(vaart.say(talk, "no", "no", way="later"), "confirmation")
    found(vaart.verdict(), "type")


def test_an_invented_log_with_its_own_policy(vaart: Evidence, tmp_path: Path) -> None:
    """All of it fits itself, and under the policy that came with it. Under the inspector's own, nothing does."""
    invented = Evidence(tmp_path / "invented").populate().a_month()
    try:
        path = invented.bundle()
        assert judged(path, invented.policy()).status is Status.SOUND
        found(judged(path, vaart.policy()), "policy-org", "policy-log", "log-key-unconfirmed")
    finally:
        invented.close()


def test_a_policy_inside_the_bundle_is_not_read(vaart: Evidence) -> None:
    def slip_in(members: Members) -> None:
        members["policy.json"] = vaart.policy_json()

    verdict = judged(changed(vaart.bundle(), slip_in))
    assert (verdict.status, verdict.reason) == (Status.UNREADABLE, "members")


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_device_enrolled_by_the_professional_alone(vaart: Evidence) -> None:
    vaart.revoke(vaart.noor.signing.id)
    vaart.noor = vaart.phone()
    vaart.vouch(vaart.noor, vaart.noor_subj, [vaart.sam])
    vaart.hold("A")
    verdict = vaart.verdict()
    named(verdict, "weak")
    assert totals(verdict.figures)["weak"] == 1


def test_a_device_vouched_for_by_a_colleague_who_is_not_around_the_child(vaart: Evidence) -> None:
    """Iris reads no message of Noor: her word beside Sam's makes the phone no stronger."""
    vaart.revoke(vaart.noor.signing.id)
    vaart.noor = vaart.phone()
    vaart.vouch(vaart.noor, vaart.noor_subj, [vaart.sam, vaart.iris])
    vaart.hold("B")
    named(vaart.verdict(), "weak")


def test_a_self_introduced_professional(vaart: Evidence) -> None:
    nobody = Adult.create(vaart.org, "Nobody", "worker", at=vaart.now)
    vaart.enter(nobody.signed())
    vaart.hold("D", by=nobody)
    found(vaart.verdict(), "not-introduced")


def test_two_who_introduce_each_other_and_nobody_else_does(vaart: Evidence) -> None:
    one, other = (Adult.create(vaart.org, name, "worker", at=vaart.now) for name in ("One", "Other"))
    for adult in (one, other):
        vaart.enter(adult.signed())
    vaart.introduce(one, other)
    vaart.introduce(other, one)
    vaart.hold("D", by=one)
    found(vaart.verdict(), "not-introduced")


def test_an_unknown_key_of_a_professional(vaart: Evidence) -> None:
    stranger = Adult.create(vaart.org, "Stranger", "worker", at=vaart.now)
    vaart.hold("D", by=stranger)
    found(vaart.verdict(), "key-unknown")


def test_an_unknown_key_of_a_phone_confirms_nothing(vaart: Evidence) -> None:
    """A yes by a key that nobody vouched for leaves the talk at D; a report that says B is found out."""
    talk = vaart.talk()
    vaart.enter(talk)
    stranger = vaart.phone()
    vaart.enter(stranger.say_of(talk.record, "yes", "yes", at=vaart.now))
    path = vaart.bundle()
    verdict = judged(path, vaart.policy())
    named(verdict, "phone-unvouched")
    assert totals(verdict.figures)["realised"]["D"] == 2

    def claim(members: Members) -> None:
        month = members["report.json"]["months"][0]
        month["realised"]["D"] -= 1
        month["realised"]["B"] += 1

    found(judged(changed(path, claim), vaart.policy()), "report")


def test_another_childs_phone(vaart: Evidence) -> None:
    """Noor's phone says yes of a talk with Daan."""
    talk, _ = vaart.hold("D", subj=vaart.daan_subj)
    vaart.enter(vaart.say(talk))
    found(vaart.verdict(), "other-child")


def test_a_talk_that_names_another_childs_phone(vaart: Evidence) -> None:
    vaart.enter(vaart.talk(subj=vaart.daan_subj, phone=vaart.noor))
    found(vaart.verdict(), "other-child")


def test_a_professional_answers_for_a_child(vaart: Evidence) -> None:
    """An answer "by the phone" that a professional's key signed."""
    talk, _ = vaart.hold("D")
    said = {
        "talk": talks.hash_of(talk.record), "way": "later", "says": {"talked": "yes", "alone": "yes"}, "why": None,
        "prev": None, "code": None, "at": time_text(vaart.now),
    }  # fmt: skip
    vaart.enter(vaart.sam.about_talk("answer", vaart.noor_subj, **said))
    verdict = vaart.verdict()
    named(verdict, "phone-unvouched")
    assert totals(verdict.figures)["realised"]["B"] == 1


def test_a_talk_in_somebody_elses_name(vaart: Evidence) -> None:
    record = vaart.talk().record | {"by": vaart.iris.person}
    vaart.enter(Signed(record, (vaart.sam.signing.sign_record(record),)))
    found(vaart.verdict(), "other-person")


def test_a_revoked_key_of_a_phone(vaart: Evidence) -> None:
    talk, _ = vaart.hold("D")
    vaart.revoke(vaart.noor.signing.id)
    vaart.later(minutes=5)
    vaart.enter(vaart.say(talk))
    found(vaart.verdict(), "revoked")


def test_a_revoked_key_of_a_professional(vaart: Evidence) -> None:
    vaart.revoke(vaart.sam.signing.id)
    vaart.later(hours=2)
    vaart.hold("D")
    found(vaart.verdict(), "revoked")


def test_what_a_revoked_key_signed_before_is_named(vaart: Evidence) -> None:
    """A phone that was off-line for days hands in the talk of a professional who has left since."""
    talk = vaart.talk()
    vaart.later(hours=2)
    vaart.revoke(vaart.sam.signing.id)
    vaart.enter(talk)
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    named(verdict, "revoked-since")


# --- records ----------------------------------------------------------------------------------------------------------


def test_replay_of_a_record(vaart: Evidence) -> None:
    talk, _ = vaart.hold("D")
    vaart.enter(talk)
    found(vaart.verdict(), "replayed")


def test_replay_from_another_log(vaart: Evidence) -> None:
    vaart.enter(vaart.talk(log=random_id()))
    found(vaart.verdict(), "other-log")


def test_replay_from_another_organisation(vaart: Evidence) -> None:
    record = vaart.talk().record | {"org": random_id()}
    vaart.enter(Signed(record, (vaart.sam.signing.sign_record(record),)))
    found(vaart.verdict(), "other-org")


def test_a_yes_to_another_talk_confirms_nothing(vaart: Evidence) -> None:
    """An answer names the talk it is about: it cannot be laid under a second one."""
    first, _ = vaart.hold("B")
    second, _ = vaart.hold("D")
    yes = vaart.say(first, way="later")
    moved = yes.record | {"talk": talks.hash_of(second.record)}
    vaart.enter(Signed(moved, yes.sigs))
    found(vaart.verdict(), "signature")


def test_a_record_that_hangs_on_nothing(vaart: Evidence) -> None:
    talk = vaart.talk()
    vaart.enter(vaart.say(talk, "no", "no", way="later"))
    found(vaart.verdict(), "orphan")
