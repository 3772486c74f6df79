"""Queries about meldcodes: which are open, how far, and which way they were decided. Their words lie sealed."""

from datetime import datetime

from kindstem.domain import Became, Independent, Meldcode, MeldcodeAct, MeldcodeRecord
from kindstem.store.offers import OfferReads
from kindstem.store.rows import Row, moment, stamp

_MELDCODE = """
    select m.*, p.name, c.name as closed_name from meldcodes m
    join people p on p.id = m.person left join people c on c.id = m.closed_by
"""


class MeldcodeReads(OfferReads):
    """Which meldcodes there are, and how they stand."""

    def meldcode(self, meldcode: str) -> Meldcode | None:
        """One, by its id."""
        row = self._one(f"{_MELDCODE} where m.id = ?", (meldcode,))
        return self._meldcode(row) if row else None

    def meldcodes_of(self, child: str) -> list[Meldcode]:
        """Those of a child, the newest first."""
        rows = self._all(f"{_MELDCODE} where m.child = ? order by m.at desc, m.id", (child,))
        return [self._meldcode(row) for row in rows]

    def meldcodes_since(self, at: datetime) -> list[Meldcode]:
        """Those opened since then, and all of which something is open, the oldest first."""
        rows = self._all(
            f"""{_MELDCODE} where m.at >= ? or m.closed_at is null
                or exists (select 1 from meldcode_records r where r.meldcode = m.id and r.talk = 1)
                order by m.at, m.id""",  # noqa: S608
            (stamp(at),),
        )
        found = [self._meldcode(row) for row in rows]
        return [one for one in found if one.at >= at or one.closed is None or one.waits]

    def _meldcode(self, row: Row) -> Meldcode:
        records = self._all(
            """select r.*, e.id, e.at, e.person, p.name from meldcode_records r
               join entries e on e.seq = r.entry join people p on p.id = e.person
               where r.meldcode = ? order by r.entry""",
            (row["id"],),
        )
        newest = next((one for one in reversed(records) if one["what"] == MeldcodeAct.STEPS), None)
        # Whatever was said of earlier steps is said of them and not of these.
        since = [one for one in records if newest is not None and one["of"] == newest["id"]]
        judged = next((one for one in reversed(since) if one["what"] != MeldcodeAct.OFFICER), None)
        return Meldcode(
            id=row["id"],
            child=row["child"],
            person=row["person"],
            name=row["name"],
            at=moment(row["at"]),
            record=_record(newest) if newest else None,
            entry=newest["id"] if newest else None,
            author=newest["person"] if newest else None,
            judged=(judged["what"] == MeldcodeAct.AGREE, judged["name"], moment(judged["at"])) if judged else None,
            officer=any(one["what"] == MeldcodeAct.OFFICER for one in since),
            became=self._became(row["id"]),
            offers=tuple(self.offers_of(row["id"])),
            closed=(row["closed_name"], moment(row["closed_at"])) if row["closed_at"] is not None else None,
        )


    def _became(self, meldcode: str) -> Became | None:
        """What stands of the independent talk.

        The child's own answer stands over what was recorded of it before and in the same second. That the talk was held
        stands over any answer: what the child says after that is about who may go on reading.
        """
        row = self._one(
            """select t.*, p.name from meldcode_talks t join people p on p.id = t.person
               where t.meldcode = ? order by t.seq desc limit 1""",
            (meldcode,),
        )
        noted = Became(Independent(row["what"]), row["name"], moment(row["at"])) if row else None
        own = self.answered(meldcode)
        if noted is None or own is None:
            return noted or own
        return noted if noted.what is Independent.HELD or noted.at > own.at else own


class MeldcodeWrites(MeldcodeReads):
    """What happens about meldcodes."""

    def add_meldcode(self, meldcode: str, child: str, person: str, at: datetime) -> None:
        """Keep that it was opened; nothing while another of this child is open, or this one is there."""
        self._do(
            "insert into meldcodes (id, child, person, at) values (?, ?, ?, ?) on conflict do nothing",
            (meldcode, child, person, stamp(at)),
        )

    def add_meldcode_record(self, seq: int, meldcode: str, record: MeldcodeRecord) -> None:
        """Keep what an entry is in it."""
        said = (record.step, *(None if one is None else int(one) for one in (record.report, record.help, record.talk)))
        self._do(
            """insert into meldcode_records (entry, meldcode, what, step, report, help, talk, of)
               values (?, ?, ?, ?, ?, ?, ?, ?)""",
            (seq, meldcode, record.what.value, *said, record.of),
        )

    def add_meldcode_talk(self, meldcode: str, person: str, at: datetime, what: Independent) -> None:
        """Keep what the child answered to the offer of an independent talk, or that it was held."""
        self._do(
            "insert into meldcode_talks (meldcode, person, at, what) values (?, ?, ?, ?)",
            (meldcode, person, stamp(at), what.value),
        )

    def close_meldcode(self, meldcode: str, person: str, at: datetime) -> None:
        """Keep that it was closed; the first moment stays."""
        self._do(
            "update meldcodes set closed_by = ?, closed_at = ? where id = ? and closed_at is null",
            (person, stamp(at), meldcode),
        )


def _record(row: Row) -> MeldcodeRecord:
    report, help, talk = (None if row[name] is None else bool(row[name]) for name in ("report", "help", "talk"))
    return MeldcodeRecord(MeldcodeAct(row["what"]), row["step"], report, help, talk)
