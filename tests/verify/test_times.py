"""Time stamps of an authority that the policy trusts, against the times that the log claims."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kindstem import notes
from kindstem.verify import Status
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


def test_time_that_goes_back_as_the_log_grows(vaart: Evidence) -> None:
    authority = Authority(lambda: vaart.now)
    stamped(vaart, authority)
    vaart.hold("D")
    authority.clock = lambda: vaart.now - timedelta(days=9)
    stamped(vaart, authority)
    verdict = judged(vaart.bundle(), only(vaart, authority))
    assert {"time-back", "ahead-of-outside"} <= set(verdict.counts)
