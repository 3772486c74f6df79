"""What a verdict says, in the words of the attacks."""

from kindstem.verify import Status, Verdict
from tests.evidence import Members


def found(verdict: Verdict, *codes: str) -> None:
    """That the verdict is "not sound", for these reasons among others."""
    assert verdict.status is Status.NOT_SOUND, verdict
    failed = {one.code for one in verdict.findings if one.grave}
    assert set(codes) <= failed, failed


def named(verdict: Verdict, code: str) -> None:
    """That the verdict names this, whatever it is otherwise."""
    assert code in verdict.counts, verdict.counts


def index_of(members: Members, type: str) -> int:
    """The first entry of a type."""
    return next(index for index, leaf in enumerate(members["log.jsonl"]) if leaf["type"] == type)
