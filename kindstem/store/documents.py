"""Queries about documents: which versions there are, and for which decision. What they say lies sealed in entries."""

from datetime import date

from kindstem.domain import Circle, DecisionKind, DocumentRow
from kindstem.store.rows import Queries, Row, moment


class DocumentReads(Queries):
    """Which versions of which documents are kept. As with entries: without a wrap for a key, one is not there."""

    def documents_for(self, key: str, child: str) -> list[DocumentRow]:
        """The versions of a child's documents that this key can open, oldest first."""
        rows = self._all(
            """select d.*, e.id, e.at, e.person, (
                   select q.id from document_words o join entries q on q.seq = o.words
                   where o.document = d.entry and o.quoted) as quoted
               from documents d join entries e on e.seq = d.entry
               join wraps w on w.entry = d.entry and w.key_id = ? where d.child = ? order by d.entry""",
            (key, child),
        )
        return [_document(row) for row in rows]

    def document_of(self, entry: str, child: str, circle: Circle) -> int | None:
        """The number of the entry that is this version of a document about a child, written in this circle."""
        row = self._one(
            """select seq from entries where id = ? and child = ? and circle = ?
               and seq in (select entry from documents)""",
            (entry, child, circle.value),
        )
        return int(row["seq"]) if row else None

    def words_of(self, entry: str, child: str, circle: Circle) -> int | None:
        """The number of an entry that a child sent to this circle."""
        row = self._one(
            "select seq from entries where id = ? and child = ? and direction = 'up' and circle = ?",
            (entry, child, circle.value),
        )
        return int(row["seq"]) if row else None


class DocumentWrites(DocumentReads):
    """That a version was accepted."""

    def add_document(self, seq: int, child: str, kind: DecisionKind, day: date, *, offered: bool) -> None:
        """Keep what an entry is for."""
        self._do(
            "insert into documents (entry, child, kind, day, offered) values (?, ?, ?, ?, ?)",
            (seq, child, kind.value, day.isoformat(), int(offered)),
        )
        self._touch(child)

    def add_document_words(self, document: int, words: int, child: str, *, quoted: bool) -> None:
        """Keep that words of a child are quoted in a version, or were said of it."""
        self._do(
            "insert into document_words (document, words, quoted) values (?, ?, ?)", (document, words, int(quoted))
        )
        self._touch(child)


def _document(row: Row) -> DocumentRow:
    return DocumentRow(
        entry=row["id"],
        child=row["child"],
        kind=DecisionKind(row["kind"]),
        day=date.fromisoformat(row["day"]),
        offered=bool(row["offered"]),
        at=moment(row["at"]),
        person=row["person"],
        quoted=row["quoted"],
    )
