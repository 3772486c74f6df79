"""Queries about what children said of answers: that one is so, or is not. Their words lie sealed in entries."""

from datetime import datetime

from kindstem.domain import Circle
from kindstem.store.rows import Queries, stamp


class ReactionReads(Queries):
    """Whether children contradict what is said to be done."""

    def answer_to(self, entry: str, child: str) -> int | None:
        """The number of an entry from its worker circle that a child can have had for an answer.

        Which of these are answers stands inside, where nobody can look here; documents, offers and what belongs to a
        meldcode are known to be none.
        """
        row = self._one(
            """select seq from entries where id = ? and child = ? and direction = 'down' and circle = ?
               and seq not in (select entry from documents) and seq not in (select entry from offers)
               and seq not in (select entry from meldcode_records)""",
            (entry, child, Circle.WORKER.value),
        )
        return int(row["seq"]) if row else None

    def contradicting(self, since: datetime, until: datetime) -> int:
        """How many children said between two moments that an answer is not so, and had not taken it back by the last.

        What was said on a phone is taken back on a phone alone: the tablet is held by whoever is contradicted.
        """
        row = self._one(
            """select count(distinct e.child) from answer_reactions r join entries e on e.seq = r.entry
               where r.says = 'no' and e.at >= ?1 and e.at < ?2
                 and not exists (select 1 from answer_reactions l join entries n on n.seq = l.entry
                                 where l.answered = r.answered and l.entry > r.entry and l.says = 'yes'
                                   and n.at < ?2 and (n.device is not null or e.device is null))""",
            (stamp(since), stamp(until)),
        )
        return int(row[0]) if row else 0


class ReactionWrites(ReactionReads):
    """That a child said it."""

    def add_reaction(self, seq: int, answered: int, *, so: bool) -> None:
        """Keep that an entry says of an answer that it is so, or that it is not."""
        self._do(
            "insert into answer_reactions (entry, answered, says) values (?, ?, ?)",
            (seq, answered, "yes" if so else "no"),
        )
