"""Each talk has a row, whatever way its records come in; and everything counted from the rows equals a recount."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import recounting, roster, signing, talks
from kindstem.domain import Contact
from kindstem.norms import norm_of
from kindstem.signing import random_id
from kindstem.wire import Signed, time_text
from tests.cast import Phone, Town
from tests.ledger import file_of, line
from tests.web.test_talks import SAME, accepted


def row(town: Town, signed: Signed) -> Contact:
    """The row of the chain that this record begins."""
    found = town.store.read_sync(lambda r: r.contact(talks.hash_of(signed.record)))
    assert found is not None
    return found


def state(town: Town, signed: Signed) -> tuple[str, str]:
    found = row(town, signed)
    return found.state, found.level


def following(town: Town, t: str, first: Signed, prev: Signed | None = None, **changed: Any) -> Signed:
    named = {"first": talks.hash_of(first.record), "prev": talks.hash_of((prev or first).record)}
    if t == "talk":
        return town.sam.keys.about_talk(
            "talk", first.record["subj"], **{name: first.record[name] for name in SAME} | named | changed
        )
    reason = {"reason": "mistake", "at": time_text(town.clock())}
    return town.sam.keys.about_talk("withdrawal", first.record["subj"], **named, **reason)


def recounted(town: Town) -> recounting.Recounted:
    found: recounting.Recounted = town.call(recounting.recount, town.store)
    return found


# --- each way by which a record comes in ------------------------------------------------------------------------------


def test_a_talk_has_its_row_with_its_record(town: Town) -> None:
    talk = town.sam.talk(town.noor, ago=2, minutes=25)
    accepted(town.sam.hand_in(town.noor, talk))
    found = row(town, talk)
    assert (found.child, found.by, found.minutes, found.state, found.level) == (
        *(town.noor.child, town.sam.id, 25, "realised"),
        "D",
    )
    assert (found.day.isoformat(), found.foreseen, found.late) == ("2026-11-18", False, False)


def test_the_child_confirms_and_denies_later(town: Town) -> None:
    accepted(town.sam.vouch(town.noor))
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    accepted(town.noor.hand_in(town.noor.say_of(talk)))
    assert state(town, talk) == ("realised", "B")
    town.clock.ahead(minutes=5)
    accepted(town.noor.hand_in(town.noor.say_of(talk, "no", "no")))
    assert state(town, talk) == ("disputed", "disputed")
    town.clock.ahead(minutes=5)
    accepted(town.sam.hand_in(town.noor, following(town, "withdrawal", talk)))
    assert state(town, talk) == ("withdrawn-after-dispute", "disputed")


def test_in_the_room_with_both_codes(town: Town) -> None:
    accepted(town.sam.vouch(town.noor))
    talk = town.sam.talk(town.noor)
    answer = town.noor.say_of(talk, way="room")
    accepted(town.noor.hand_in(answer, talk))
    assert state(town, talk) == ("realised", "B")
    named = {"talk": talks.hash_of(talk.record), "answer": talks.hash_of(answer.record)}
    met = town.sam.about_talk(town.noor, "met", **named, at=time_text(town.clock()))
    accepted(town.sam.hand_in(town.noor, met))
    assert state(town, talk) == ("realised", "A-unlocked")


def test_a_phone_that_is_vouched_for_later_changes_what_it_said_before(town: Town) -> None:
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    accepted(town.noor.hand_in(town.noor.say_of(talk)))
    assert state(town, talk) == ("realised", "D")
    accepted(town.sam.vouch(town.noor))
    assert state(town, talk) == ("realised", "B")


def test_kindmodus_a_correction_and_a_withdrawal(town: Town) -> None:
    talk = town.sam.talk(town.daan)
    accepted(town.sam.hand_in(town.daan, talk))
    answer = town.sam.about_talk(
        town.daan, "answer", talk=talks.hash_of(talk.record), way="kindmodus", says={"talked": "yes", "alone": "yes"},
        why=None, prev=None, code=None, at=time_text(town.clock()),
    )  # fmt: skip
    accepted(town.sam.hand_in(town.daan, answer))
    assert state(town, talk) == ("realised", "C")
    fixed = following(town, "talk", talk, who="parent")
    accepted(town.sam.hand_in(town.daan, fixed))
    assert state(town, talk) == ("other", "D")
    accepted(town.sam.hand_in(town.daan, following(town, "withdrawal", talk, fixed)))
    assert state(town, talk) == ("withdrawn", "D")


def plan(town: Town, ahead: float) -> Signed:
    at = town.clock()
    start = time_text(at + timedelta(hours=ahead))
    return town.sam.about_talk(town.noor, "plan", start=start, place="school", at=time_text(at))


def test_a_plan_counts_when_it_came_in_before_the_talk_began(town: Town) -> None:
    before = plan(town, 0.2)
    accepted(town.sam.hand_in(town.noor, before))
    town.clock.ahead(minutes=20)
    accepted(town.sam.sign_in())
    talk = town.sam.talk(town.noor, ago=0.1, minutes=5, plan=before.record["id"])
    accepted(town.sam.hand_in(town.noor, talk))
    assert row(town, talk).foreseen
    after = plan(town, -2)
    later = town.sam.talk(town.noor, ago=2, plan=after.record["id"])
    accepted(town.sam.hand_in(town.noor, after))
    accepted(town.sam.hand_in(town.noor, later))
    assert not row(town, later).foreseen


def test_a_plan_that_comes_after_its_talk_and_still_before_it_begins(town: Town) -> None:
    """Two phones hand in what they hold, in whatever order."""
    first = plan(town, 0.1)
    talk = town.sam.talk(town.noor, ago=-0.1, plan=first.record["id"])
    accepted(town.sam.hand_in(town.noor, talk))
    assert not row(town, talk).foreseen
    accepted(town.sam.hand_in(town.noor, first))
    assert row(town, talk).foreseen


def test_a_talk_not_held_and_one_that_came_in_late(town: Town) -> None:
    at = town.clock()
    missed = town.sam.about_talk(
        town.noor, "notheld", plan=None, start=time_text(at - timedelta(hours=2)), reason="absent", at=time_text(at)
    )
    accepted(town.sam.hand_in(town.noor, missed))
    found = row(town, missed)
    assert (found.state, found.reason, found.minutes, found.kind, found.late) == ("notheld", "absent", 0, "", False)
    talk = town.sam.talk(town.noor, ago=26)
    accepted(town.sam.hand_in(town.noor, talk))
    assert row(town, talk).late


def test_a_talk_lies_on_the_day_it_has_in_the_netherlands(town: Town) -> None:
    """Half past eleven at night in UTC is the next day here."""
    town.clock.now = town.clock.now.replace(hour=23, minute=50)
    accepted(town.sam.sign_in())
    talk = town.sam.talk(town.noor, ago=0.3, minutes=5)
    accepted(town.sam.hand_in(town.noor, talk))
    assert row(town, talk).day.isoformat() == "2026-11-19"


# --- the recount ------------------------------------------------------------------------------------------------------

STEPS = st.sampled_from(
    ("talk", "other", "notheld", "yes", "no", "room", "kindmodus", "fix", "withdraw", "plan", "vouch", "team", "norm")
)


class History:
    """Whatever happens next, with Noor who has a phone and Daan who has none."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.chains: dict[str, list[Signed]] = {town.noor.child: [], town.daan: []}
        self.newest: dict[str, Signed] = {}
        self.plans: list[str] = []

    def step(self, what: str, pick: int) -> None:
        """One step; what is refused changes nothing, which the recount shows as well."""
        child: Phone | str = self.town.noor if pick % 2 else self.town.daan
        kindnummer = child.child if isinstance(child, Phone) else child
        told = self.chains[kindnummer]
        first = told[pick % len(told)] if told else None
        self.town.clock.ahead(seconds=1)
        act: Callable[[], object] = getattr(self, f"_{what}", lambda: None)
        if what in {"yes", "no", "room", "kindmodus", "fix", "withdraw"}:
            if first is not None:
                getattr(self, f"_{what}")(child, first)
        elif what in {"talk", "other", "notheld"}:
            signed = getattr(self, f"_{what}")(child, pick)
            if self.town.sam.hand_in(child, signed).status == 200:
                told.append(signed)
        else:
            act()

    def _talk(self, child: Phone | str, pick: int, **fields: Any) -> Signed:
        named = self.plans[pick % len(self.plans)] if self.plans and pick % 3 == 0 else None
        ago = -0.1 if named else 1 + pick % 50
        return self.town.sam.talk(child, ago=ago, minutes=5 + pick % 60, plan=named, **fields)

    def _other(self, child: Phone | str, pick: int) -> Signed:
        return self._talk(child, pick, kind=("face", "video")[pick % 2], who=("parent", "siblings")[pick % 2])

    def _notheld(self, child: Phone | str, pick: int) -> Signed:
        at = self.town.clock()
        start = time_text(at - timedelta(hours=pick % 30))
        return self.town.sam.about_talk(child, "notheld", plan=None, start=start, reason="absent", at=time_text(at))

    def _current(self, first: Signed) -> Signed:
        return self.newest.get(talks.hash_of(first.record), first)

    def _yes(self, child: Phone | str, first: Signed) -> None:
        if isinstance(child, Phone):
            child.hand_in(child.say_of(self._current(first)))

    def _no(self, child: Phone | str, first: Signed) -> None:
        if isinstance(child, Phone):
            child.hand_in(child.say_of(self._current(first), "no", "no"))

    def _room(self, child: Phone | str, first: Signed) -> None:
        if not isinstance(child, Phone):
            return
        answer = child.say_of(self._current(first), way="room")
        child.hand_in(answer)
        named = {"talk": answer.record["talk"], "answer": talks.hash_of(answer.record)}
        self.town.sam.hand_in(
            child, self.town.sam.about_talk(child, "met", **named, at=time_text(self.town.clock()))
        )

    def _kindmodus(self, child: Phone | str, first: Signed) -> None:
        about = {"talk": talks.hash_of(self._current(first).record), "way": "kindmodus"}
        says = {"talked": "yes", "alone": "yes"}
        none = dict.fromkeys(("why", "prev", "code"))
        at = time_text(self.town.clock())
        signed = self.town.sam.about_talk(child, "answer", **about, says=says, **none, at=at)
        self.town.sam.hand_in(child, signed)

    def _fix(self, child: Phone | str, first: Signed) -> None:
        if first.record["t"] == "talk":
            self._follow(child, first, following(self.town, "talk", first, self._current(first), place="office"))

    def _withdraw(self, child: Phone | str, first: Signed) -> None:
        if first.record["t"] == "talk":
            signed = following(self.town, "withdrawal", first, self._current(first))
            self.town.sam.hand_in(child, signed)

    def _follow(self, child: Phone | str, first: Signed, signed: Signed) -> None:
        if self.town.sam.hand_in(child, signed).status == 200:
            self.newest[talks.hash_of(first.record)] = signed

    def _plan(self) -> None:
        signed = plan(self.town, -0.05 if len(self.plans) % 2 else 0.05)
        self.town.sam.hand_in(self.town.noor, signed)
        self.plans.append(signed.record["id"])

    def _vouch(self) -> None:
        self.town.sam.vouch(self.town.noor)

    def _team(self) -> None:
        team = ("wilg", "els")[len(self.chains[self.town.daan]) % 2]
        lines = [line(one, "2011-03", "2026-01-05", team=team) for one in self.chains]
        self.town.call(self._take, lines)

    async def _take(self, lines: list[dict[str, str]]) -> None:
        await roster.take_in(self.town.store, file_of(*lines), apply=True, now=self.town.clock())

    def _norm(self) -> None:
        self.town.call(self._set_norm)

    async def _set_norm(self) -> None:
        day = self.town.clock().date() + timedelta(days=1)
        number = 1 + len(self.chains[self.town.noor.child]) % 6
        await roster.set_norm(
            self.town.store, norm_of("yearly", day, number=number), "Ruth", "agreed", now=self.town.clock()
        )


def test_after_any_history_everything_that_is_kept_equals_a_recount(town: Town) -> None:
    """One history goes on from the other."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(STEPS, st.integers(0, 5000)), min_size=6, max_size=12))
    def goes_on(steps: list[tuple[str, int]]) -> None:
        history = History(town)
        for what, pick in steps:
            history.step(what, pick)
        found = recounted(town)
        assert found.right, found

    goes_on()
    assert recounted(town).rows > 10


def test_a_recount_finds_what_is_wrong_and_mends_it(town: Town) -> None:
    town.call(History(town)._take, [line(town.noor.child, "2011-03", "2026-01-05")])
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    assert recounted(town) == recounting.Recounted(recounted(town).children, 1, 0, 0, 0)
    wrong = row(town, talk)

    def spoil(tx: Any) -> None:
        tx._do("update contacts set state = 'other'")
        tx._do("update stretches set until = '2026-12-31'")
        tx._do("delete from tallies where what = 'in'")

    town.store.write_sync(spoil)
    found = recounted(town)
    assert (found.contacts_wrong, found.days_wrong, found.sums_wrong > 0) == (1, 1, True)

    async def mend() -> None:
        await recounting.recount(town.store, mend=True)

    town.call(mend)
    assert recounted(town).right
    assert row(town, talk) == wrong


def test_what_was_recorded_before_there_were_rows_gets_them(town: Town) -> None:
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    before = row(town, talk)
    town.store.write_sync(lambda tx: tx.clear_counts())
    assert town.call(recounting.catch_up, town.store) == 1
    assert row(town, talk) == before
    assert town.call(recounting.catch_up, town.store) == 0
    assert recounted(town).right


def test_a_row_tells_no_more_than_its_records(town: Town) -> None:
    """Neither key nor signature, and the child by its kindnummer alone."""
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    found = str(row(town, talk))
    keys = {talk.record["subj"], talk.record["pro"], talk.record["child"], signing.random_id(), random_id()}
    assert not any(one in found for one in keys)
