"""Queries about what children asked for: a talk alone."""

from datetime import datetime

from kindstem.domain import SignedText, TalkRow
from kindstem.store.rows import Queries, Row, moment, signatures_of, signed, stamp

_REQUEST = f"""
    select q.*, {signatures_of("q")},
           (select min(o.idx) from log_openings o
            where o.ref = q.hash and o.log = (select max(number) from logs)) as idx
    from requests q
"""  # noqa: S608


class RequestReads(Queries):
    """The signed requests of children, and that they took them away."""

    def request_record(self, record: str) -> TalkRow | None:
        """A record by its hash."""
        row = self._one(f"{_REQUEST} where q.hash = ?", (record,))
        return _kept(row) if row else None

    def request_records(self, child: str) -> list[TalkRow]:
        """All records of a child's requests, in the order in which they came in."""
        return [_kept(row) for row in self._all(f"{_REQUEST} where q.child = ? order by q.seq", (child,))]

    def has_requests(self, child: str) -> bool:
        """Whether this child ever asked."""
        return self._one("select 1 from requests where child = ? limit 1", (child,)) is not None

    def children_asking(self, at: datetime) -> list[str]:
        """The children of whom a request may have been open at a moment, by kindnummer.

        Those of whom each one was closed by then are left out; what is given has still to be judged by levels.py, which
        alone knows whether a talk with somebody independent, or an end in kindmodus, counts.
        """
        rows = self._all(
            """select distinct q.child from requests q where q.type = 'request' and q.at <= ?1
                 and not exists (
                     select 1 from requests e where e.request = q.hash and e.type = 'request-end' and e.at <= ?1
                       and json_extract(e.text, '$.way') <> 'kindmodus')
                 and not exists (
                     select 1 from contacts c indexed by contacts_child where c.child = q.child
                       and c.state = 'realised' and c.by_person = json_extract(q.text, '$.to')
                       and c.start > cast(strftime('%s', json_extract(q.text, '$.at')) as integer) and c.start <= ?1)
               order by 1""",
            (stamp(at),),
        )
        return [row["child"] for row in rows]

    def has_request_id(self, own: str) -> bool:
        """Whether a record with this id of its own is kept."""
        return self._one("select 1 from requests where id = ?", (own,)) is not None

    def requests_since(self, child: str, since: datetime) -> int:
        """How many requests of a child came in since then."""
        row = self._one(
            "select count(*) as n from requests where child = ? and type = 'request' and at > ?", (child, stamp(since))
        )
        return int(row["n"]) if row else 0


class RequestWrites(RequestReads):
    """What was handed in about requests."""

    def add_request(self, child: str, type: str, record: SignedText, *, request: str, id: str, at: datetime) -> None:
        """Keep a record; `request` is the hash of the request it is, or takes away."""
        self._do(
            "insert into requests (hash, child, type, request, id, text, at) values (?, ?, ?, ?, ?, ?, ?)",
            (record.hash, child, type, request, id, record.text, stamp(at)),
        )
        self._keep_signatures(record)


def _kept(row: Row) -> TalkRow:
    return TalkRow(
        hash=row["hash"],
        child=row["child"],
        type=row["type"],
        chain=row["request"],
        record=signed(row),
        at=moment(row["at"]),
        index=row["idx"],
        order=row["seq"],
    )
