"""After a restored backup devices hand in what they hold, and nobody gains by it (docs/protocol/log.md, section 4).

A real store and a real log that is begun anew; phone and desk are acted.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kindstem import audit, log, words
from kindstem.store import Store
from kindstem.verify import Verdict, verify
from kindstem.wire import Signed, time_text
from tests.cast import CAST, Clock, Model, Town, copied, running


@dataclass
class Restore:
    """A town of which a backup is put back after something happened; twice if told."""

    model: Model
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def run(self, stack: ExitStack, lived: Callable[[Town], Any], *, restarts: int = 1) -> Town:
        """The town after the restore; `lived` is what happened that the backup does not know."""
        with copied(self.model, self.folder / "town") as town:
            assert town.sam.vouch(town.noor).status == 200
            town.store.backup(self.folder / "backup.db")
            lived(town)
            self.clock.now = town.clock()
            config = town.config
        for path in config.data.glob("kindstem.db*"):
            path.unlink()
        shutil.copy(self.folder / "backup.db", config.database)
        store = Store.open(config.database)
        for turn in range(restarts):
            self.clock.ahead(minutes=5)
            log.restart(store, config, "restored", now=self.clock(), anyway=turn > 0)
        store.close()
        self.clock.ahead(minutes=1)
        actors = {name: getattr(town, name) for name in CAST}
        return stack.enter_context(running(config, self.clock, deepcopy_of(actors)))


def deepcopy_of(actors: dict[str, Any]) -> dict[str, Any]:
    """The same people, who no longer belong to the town that is gone."""
    for one in actors.values():
        one.town = None
    return deepcopy(actors)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


@pytest.fixture
def restore(model: Model, tmp_path: Path) -> Restore:
    return Restore(model, tmp_path)


def judged(town: Town) -> Verdict:
    day = town.clock().date()
    town.call(lambda: town.app.state.kindstem.log.covering(now=town.clock()))
    path = town.config.data / "bundle.zip"
    audit.export(town.store, path, date(day.year, 1, 1), day, now=town.clock())
    return verify(path, definitions=words.definitions(), jobs=1)


def marks(town: Town) -> list[tuple[str, list[str]]]:
    """The level of each of Noor's talks, and the marks of its records."""
    found = town.sam.get(f"/desk/api/children/{town.noor.child}/talks").json["chains"]
    return [(one["level"], sorted({mark for record in one["records"] for mark in record["marks"]})) for one in found]


@pytest.mark.parametrize("restarts", [1, 2])
@pytest.mark.attacks
def test_a_forced_restore_loses_no_dispute_because_the_phone_brings_it_back(
    restore: Restore, stack: ExitStack, restarts: int
) -> None:
    """Nobody at the desk hands anything in again: the phone's own answer brings its talk along.

    Nor when the log is begun anew twice, before a phone has seen the first.
    """
    held: list[Signed] = []

    def lived(town: Town) -> None:
        talk = town.sam.talk(town.noor)
        assert town.sam.hand_in(town.noor, talk).status == 200
        no = town.noor.say_of(talk, "no", "no", way="later", why="nottalked")
        assert town.noor.hand_in(no, talk).status == 200
        held.extend((talk, no))

    town = restore.run(stack, lived, restarts=restarts)
    talk, no = held
    assert marks(town) == []
    answered = town.noor.hand_in(no, talk)
    assert answered.status == 200, answered.json
    # The desk that comes later changes nothing, and gets the same numbers.
    again = town.sam.hand_in(town.noor, talk)
    assert again.json["receipt"]["index"] == answered.json["receipts"][0]["index"]
    assert marks(town) == [("disputed", ["again"])]
    verdict = judged(town)
    assert not [one for one in verdict.findings if one.grave]
    assert verdict.figures["months"][town.clock().month - 1]["disputed"] == 1
    facts = next(dict(one.facts) for one in verdict.findings if one.code == "restarted")
    assert facts["again"] == 1
    assert "again" in verdict.counts


@pytest.mark.attacks
def test_a_forced_restore_takes_no_talk_as_in_time_on_its_own_word(restore: Restore, stack: ExitStack) -> None:
    """Signed after the restore with a state of the old log, about a day two weeks ago: late, and named."""
    before: dict[str, Any] = {}

    def lived(town: Town) -> None:
        assert town.sam.hand_in(town.noor, town.sam.talk(town.noor)).status == 200
        before.update(town.sam.get(f"/desk/api/children/{town.noor.child}/talks").json)

    town = restore.run(stack, lived)
    start = town.clock() - timedelta(days=14)
    when = {"start": time_text(start), "end": time_text(start + timedelta(minutes=30))}
    talk = town.sam.talk(town.noor, log=before["log"], nb=before["nb"], **when)
    assert town.sam.hand_in(town.noor, talk).status == 200
    assert marks(town) == [("D", ["again", "late"])]
    verdict = judged(town)
    assert sum(month["late"] for month in verdict.figures["months"]) == 1
    assert "again" in verdict.counts


def test_a_talk_that_names_a_log_that_was_never_ours_is_refused(restore: Restore, stack: ExitStack) -> None:
    last: dict[str, Any] = {}

    def lived(town: Town) -> None:
        assert town.sam.hand_in(town.noor, town.sam.talk(town.noor)).status == 200
        newest = town.store.one(lambda r: r.newest_checkpoint())
        assert newest
        last.update(log=town.app.state.kindstem.log.id, size=newest.size)

    town = restore.run(stack, lived)
    nothing = "A" * 43
    other = town.sam.talk(town.noor, log="A" * 22, nb={"size": 3, "root": nothing})
    assert town.sam.hand_in(town.noor, other).json["error"]["field"] == "log"
    wrong = town.sam.talk(town.noor, log=last["log"], nb={"size": last["size"], "root": nothing})
    assert town.sam.hand_in(town.noor, wrong).json["error"]["field"] == "nb"
    assert marks(town) == []
