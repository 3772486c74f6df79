"""The child's lock: guesses are counted before they are compared, however many come at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kindstem import locks
from kindstem.errors import KindstemError, LockClosed, LockWait, LockWrong, Replayed
from kindstem.locks import ATTEMPTS, WAITS, Caller
from kindstem.sealing import Signed
from kindstem.signing import random_id
from kindstem.wire import b64, digest, unb64
from tests.cast import Answered, Town


def caller(town: Town) -> Caller:
    device = town.store.read_sync(lambda r: r.device(town.noor.acted.device))
    assert device is not None
    return Caller(device, unb64(random_id()))


def at_once(town: Town, guesses: list[bytes]) -> list[Any]:
    """All these guesses at the same time, on the server's own loop."""
    keys, now = town.app.state.kindstem.keys, town.clock()

    async def guess() -> list[Any]:
        return await asyncio.gather(
            *(locks.unlock(town.store, keys, caller(town), verifier=one, now=now) for one in guesses),
            return_exceptions=True,
        )

    found: list[Any] = town.call(guess)
    return found


def wrong(n: int = 1) -> list[bytes]:
    return [digest(b"wrong", bytes([k])) for k in range(n)]


def reset(town: Town, who: Any = None, **changed: Any) -> Answered:
    who = who or town.sam
    record = who.keys.sign_reset(town.noor.acted.record, town.clock()).record | changed
    return who.post(
        f"/desk/api/children/{town.noor.child}/reset", Signed(record, (who.keys.signing.sign_record(record),)).json()
    )


def test_the_right_pin_brings_the_same_pepper_each_time(town: Town) -> None:
    first, second = town.noor.unlock(town.noor.v), town.noor.unlock(town.noor.v)
    assert first.status == 200
    assert first.json == second.json
    assert len(unb64(first.json["pepper"])) == 32


@pytest.mark.promise("P15")
def test_of_sixty_guesses_at_once_ten_are_ever_evaluated(town: Town) -> None:
    guesses = wrong(60)
    evaluated = 0
    for _ in range(len(WAITS) + 5):
        results = at_once(town, guesses)
        assert all(isinstance(one, KindstemError) for one in results)
        # The one that closes the lock was evaluated too, and is not told apart from those that came after.
        wrong_ones = [one for one in results if isinstance(one, LockWrong)]
        evaluated += len(wrong_ones)
        waits = [one.facts["seconds"] for one in results if isinstance(one, LockWait)]
        town.clock.ahead(seconds=float(max(waits, default=1)))
    lock = town.store.read_sync(lambda r: r.lock(town.noor.acted.device))
    assert lock is not None
    assert lock.failures == ATTEMPTS
    assert evaluated == ATTEMPTS - 1
    assert town.noor.unlock(town.noor.v).code == "lock-closed"
    assert all(isinstance(one, LockClosed) for one in at_once(town, guesses))


def test_at_once_only_as_many_are_evaluated_as_need_no_waiting(town: Town) -> None:
    results = at_once(town, wrong(60))
    assert sum(isinstance(one, LockWrong) for one in results) == 4
    assert sum(isinstance(one, LockWait) for one in results) == 56


def test_the_right_one_among_sixty_is_found_only_within_what_was_allowed(town: Town) -> None:
    results = at_once(town, [*wrong(59), town.noor.v])
    assert not [one for one in results if isinstance(one, bytes)]


def test_waits_grow_as_the_protocol_says(town: Town) -> None:
    lefts, waits = [], []
    for n in range(ATTEMPTS):
        answered = town.noor.unlock(wrong(n + 1)[-1])
        if answered.code == "lock-wait":
            raise AssertionError("came too early")
        lefts.append(answered.json["error"].get("left", 0))
        early = town.noor.unlock(town.noor.v) if WAITS[n] else None
        if early is not None:
            assert early.code == "lock-wait"
            waits.append(early.json["error"]["seconds"])
            town.clock.ahead(seconds=WAITS[n] - 1)
            assert town.noor.unlock(town.noor.v).code == "lock-wait"
            town.clock.ahead(seconds=1)
    assert lefts == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert waits == [60, 300, 900, 3600, 14400, 86400]
    assert town.noor.unlock(town.noor.v).code == "lock-closed"


def test_a_right_attempt_sets_the_count_to_zero(town: Town) -> None:
    for guess in wrong(3):
        assert town.noor.unlock(guess).code == "lock-wrong"
    assert town.noor.unlock(town.noor.v).status == 200
    assert town.noor.unlock(wrong()[0]).json["error"]["left"] == 9


def test_an_attempt_is_counted_even_when_nobody_waits_for_the_answer(town: Town) -> None:
    keys, now = town.app.state.kindstem.keys, town.clock()

    async def give_up() -> None:
        task = asyncio.ensure_future(locks.unlock(town.store, keys, caller(town), verifier=wrong()[0], now=now))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await town.store.write(lambda tx: None)

    town.call(give_up)
    lock = town.store.read_sync(lambda r: r.lock(town.noor.acted.device))
    assert lock is not None
    # Either the attempt had not begun, or it counts: none is compared without having been counted.
    assert lock.failures in {0, 1}
    assert town.noor.unlock(wrong()[0]).json["error"]["left"] == ATTEMPTS - 1 - lock.failures


def test_a_request_to_unlock_is_made_once(town: Town) -> None:
    keys, same = town.app.state.kindstem.keys, caller(town)

    async def twice() -> list[Any]:
        return await asyncio.gather(
            *(locks.unlock(town.store, keys, same, verifier=town.noor.v, now=town.clock()) for _ in range(2)),
            return_exceptions=True,
        )

    results = town.call(twice)
    assert sorted(type(one) for one in results if not isinstance(one, bytes)) == [Replayed]


# --- a new PIN --------------------------------------------------------------------------------------------------------


def test_a_new_pin_needs_the_one_before_and_gets_a_new_pepper(town: Town) -> None:
    before = town.noor.unlock(town.noor.v).json["pepper"]
    new = digest(b"new")
    changed = town.noor.set_lock(new, proof=town.noor.v)
    assert changed.status == 200
    assert changed.json["pepper"] != before
    assert town.noor.unlock(new).json == changed.json
    assert town.noor.unlock(town.noor.v).code == "lock-wrong"


def test_until_a_new_pin_is_used_the_one_before_opens_as_well(town: Town) -> None:
    """A phone that stopped before it wrote has its seed under the old one, one that stopped after it under the new."""
    before = town.noor.unlock(town.noor.v).json
    lost, new = digest(b"lost"), digest(b"new")
    assert town.noor.set_lock(lost, proof=town.noor.v).status == 200
    assert town.noor.unlock(town.noor.v).json == before
    changed = town.noor.set_lock(new, proof=town.noor.v)
    assert town.noor.unlock(lost).code == "lock-wrong"
    assert town.noor.unlock(town.noor.v).json == before
    assert town.noor.unlock(new).json == changed.json
    assert town.noor.unlock(town.noor.v).code == "lock-wrong"
    assert town.noor.unlock(new).json == changed.json


def test_while_a_change_waits_guesses_count_as_always(town: Town) -> None:
    assert town.noor.set_lock(digest(b"new"), proof=town.noor.v).status == 200
    results = at_once(town, wrong(60))
    assert sum(isinstance(one, LockWrong) for one in results) == 4


def test_changing_the_pin_is_no_way_to_guess_it(town: Town) -> None:
    new = digest(b"new")
    codes = [town.noor.set_lock(new, proof=guess).code for guess in wrong(5)]
    assert codes == ["lock-wrong"] * 4 + ["lock-wait"]
    assert town.noor.set_lock(new).code == "lock-wait"
    town.clock.ahead(minutes=1)
    assert town.noor.set_lock(new).code == "lock-wrong"
    town.clock.ahead(minutes=5)
    assert town.noor.unlock(town.noor.v).status == 200


@pytest.mark.promise("P15")
def test_the_database_holds_neither_pin_nor_verifier_nor_pepper(town: Town) -> None:
    pepper = unb64(town.noor.unlock(town.noor.v).json["pepper"])
    town.store.write_sync(lambda tx: None)
    town.store.backup(town.folder / "copy.db")
    whole = b"".join(path.read_bytes() for path in town.folder.iterdir() if path.suffix != ".key")
    for secret in (pepper, town.noor.v, b"12344", b64(pepper).encode(), b64(town.noor.v).encode()):
        assert secret not in whole


# --- reset by a reader ------------------------------------------------------------------------------------------------


def close(town: Town) -> None:
    device = town.noor.acted.device
    town.store.write_sync(lambda tx: tx.count_attempt(device, ATTEMPTS, None))
    assert town.noor.unlock(town.noor.v).code == "lock-closed"


@pytest.mark.parametrize("who", ["sam", "vera", "jo"])
def test_a_reader_opens_a_closed_lock_and_nothing_is_lost(town: Town, who: str) -> None:
    pepper = town.noor.unlock(town.noor.v).json
    close(town)
    assert reset(town, getattr(town, who)).status == 200
    assert town.noor.unlock(town.noor.v).json == pepper


def test_a_reset_is_shown_to_the_child_with_its_signature(town: Town) -> None:
    close(town)
    reset(town)
    (shown,) = town.noor.inbox()["resets"]
    assert shown["record"]["by"] == town.sam.id
    assert len(shown["sigs"]) == 1


def test_a_device_is_reset_once_a_day(town: Town) -> None:
    close(town)
    assert reset(town).status == 200
    town.clock.ahead(minutes=5)
    again = reset(town, town.vera)
    assert (again.status, again.code) == (429, "lock-wait")
    assert again.json["error"]["seconds"] == int(timedelta(hours=23, minutes=55).total_seconds())
    town.clock.ahead(hours=24)
    town.vera.sign_in()
    assert reset(town, town.vera).status == 200


def test_a_reset_says_exactly_what_it_resets_and_by_whom(town: Town) -> None:
    close(town)
    wrong_ones = {
        "child": town.milan.child,
        "device": town.milan.acted.device,
        "org": random_id(),
        "by": town.vera.id,
        "at": "2026-11-18T08:00:00Z",
    }
    for name, value in wrong_ones.items():
        answered = reset(town, **{name: value})
        assert answered.code in {"bad-record", "not-found"}, name
    record = town.sam.keys.sign_reset(town.noor.acted.record, town.clock()).record
    forged = Signed(record, (town.vera.keys.signing.sign_record(record),)).json()
    assert town.sam.post(f"/desk/api/children/{town.noor.child}/reset", forged).code == "bad-signature"
    assert town.noor.unlock(town.noor.v).code == "lock-closed"


def test_the_lock_of_a_lost_phone_is_gone(town: Town) -> None:
    device = town.noor.acted.device
    town.enrol(town.sam, town.vera, child=town.noor.child, lists=list(town.noor.lists.values()))
    assert town.store.read_sync(lambda r: r.lock(device)) is None
