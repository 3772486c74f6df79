"""Attacks on who stands around a child, on what is counted, on samples, restores and requests."""

from datetime import timedelta
from pathlib import Path

import pytest

from kindstem import inspection, leaves, talks
from kindstem import log as log_room
from kindstem.errors import BadRecord
from kindstem.sealing import Adult
from kindstem.signing import random_id
from kindstem.verify import Status, Verdict
from kindstem.verify.figures import totals
from kindstem.wire import Signed, b64, time_text
from kindstem.words import Words
from tests.evidence import (
    FROM,
    START,
    Evidence,
    Members,
    changed,
    close_entry,
    judged,
    resigned,
    without_entry,
)
from tests.verify.judging import found, index_of, named

pytestmark = pytest.mark.attacks


# --- who stands around the child --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("circle", "role"), [("worker", "second"), ("confidant", "confidant")])
def test_a_substituted_reader_whom_nobody_introduced(vaart: Evidence, circle: str, role: str) -> None:
    """The server puts somebody of its own in Vera's place, or in Jo's."""
    slipped = Adult.create(vaart.org, "Vera", role, at=vaart.now)  # type: ignore[arg-type]
    vaart.enter(slipped.signed())
    readers = [(slipped, role)] if circle == "confidant" else [(vaart.sam, "worker"), (slipped, role)]
    vaart.readers(vaart.noor_subj, readers, circle=circle)  # type: ignore[arg-type]
    found(vaart.verdict(), "readers-unknown")


@pytest.mark.parametrize("name", ["vera", "jo"])
def test_a_substituted_reader_under_the_same_name_and_number(vaart: Evidence, name: str) -> None:
    """A colluding professional introduces a second set of keys for somebody who has keys."""
    real: Adult = getattr(vaart, name)
    slipped = Adult.create(vaart.org, real.record["name"], real.record["role"], at=vaart.now, person=real.person)
    vaart.enter(slipped.signed())
    vaart.introduce(vaart.sam, slipped)
    found(vaart.verdict(), "person-twice")


def test_a_substituted_successor(vaart: Evidence) -> None:
    """The new jeugdbeschermer on the list is nobody that anybody met."""
    vaart.readers(vaart.noor_subj, [(random_id(), "worker"), (vaart.vera, "second")])
    found(vaart.verdict(), "readers-unknown")


def test_a_list_of_readers_left_out(vaart: Evidence) -> None:
    vaart.numbers[vaart.noor_subj, "worker"] += 1
    vaart.readers(vaart.noor_subj, [(vaart.iris, "worker"), (vaart.vera, "second")])
    found(vaart.verdict(), "readers-gap")


def test_a_child_with_one_reader(vaart: Evidence) -> None:
    vaart.readers(vaart.noor_subj, [(vaart.sam, "worker")])
    found(vaart.verdict(), "readers-few")


def test_somebody_in_two_circles_of_one_child(vaart: Evidence) -> None:
    vaart.readers(vaart.noor_subj, [(vaart.sam, "oncall")], circle="oncall")
    found(vaart.verdict(), "readers-both")


# --- what is named ----------------------------------------------------------------------------------------------------


def test_a_talk_over_a_disputed_one(vaart: Evidence) -> None:
    talk, _ = vaart.hold("disputed")
    again = vaart.talk(start=talk.record["start"], end=talk.record["end"])
    vaart.enter(again)
    named(vaart.verdict(), "overlap-disputed")


def test_two_places_at_once(vaart: Evidence) -> None:
    vaart.enter(vaart.talk())
    vaart.enter(vaart.talk(subj=vaart.daan_subj))
    named(vaart.verdict(), "overlap")


def test_siblings_at_once_are_no_overlap_and_no_contact(vaart: Evidence) -> None:
    vaart.enter(vaart.talk(who="siblings"))
    vaart.enter(vaart.talk(subj=vaart.daan_subj, who="siblings"))
    verdict = vaart.verdict()
    assert "overlap" not in verdict.counts
    assert totals(verdict.figures)["others"] == {"face.siblings.planned": 2}


def test_a_day_that_nobody_can_have_had(vaart: Evidence) -> None:
    for _ in range(13):
        vaart.later(minutes=45)
        vaart.enter(vaart.talk())
    named(vaart.verdict(), "implausible")


def test_a_second_correction_of_one_record(vaart: Evidence) -> None:
    talk, _ = vaart.hold("B")
    hashed = talks.hash_of(talk.record)
    for place in ("office", "home"):
        same = {"start": talk.record["start"], "end": talk.record["end"]}
        vaart.enter(vaart.talk(first=hashed, prev=hashed, place=place, **same))
    named(vaart.verdict(), "second")


@pytest.mark.promise("P18")
def test_a_correction_falls_back_to_d_and_keeps_its_dispute(vaart: Evidence) -> None:
    before = totals(vaart.verdict().figures)
    for level in ("B", "disputed"):
        talk, _ = vaart.hold(level)
        hashed = talks.hash_of(talk.record)
        same = {"start": talk.record["start"], "end": talk.record["end"]}
        vaart.enter(vaart.talk(first=hashed, prev=hashed, place="office", **same))
    after = totals(vaart.verdict(vaart.bundle("after.zip")).figures)
    assert after["realised"]["D"] == before["realised"]["D"] + 1
    assert after["disputed"] == before["disputed"] + 1


# --- what is not caught -----------------------------------------------------------------------------------------------


def test_a_phantom_child_with_a_colluding_introducer_is_not_caught(vaart: Evidence) -> None:
    """Sam and Vera invent a child and a phone and sign for both: the verdict is sound (docs/verify.md says so).

    Found by sampling: an inspector who compares the safety number on the child's own phone finds no child.
    """
    phantom = random_id()
    vaart.readers(phantom, [(vaart.sam, "worker"), (vaart.vera, "second")])
    phone = vaart.phone()
    vaart.vouch(phone, phantom, [vaart.sam, vaart.vera])
    talk = vaart.talk(subj=phantom, phone=phone)
    vaart.enter(talk)
    vaart.enter(phone.say_of(talk.record, "yes", "yes", at=vaart.now))
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert totals(verdict.figures)["realised"]["B"] == 2
    page = (Path(__file__).resolve().parents[2] / "docs/verify.md").read_text("utf-8")
    assert "phantom child" in page


# --- sampling ---------------------------------------------------------------------------------------------------------


def sampled(vaart: Evidence, by: Adult, talk: Signed, *, key: Adult | None = None) -> int:
    """A result of sampling, entered past the server's own checks."""
    signer = key or by
    record = {
        "t": "sample", "v": 1, "org": vaart.org, "id": random_id(), "talk": talks.hash_of(talk.record),
        "by": by.person, "key": signer.signing.id, "found": "yes", "at": time_text(vaart.now),
    }  # fmt: skip
    return vaart.enter(Signed(record, (signer.signing.sign_record(record),)))


def test_a_sample_signed_by_whoever_held_the_talk(vaart: Evidence) -> None:
    talk, _ = vaart.hold("D")
    sampled(vaart, vaart.jo, talk)
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert totals(verdict.figures)["samples"] == {"yes": 1}
    sampled(vaart, vaart.sam, talk)
    found(vaart.verdict(vaart.bundle("self.zip")), "sampled-self")


def test_a_sample_in_somebody_elses_name(vaart: Evidence) -> None:
    talk, _ = vaart.hold("D")
    sampled(vaart, vaart.jo, talk, key=vaart.sam)
    found(vaart.verdict(), "unsigned")


def test_a_sample_of_a_talk_that_is_not_in_the_log(vaart: Evidence) -> None:
    sampled(vaart, vaart.jo, vaart.talk())
    found(vaart.verdict(), "orphan")


# --- a restore that was forced ----------------------------------------------------------------------------------------


def restarted(vaart: Evidence) -> None:
    """The log is begun anew, for a reason that the organisation gives."""
    log_room.restart(vaart.store, vaart.config, "restored", now=vaart.now, anyway=True)
    vaart.log = log_room.Log.open(vaart.store, vaart.config, now=vaart.now)


def test_a_forced_restore_takes_no_back_dated_talk_in_as_in_time(vaart: Evidence) -> None:
    """After a restart somebody signs a talk of last week, with a state of the old log: late, and named."""
    old, nb = vaart.log.id, vaart.head()
    restarted(vaart)
    vaart.later(minutes=1)
    start = vaart.now - timedelta(days=4, minutes=50)
    talk = vaart.talk(start=time_text(start), end=time_text(start + timedelta(minutes=30)), log=old, nb=nb)
    index = vaart.enter(talk)
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert {"late", "again"} <= {one.code for one in verdict.findings if one.index == index}
    assert next(dict(one.facts)["again"] for one in verdict.findings if one.code == "restarted") == 1


def test_a_forced_restore_takes_nothing_over_as_in_time(vaart: Evidence) -> None:
    """Put in with what the new log takes over, a back-dated talk would have lost its mark; so nothing is without."""
    start = vaart.now - timedelta(days=4, minutes=50)
    vaart.enter(vaart.talk(start=time_text(start), end=time_text(start + timedelta(minutes=30))))
    vaart.later(days=2)
    restarted(vaart)
    verdict = vaart.verdict()
    talks_of_old = sum(one.code == "late" for one in verdict.findings)
    assert talks_of_old == totals(verdict.figures)["late"] == verdict.checked["chains"]


def test_a_talk_shows_that_the_old_log_was_longer_than_is_said(vaart: Evidence) -> None:
    """Database and checkpoints were both put back: a device knew more of the old log."""
    old = vaart.log.id
    restarted(vaart)
    vaart.later(minutes=1)
    vaart.enter(vaart.talk(log=old, nb={"size": 9_000, "root": b64(bytes(32))}))
    named(vaart.verdict(), "longer")


def test_a_talk_of_the_old_log_that_saw_another_root_than_its_last(vaart: Evidence) -> None:
    old = vaart.log.id
    vaart.sign()
    size = vaart.head()["size"]
    restarted(vaart)
    vaart.later(minutes=1)
    vaart.enter(vaart.talk(log=old, nb={"size": size, "root": b64(bytes(32))}))
    found(vaart.verdict(), "seen-other")


# --- requests to talk alone -------------------------------------------------------------------------------------------


@pytest.fixture
def wanted(vaart: Evidence) -> tuple[Evidence, Signed, int]:
    """Noor asked for Sam, and nothing has come of it yet."""
    request = vaart.noor.ask_to_talk(vaart.noor_subj, vaart.sam.person, at=vaart.now)
    index = vaart.enter(request)
    vaart.sign()
    vaart.later(hours=2)
    return vaart, request, index


def requests(verdict: Verdict) -> dict[str, int]:
    return {**totals(verdict.figures)["requests"], "waiting": verdict.figures["waiting"]}


def test_an_open_request_is_counted(wanted: tuple[Evidence, Signed, int]) -> None:
    verdict = wanted[0].verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert requests(verdict) == {"made": 1, "talk": 0, "child": 0, "open": 1, "waiting": 1}


def test_the_talk_that_was_asked_for_closes_it_and_the_child_can_too(wanted: tuple[Evidence, Signed, int]) -> None:
    vaart, _, _ = wanted
    vaart.hold("B")
    held = vaart.verdict(vaart.bundle("held.zip"))
    assert requests(held) == {"made": 1, "talk": 1, "child": 0, "open": 0, "waiting": 0}
    again = vaart.noor.ask_to_talk(vaart.noor_subj, None, "confidant", at=vaart.now)
    vaart.enter(again)
    vaart.enter(vaart.noor.take_back(again.record, at=vaart.now))
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert requests(verdict) == {"made": 2, "talk": 1, "child": 1, "open": 0, "waiting": 0}


@pytest.mark.parametrize("type", ["request", "request-end"])
def test_a_withheld_request(wanted: tuple[Evidence, Signed, int], type: str) -> None:
    """Whoever has a target would rather not show who waits, nor that a child gave up."""
    vaart, request, _ = wanted
    vaart.enter(vaart.noor.take_back(request.record, at=vaart.now))
    hidden = changed(vaart.bundle(), lambda members: close_entry(members, index_of(members, type)))
    found(judged(hidden, vaart.policy()), "closed")


def test_a_request_that_the_professional_takes_away(wanted: tuple[Evidence, Signed, int]) -> None:
    """Neither in kindmodus, where the professional holds the key, nor in the child's name."""
    vaart, request, _ = wanted
    index = vaart.enter(vaart.sam.end_request(request.record, vaart.now))
    forged = vaart.noor.take_back(request.record, at=vaart.now).record
    vaart.enter(Signed(forged, (vaart.sam.signing.sign_record(forged),)))
    verdict = vaart.verdict()
    found(verdict, "end-not-child", "unsigned")
    assert [one.index for one in verdict.findings if one.code == "end-not-child"] == [index]
    assert requests(verdict)["open"] == 1


def test_a_request_closed_by_a_talk_that_the_child_disputes(wanted: tuple[Evidence, Signed, int]) -> None:
    """It is open; and a report that says otherwise, or a dispute that is left closed, is found."""
    vaart, _, _ = wanted
    talk, _ = vaart.hold("D")
    vaart.later(minutes=20)
    no = vaart.enter(vaart.say(talk, "no", "no", way="later"))
    honest = vaart.bundle()
    assert requests(judged(honest, vaart.policy())) == {"made": 1, "talk": 0, "child": 0, "open": 1, "waiting": 1}

    def claim(members: Members) -> None:
        month = members["report.json"]["months"][0]["requests"]
        month["talk"], month["open"], members["report.json"]["waiting"] = 1, 0, 0

    found(judged(changed(honest, claim), vaart.policy()), "report")
    found(judged(changed(honest, lambda members: close_entry(members, no)), vaart.policy()), "closed")


def test_a_request_closed_by_a_talk_with_somebody_else(wanted: tuple[Evidence, Signed, int]) -> None:
    vaart, _, _ = wanted
    vaart.enter(vaart.talk(vaart.vera))
    assert requests(vaart.verdict())["open"] == 1


def test_an_older_request_that_still_waits_is_opened_and_one_that_is_not_is_named(
    wanted: tuple[Evidence, Signed, int],
) -> None:
    """An organisation can leave an old one closed as if it were done: what the last bundle showed open tells."""
    vaart, request, index = wanted
    vaart.later(days=40)
    since, until = vaart.now.date() - timedelta(days=3), vaart.now.date()
    bundle = vaart.bundle("next.zip", since, until)
    honest = judged(bundle, vaart.policy())
    assert honest.status is Status.SOUND, honest.findings
    assert requests(honest) == {"made": 0, "talk": 0, "child": 0, "open": 0, "waiting": 1}

    def hide(members: Members) -> None:
        close_entry(members, index)
        members["report.json"]["waiting"] = 0

    hidden = judged(changed(bundle, hide), vaart.policy())
    named(hidden, "request-older")
    vaart.enter(vaart.noor.take_back(request.record, at=vaart.now))
    vaart.later(days=10)
    later = vaart.verdict(vaart.bundle("later.zip", vaart.now.date() - timedelta(days=3), vaart.now.date()))
    assert later.status is Status.SOUND, later.findings
    assert (later.counts["request-older"], requests(later)["waiting"]) == (2, 0)


def test_a_request_of_a_phone_that_nobody_vouched_for_is_heard(vaart: Evidence) -> None:
    stranger = vaart.phone()
    request = stranger.ask_to_talk(vaart.daan_subj, vaart.sam.person, at=vaart.now)
    vaart.enter(request)
    vaart.enter(stranger.take_back(request.record, at=vaart.now))
    verdict = vaart.verdict()
    named(verdict, "request-unknown")
    named(verdict, "end-unvouched")
    assert requests(verdict)["open"] == 1


# --- the denominator --------------------------------------------------------------------------------------------------


def months(verdict: Verdict) -> list[tuple[int, int]]:
    return [(one["children"], one["children-taken-out"]) for one in verdict.figures["months"]]


def test_children_are_counted_as_the_organisation_stated_them(vaart: Evidence) -> None:
    vaart.charged(random_id(), "2026-10-01", measure=random_id(), value="ots")
    verdict = vaart.verdict()
    assert months(verdict) == [(3, 0)]
    said = list(inspection.shown(verdict, Words("en")))
    place = said.index("Children under a measure, by the organisation's own statement (denominator):")
    assert said[place + 1].strip() == "2026-11: 3"


@pytest.mark.promise("P18")
def test_a_denominator_shrunk_afterwards_by_leaving_an_entry_closed(vaart: Evidence) -> None:
    def shrink(members: Members) -> None:
        close_entry(members, index_of(members, "roster"))
        members["report.json"]["months"][0]["children"] -= 1

    found(judged(changed(vaart.bundle(), shrink), vaart.policy()), "closed")


@pytest.mark.promise("P18")
def test_a_denominator_shrunk_afterwards_by_leaving_an_entry_out(vaart: Evidence) -> None:
    def shrink(members: Members) -> None:
        without_entry(members, index_of(members, "roster"))
        members["report.json"]["months"][0]["children"] -= 1
        resigned(members, vaart.key)

    found(judged(changed(vaart.bundle(), shrink), vaart.policy()), "root")


@pytest.mark.promise("P18")
def test_a_denominator_shrunk_afterwards_in_the_report_alone(vaart: Evidence) -> None:
    def shrink(members: Members) -> None:
        members["report.json"]["months"][0]["children"] -= 1

    found(judged(changed(vaart.bundle(), shrink), vaart.policy()), "report")


@pytest.mark.promise("P18")
def test_a_denominator_shrunk_afterwards_by_an_end_of_long_ago(vaart: Evidence) -> None:
    """It stands as stated, since an end can become known late; it is named, and the month says who was taken out."""
    measure, subj = random_id(), random_id()
    vaart.charged(subj, "2026-09-01", measure=measure, value="ots")
    vaart.later(days=45)
    vaart.charged(subj, "2026-10-20", "ended", measure=measure)
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    named(verdict, "roster-ended")
    assert months(verdict) == [(2, 1)]


def test_an_end_of_what_never_began_or_is_another_childs(vaart: Evidence) -> None:
    vaart.charged(vaart.noor_subj, "2026-11-03", "ended", measure=random_id())
    found(vaart.verdict(), "roster-orphan")


def test_the_end_of_another_childs_measure(vaart: Evidence) -> None:
    vaart.charged(vaart.noor_subj, "2026-11-03", "ended", measure=vaart.daan_subj)
    found(vaart.verdict(), "roster-orphan")


def test_a_measure_that_begins_twice(vaart: Evidence) -> None:
    vaart.charged(vaart.noor_subj, "2026-11-04", measure=vaart.noor_subj, value="ots")
    found(vaart.verdict(), "roster-twice")


def test_a_day_in_the_log_that_is_not_the_measures(vaart: Evidence) -> None:
    about = {"subj": vaart.noor_subj, "what": "worker", "measure": None, "day": "2026-11-03", "value": None}
    vaart.state(leaves.statement("log-roster", vaart.org, vaart.now, **about), "roster", about=FROM)
    found(vaart.verdict(), "about")


@pytest.mark.parametrize(
    "changed_fields",
    [
        *({"subj": None}, {"measure": None}, {"what": "moved"}, {"day": "2026-13-01"}),
        *({"value": "x" * 201}, {"name": "Noor"}),
    ],
)
def test_a_statement_of_the_roster_has_exactly_its_fields(changed_fields: dict[str, str | None]) -> None:
    fields = {"subj": random_id(), "what": "charged", "measure": random_id(), "day": "2026-11-03", "value": "ots"}
    leaves.statement("log-roster", random_id(), START, **fields)
    with pytest.raises(BadRecord):
        leaves.statement("log-roster", random_id(), START, **(fields | changed_fields))
