"""Any change of any single value in a bundle makes the verification fail, but for the fields without a claim."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindstem.verify import Status
from kindstem.verify.verdict import Verdict
from tests import evidence
from tests.evidence import WITNESS, Evidence, Members, judged

# docs/verify.md, "Fields without a claim". A note's lines by keys that the policy does not name are the third kind: to
# change the name or the key's id in a line makes it one of those.
WITHOUT_CLAIM = {("manifest.json", "orgName"), ("manifest.json", "made_at")}

Path_ = tuple[Any, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Evidence, Members]]:
    vaart = Evidence(tmp_path_factory.mktemp("values") / "vaart").populate().a_month()
    yield vaart, evidence.read(vaart.bundle())
    vaart.close()


def leaves_of(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves_of(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves_of(inner, (*path, place))
    else:
        yield path


def at(members: Members, path: Path_) -> Any:
    found: Any = members
    for step in path:
        found = found[step]
    return found


def put(members: Members, path: Path_, value: Any) -> Members:
    found = copy.deepcopy(members)
    at(found, path[:-1])[path[-1]] = value
    return found


def other(value: Any, data: st.DataObject) -> Any:
    """Another value of the same kind, as like it as can be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + data.draw(st.sampled_from([1, -1, 10**6]))
    if value is None:
        return data.draw(st.sampled_from(["x", 0, False]))
    if value == "":
        return "x"
    place = data.draw(st.integers(0, len(value) - 1))
    old = value[place]
    pool = "0123456789" if old.isdigit() else "abcdefghijklmnopqrstuvwxyz" if old.islower() else "ABCDEFGHIJKLMNOPQ"
    return value[:place] + data.draw(st.sampled_from([one for one in pool if one != old])) + value[place + 1 :]


def says_nothing(path: Path_, before: Any, after: Any) -> bool:
    if path in WITHOUT_CLAIM:
        return True
    if path[0] != "checkpoints.jsonl" or path[2] != "note":
        return False
    # Only the line of the witness, the last one, is another; whether it is still by the policy's witness is its own.
    return WITNESS.key.name in before and before.rpartition("\n— ")[0] == after.rpartition("\n— ")[0]


def outcome(vaart: Evidence, members: Members, counts: bool) -> Verdict:
    path = vaart.folder / "one.zip"
    given = members["manifest.json"]["counts"]
    evidence.write(path, members)
    if not counts:  # the helper makes them fit, and this is about a change in them
        members["manifest.json"]["counts"] = given
        evidence.write_as_it_is(path, members)
    return judged(path, vaart.policy())


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_change_of_any_single_value_makes_it_fail(made: tuple[Evidence, Members], data: st.DataObject) -> None:
    vaart, members = made
    by_member: dict[str, list[Path_]] = {}
    for path in leaves_of(members):
        by_member.setdefault(path[0], []).append(path)
    path = data.draw(st.sampled_from(by_member[data.draw(st.sampled_from(sorted(by_member)))]))
    before = at(members, path)
    after = other(before, data)
    verdict = outcome(vaart, put(members, path, after), counts=False)
    if not says_nothing(path, before, after):
        assert verdict.status in {Status.NOT_SOUND, Status.UNREADABLE}, (path, before, after)


def test_every_value_of_the_small_members_once(made: tuple[Evidence, Members]) -> None:
    vaart, members = made
    for path in leaves_of({name: value for name, value in members.items() if name in {"manifest.json", "report.json"}}):
        before = at(members, path)
        after = before + 1 if isinstance(before, int) else f"{before[:-1]}{'A' if before[-1] != 'A' else 'Q'}"
        verdict = outcome(vaart, put(members, path, after), counts=False)
        assert (verdict.status in {Status.NOT_SOUND, Status.UNREADABLE}) or path in WITHOUT_CLAIM, path


@pytest.mark.parametrize("name", ["log.jsonl", "openings.jsonl", "checkpoints.jsonl"])
def test_a_line_taken_out_or_put_in_twice_makes_it_fail(made: tuple[Evidence, Members], name: str) -> None:
    vaart, members = made
    for place in range(len(members[name])):
        less, twice = copy.deepcopy(members), copy.deepcopy(members)
        line = less[name].pop(place)
        twice[name].insert(place, line)
        for changed in (less, twice):
            verdict = outcome(vaart, changed, counts=True)
            if name == "checkpoints.jsonl" and verdict.status is Status.SOUND:
                # An older checkpoint less, or the same once more, claims nothing else.
                assert changed is twice or place < len(members[name]) - 1
            elif name == "openings.jsonl" and changed is less and verdict.status is Status.SOUND:
                pytest.fail(f"opening {place} is missing, and it is sound")
            else:
                assert verdict.status in {Status.NOT_SOUND, Status.UNREADABLE}


def test_the_fields_without_a_claim_are_those_of_the_page(project: Path) -> None:
    page = (project / "docs/verify.md").read_text("utf-8")
    rows = re.findall(r"^\| `manifest\.(\w+)`, `manifest\.(\w+)` \|", page, re.MULTILINE)
    assert {("manifest.json", name) for row in rows for name in row} == WITHOUT_CLAIM
