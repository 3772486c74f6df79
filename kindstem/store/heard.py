"""Queries about decisions, and what there was before each: talks, documents, and the child's words in or about them."""

import json
from collections.abc import Iterable, Sequence
from datetime import date

from kindstem.calendar import local_day
from kindstem.domain import Decision, DecisionKind
from kindstem.heard import Hearing, Version, Within, hearings
from kindstem.store.rows import Queries, Row, moment, stamp

_AMONG = "in (select value from json_each(?))"


class HeardReads(Queries):
    """Whether children were heard before what was decided about them."""

    def heard_within(self) -> list[Within]:
        """For how many months before a decision talks and words count, as it was ever set, by first day."""
        rows = self._all("select * from heard_within order by since, number")
        return [
            Within(date.fromisoformat(row["since"]), row["months"], row["set_by"], moment(row["at"]), row["why"])
            for row in rows
        ]

    def hearings_of(self, children: Iterable[str]) -> dict[str, list[Hearing]]:
        """The decisions about each of these children by day, with what there was before; only of whom there are any."""
        rows = self._all(
            f"""select m.child, d.measure, d.kind, d.day from measures m join decisions d on d.measure = m.id
                where m.child {_AMONG}""",  # noqa: S608
            (json.dumps(sorted(children)),),
        )
        decisions: dict[str, list[Decision]] = {}
        for row in rows:
            found = Decision(row["measure"], row["kind"], date.fromisoformat(row["day"]))
            decisions.setdefault(row["child"], []).append(found)
        if not decisions:
            return {}
        versions, talks, sets = self._versions(decisions), self._talked(decisions), self.heard_within()
        return {
            child: hearings(those, versions.get(child, ()), talks.get(child, ()), sets)
            for child, those in decisions.items()
        }

    def _versions(self, children: Iterable[str]) -> dict[str, list[Version]]:
        wanted = (json.dumps(sorted(children)),)
        words: dict[int, list[Row]] = {}
        for row in self._all(
            f"""select w.document, w.quoted, e.at from documents d join document_words w on w.document = d.entry
                join entries e on e.seq = w.words where d.child {_AMONG}""",  # noqa: S608
            wanted,
        ):
            words.setdefault(row["document"], []).append(row)
        found: dict[str, list[Version]] = {}
        # What somebody independent writes is for the child, and nothing that the organisation heard it by.
        for row in self._all(
            f"""select d.*, e.at from documents d join entries e on e.seq = d.entry
                where e.circle = 'worker' and d.child {_AMONG}""",  # noqa: S608
            wanted,
        ):
            quoted = [local_day(moment(one["at"])) for one in words.get(row["entry"], ()) if one["quoted"]]
            version = Version(
                kind=DecisionKind(row["kind"]),
                day=date.fromisoformat(row["day"]),
                made=local_day(moment(row["at"])),
                offered=bool(row["offered"]),
                quoted=max(quoted, default=None),
                reactions=tuple(
                    local_day(moment(one["at"])) for one in words.get(row["entry"], ()) if not one["quoted"]
                ),
            )
            found.setdefault(row["child"], []).append(version)
        return found

    def _talked(self, children: Iterable[str]) -> dict[str, Sequence[date]]:
        found: dict[str, list[date]] = {}
        for row in self._all(
            f"""select child, day from contacts indexed by contacts_child
                where child {_AMONG} and state = 'realised'""",  # noqa: S608
            (json.dumps(sorted(children)),),
        ):
            found.setdefault(row["child"], []).append(date.fromisoformat(row["day"]))
        return dict(found)


class HeardWrites(HeardReads):
    """Keeping how long before a decision something counts."""

    def add_heard_within(self, one: Within) -> None:
        """Keep a number of months beside those before it; children decided about on its days are read again."""
        self._do(
            "insert into heard_within (since, months, set_by, why, at) values (?, ?, ?, ?, ?)",
            (one.since.isoformat(), one.months, one.by, one.why, stamp(one.at)),
        )
        self._recounted()
        for row in self._all(
            "select distinct m.child from decisions d join measures m on m.id = d.measure where d.day >= ?",
            (one.since.isoformat(),),
        ):
            self._touch(row["child"])
