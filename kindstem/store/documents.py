"""Queries about documents: which versions there are, and for which decision. What they say lies sealed in entries."""

from datetime import date

from kindstem.domain import Decision, DecisionKind, DocumentRow
from kindstem.store.rows import Queries, Row, moment


class DocumentReads(Queries):
    """Which versions of which documents are kept. As with entries: without a wrap for a key, one is not there."""

    def documents_for(self, key: str, child: str) -> list[DocumentRow]:
        """The versions of a child's documents that this key can open, oldest first."""
        rows = self._all(
            """select d.*, e.id, e.at, e.person from documents d join entries e on e.seq = d.entry
               join wraps w on w.entry = d.entry and w.key_id = ? where d.child = ? order by d.entry""",
            (key, child),
        )
        return [_document(row) for row in rows]

    def decisions_of(self, child: str) -> list[Decision]:
        """What was decided about a child by the roster, newest first."""
        rows = self._all(
            """select d.measure, d.kind, d.day from decisions d join measures m on m.id = d.measure
               where m.child = ? order by d.day desc, d.kind""",
            (child,),
        )
        return [Decision(row["measure"], row["kind"], date.fromisoformat(row["day"])) for row in rows]


class DocumentWrites(DocumentReads):
    """That a version was accepted."""

    def add_document(self, seq: int, child: str, kind: DecisionKind, day: date, *, offered: bool) -> None:
        """Keep what an entry is for."""
        self._do(
            "insert into documents (entry, child, kind, day, offered) values (?, ?, ?, ?, ?)",
            (seq, child, kind.value, day.isoformat(), int(offered)),
        )


def _document(row: Row) -> DocumentRow:
    return DocumentRow(
        entry=row["id"],
        child=row["child"],
        kind=DecisionKind(row["kind"]),
        day=date.fromisoformat(row["day"]),
        offered=bool(row["offered"]),
        at=moment(row["at"]),
        person=row["person"],
    )
