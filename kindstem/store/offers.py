"""Queries about offers of an independent talk: which were made, and what the child answered to them."""

from datetime import datetime
from typing import Final

from kindstem.domain import Became, Independent, SignedText, TalkOffer, Way
from kindstem.store.rows import Queries, Row, moment, signatures_of, signed, stamp

_OFFER: Final = """
    select o.meldcode, e.seq, e.id, e.at, e.person, p.name,
           exists (select 1 from wraps w join devices d on d.reading_key = w.key_id and d.child = o.child
                   where w.entry = e.seq) as phone
    from offers o join entries e on e.seq = o.entry join people p on p.id = e.person
"""


class OfferReads(Queries):
    """What children were offered, and what they answered."""

    def offer(self, entry: str, child: str) -> TalkOffer | None:
        """An offer to this child, by the entry that it is."""
        row = self._one(f"{_OFFER} where e.id = ? and o.child = ?", (entry, child))
        return self._offer(row) if row else None

    def offers_of(self, meldcode: str) -> list[TalkOffer]:
        """The offers that follow from a meldcode, the newest first."""
        rows = self._all(f"{_OFFER} where o.meldcode = ? order by e.seq desc", (meldcode,))
        return [self._offer(row) for row in rows]

    def offers_to(self, child: str, key: str) -> list[TalkOffer]:
        """The offers to a child that this key can open, the newest first."""
        rows = self._all(
            f"""{_OFFER} join wraps k on k.entry = e.seq and k.key_id = ?
                where o.child = ? order by e.seq desc""",
            (key, child),
        )
        return [self._offer(row) for row in rows]

    def answered(self, meldcode: str) -> Became | None:
        """What the child itself answered last, to whichever of these offers."""
        row = self._one(
            """select a.says, a.way, a.at, p.name from offer_answers a
               join offers o on o.entry = a.offer left join people p on p.id = a.person
               where o.meldcode = ? order by a.at desc, a.seq desc limit 1""",
            (meldcode,),
        )
        return Became(Independent(row["says"]), row["name"] or "", moment(row["at"]), Way(row["way"])) if row else None

    def answers_since(self, child: str, since: datetime) -> int:
        """How many answers of a child came in since then."""
        row = self._one(
            """select count(*) as n from offer_answers a join offers o on o.entry = a.offer
               where o.child = ? and a.came_at > ?""",
            (child, stamp(since)),
        )
        return int(row["n"]) if row else 0

    def _offer(self, row: Row) -> TalkOffer:
        answers = self._all(
            f"select a.*, {signatures_of('a')} from offer_answers a where a.offer = ? order by a.seq",  # noqa: S608
            (row["seq"],),
        )
        return TalkOffer(
            entry=row["id"],
            meldcode=row["meldcode"],
            person=row["person"],
            name=row["name"],
            at=moment(row["at"]),
            phone=bool(row["phone"]),
            answers=tuple(signed(one) for one in answers),
            ways=frozenset(Way(one["way"]) for one in answers),
        )


class OfferWrites(OfferReads):
    """What happens about offers."""

    def add_offer(self, seq: int, meldcode: str, child: str) -> None:
        """Keep that an entry is an offer."""
        self._do("insert into offers (entry, meldcode, child) values (?, ?, ?)", (seq, meldcode, child))

    def add_offer_answer(
        self, offer: str, record: SignedText, says: Independent, way: Way, person: str | None, *, at: datetime,
        came_at: datetime,
    ) -> None:  # fmt: skip
        """Keep what a child answered; nothing when this very record is kept already."""
        self._do(
            """insert into offer_answers (hash, offer, says, way, person, text, at, came_at)
               select ?, seq, ?, ?, ?, ?, ?, ? from entries where id = ? on conflict (hash) do nothing""",
            (record.hash, says.value, way.value, person, record.text, stamp(at), stamp(came_at), offer),
        )
        self._keep_signatures(record)
