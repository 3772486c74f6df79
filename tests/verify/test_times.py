"""Time stamps of an authority that the policy trusts, against the times that the log claims."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kindstem import notes
from kindstem.verify import Status
from kindstem.verify.figures import totals
from kindstem.wire import time_text
from tests.authority import Authority
from tests.evidence import Evidence, judged


@pytest.fixture
def vaart(tmp_path: Path) -> Iterator[Evidence]:
    found = Evidence(tmp_path / "vaart").populate()
    found.hold("B")
    yield found
    found.close()


def stamped(vaart: Evidence, authority: Authority) -> None:
    vaart.sign()
    newest = vaart.store.one(lambda r: r.newest_checkpoint())
    assert newest is not None
    text = notes.parse_checkpoint(newest.note)[1].text
    response = authority.stamp(text.encode())
    vaart.store.write_sync(lambda tx: tx.add_timestamp(newest.size, "https://tsa.example", response, vaart.now))


def only(vaart: Evidence, authority: Authority) -> object:
    """A policy without witnesses, that trusts this authority."""
    return vaart.policy(witnesses=[], tsa_roots=[authority.pem()])


def test_a_time_stamp_of_the_policys_authority_is_enough(vaart: Evidence) -> None:
    authority = Authority(lambda: vaart.now)
    vaart.hold("D")
    stamped(vaart, authority)
    verdict = judged(vaart.bundle(), only(vaart, authority))
    assert verdict.status is Status.SOUND, verdict.findings
    assert verdict.checked["timestamps"] == 1


def test_a_time_stamp_by_somebody_else_is_not(vaart: Evidence) -> None:
    stamped(vaart, Authority(lambda: vaart.now))
    verdict = judged(vaart.bundle(), only(vaart, Authority(lambda: vaart.now)))
    assert verdict.status is Status.NOT_SOUND
    assert "timestamp" in verdict.counts


# --- a clock of the organisation that was wrong -----------------------------------------------------------------------


def one_wrong_day(vaart: Evidence, hours: int) -> list[int]:
    """A talk while the server's clock is this far from right, and one after it was put right.

    Both are handed in ten hours after they ended: a server whose clock is behind refuses them earlier.
    """
    entered = []
    for wrong in (hours, 0):
        ended = vaart.now - timedelta(hours=10)
        talk = vaart.talk(start=time_text(ended - timedelta(minutes=30)), end=time_text(ended))
        told = vaart.say(talk, way="later")
        at = vaart.now + timedelta(hours=wrong)
        entered += [vaart.enter(talk, at=at), vaart.enter(told, at=at)]
        vaart.sign()
        vaart.later(hours=1)
    return entered


@pytest.mark.parametrize("hours", [9, -9])
def test_an_honest_clock_that_was_wrong_is_sound_without_outside_times(vaart: Evidence, hours: int) -> None:
    one_wrong_day(vaart, hours)
    alone = vaart.policy(witnesses=[], require={"independent": True, "external_time": False})
    verdict = judged(vaart.bundle(), alone)
    assert not [one for one in verdict.findings if one.grave]
    assert totals(verdict.figures)["realised"]["B"] == 3


def test_with_a_witness_the_entries_of_a_clock_that_ran_ahead_are_named(vaart: Evidence) -> None:
    """Those of the wrong hours, and those that carried on with its time; levels and counts rest on none of them."""
    entered = one_wrong_day(vaart, 9)
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert [one.index for one in verdict.findings if one.code == "ahead-of-outside"] == entered
    assert totals(verdict.figures)["realised"]["B"] == 3
    assert totals(verdict.figures)["late"] == 0


def test_with_a_witness_a_clock_that_ran_behind_is_sound_and_its_times_are_counted(vaart: Evidence) -> None:
    one_wrong_day(vaart, -9)
    verdict = vaart.verdict()
    assert verdict.status is Status.SOUND, verdict.findings
    assert "ahead-of-outside" not in verdict.counts


def test_time_that_goes_back_as_the_log_grows(vaart: Evidence) -> None:
    authority = Authority(lambda: vaart.now)
    stamped(vaart, authority)
    vaart.hold("D")
    authority.clock = lambda: vaart.now - timedelta(days=9)
    stamped(vaart, authority)
    verdict = judged(vaart.bundle(), only(vaart, authority))
    assert {"time-back", "ahead-of-outside"} <= set(verdict.counts)
