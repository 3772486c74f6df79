"""A bundle and a policy in, a verdict out: everything in its order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kindstem import merkle, notes
from kindstem.signing import signing_key_id
from kindstem.verify import asking, figures, times
from kindstem.verify.asking import first_of
from kindstem.verify.bundle import LOG, OPENINGS, Bundle, reading
from kindstem.verify.case import Case
from kindstem.verify.checking import Cores, Entry, check_leaves, check_openings, public_keys
from kindstem.verify.figures import Event
from kindstem.verify.policy import Policy
from kindstem.verify.verdict import Findings, Status, Unreadable, Verdict
from kindstem.wire import b64, digest, label, unb64

Progress = Callable[[int, int], None]
"""Told how many lines of how many are done."""


def verify(
    path: Path,
    policy: Policy | None = None,
    *,
    definitions: Any = None,
    progress: Progress | None = None,
    jobs: int | None = None,
) -> Verdict:
    """The verdict over the bundle at a path. Never raises for what is in the file.

    `definitions` are those by which this verifier counts, in words; a bundle with others claims numbers of another
    kind. Without a policy the verdict is CONSISTENT at best.
    """
    try:
        with Bundle.open(path) as bundle, reading(), _uncollected():
            return _Run(bundle, policy, definitions, progress or (lambda done, of: None), jobs).verdict()
    except Unreadable as fault:
        return Verdict(Status.UNREADABLE, reason=fault.reason, where=fault.where)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: there are none, and it would look at every record kept, again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def draw(path: Path, seed: str, count: int) -> list[dict[str, Any]]:
    """The talks of a bundle that a public random seed draws, each with what is needed to ask about it.

    Drawn from the realised 1-op-1 contacts of the period: those whose H(L("audit sample") || seed || talk hash) are
    smallest. Nobody who cannot choose the seed can choose the talks. Raises Unreadable.
    """
    with Bundle.open(path) as bundle, reading():
        run = _Run(bundle, None, None, lambda done, of: None, None)
        events = run.events()
    begun = label("audit sample") + seed.encode()
    ranked = sorted(events, key=lambda one: digest(begun, unb64(one.chain.current.hash)))
    return [
        {
            "index": one.chain.first.index,
            "talk": one.chain.current.hash,
            "subj": one.now["subj"],
            "by": one.now["by"],
            "start": one.now["start"],
            "level": one.verdict.level.value,
        }
        for one in ranked[:count]
    ]


class _Run:
    def __init__(
        self, bundle: Bundle, policy: Policy | None, definitions: Any, progress: Progress, jobs: int | None
    ) -> None:
        self._bundle = bundle
        self._manifest = bundle.manifest
        self._policy = policy
        self._definitions = definitions
        self._progress = progress
        self._jobs = jobs
        self._findings = Findings()
        self._entries: list[Entry] = []

    def verdict(self) -> Verdict:
        """Everything, one after the other."""
        manifest, policy, findings = self._manifest, self._policy, self._findings
        seen = times.read_checkpoints(self._bundle)
        case, events = self._gone_through()
        roots = self._roots({one.size for one in seen}, case)
        self._look_at_log(case, roots)
        times.look_at_roots(seen, roots, len(self._entries), findings)
        times.look_at_signatures(seen, case.log_keys, notes.origin_of(manifest.log), policy, findings)
        checked = dict(case.checked) | {"checkpoints": len(seen), "entries": len(self._entries)}
        if policy is not None:
            counted_outside, ahead = times.look_at_times(seen, self._entries, policy, findings)
            checked |= counted_outside
            case.look_at_ahead(ahead)
        independent = policy.independent if policy is not None and policy.independent else None
        erased = case.erased(independent)
        case.look_at_order()
        since, until = manifest.since, manifest.until
        case.look_at_closed(since, until, erased, first_of(events, case.wishes, since, until))
        counted = figures.report(events, case.sampled(events), case.charges.values(), since, until)
        counted = asking.count(counted, case.wishes, since, until)
        for where, claimed, found in figures.differences(self._bundle.report, counted):
            findings.fail("report", None, where=where, claimed=claimed, counted=found)
        if self._definitions is not None:
            for where, _, _ in figures.differences(self._bundle.definitions, self._definitions):
                findings.fail("definition", None, where=where)
        return Verdict(
            status=self._status(),
            findings=tuple(findings),
            counts=dict(findings.counts),
            checked=checked | {"taken": case.taken, "again": case.again},
            figures=counted,
            facts=self._facts(),
        )

    def events(self) -> list[Event]:
        """The realised 1-op-1 contacts of the period."""
        _, events = self._gone_through()
        since, until = self._manifest.since, self._manifest.until
        return [event for event in events if event.verdict.realised and since <= event.day <= until]

    def _status(self) -> Status:
        if self._findings.grave:
            return Status.NOT_SOUND
        if self._policy is None or not self._policy.outside:
            return Status.CONSISTENT
        return Status.SOUND

    def _facts(self) -> dict[str, Any]:
        manifest = self._manifest
        return {
            "org": manifest.org,
            "orgName": manifest.org_name,
            "log": manifest.log,
            "from": manifest.since.isoformat(),
            "to": manifest.until.isoformat(),
            "size": manifest.size,
            "root": manifest.root,
            "policy": self._policy is not None,
        }

    def _gone_through(self) -> tuple[Case, list[Event]]:
        """Every line of log and openings, checked on all cores and then by the rules."""
        manifest, policy = self._manifest, self._policy
        publics = public_keys(self._bundle, OPENINGS, signing_key_id)
        if policy is not None:
            publics |= {b64(signing_key_id(unb64(key))): unb64(key) for key in policy.log_keys}
        lines = manifest.counts[LOG] + manifest.counts[OPENINGS]
        done = 0
        with Cores(publics, lines, self._jobs) as cores:
            for block in cores.run(check_leaves, self._bundle.blocks(LOG), LOG):
                self._entries += block
                self._progress(done := done + len(block), lines)
            roots = policy.introducers if policy is not None else None
            case = Case(manifest.org, manifest.log, self._entries, roots, self._findings)
            last = -1
            for openings in cores.run(check_openings, self._bundle.blocks(OPENINGS), OPENINGS):
                for one in openings:
                    if one.place <= last:
                        raise Unreadable("order", f"{OPENINGS}: {one.place}")
                    last = one.place
                    case.take(one)
                self._progress(done := done + len(openings), lines)
        return case, case.finish()

    def _roots(self, sizes: set[int], case: Case) -> dict[int, bytes]:
        """The roots at all sizes that anybody names, in one pass over the log."""
        size = len(self._entries)
        wanted = {one for one in sizes | {size} | {seen for _, seen, _ in case.heads} if one <= size}
        if self._policy is not None and self._policy.state and self._policy.state[0] <= size:
            wanted.add(self._policy.state[0])
        frontier = merkle.Frontier()
        found = {0: frontier.root()}
        for number, entry in enumerate(self._entries, 1):
            frontier.add(entry.hash)
            if number in wanted:
                found[number] = frontier.root()
        return found

    def _look_at_log(self, case: Case, roots: dict[int, bytes]) -> None:
        """Whether the log is the one it says, the policy's, and has the roots that its records saw."""
        manifest, policy, findings = self._manifest, self._policy, self._findings
        size = len(self._entries)
        if manifest.size != size or manifest.root != b64(roots[size]):
            findings.fail("manifest", None, claimed=manifest.size, counted=size)
        for index, seen, root in case.heads:
            if seen > index:
                findings.fail("seen-later", index, size=seen)
            elif b64(roots[seen]) != root:
                findings.fail("seen-other", index, size=seen)
        if policy is None:
            return
        if manifest.org != policy.org:
            findings.fail("policy-org", None)
        if manifest.log != policy.log:
            findings.fail("policy-log", None, log=manifest.log)
        elif policy.state is not None:
            known, root = policy.state
            if known > size:
                findings.fail("state-short", None, size=known, has=size)
            elif b64(roots[known]) != root:
                findings.fail("state-other", None, size=known)
