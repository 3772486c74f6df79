"""Queries about children, their devices, enrolments and lists of readers."""

import json
from datetime import datetime

from kindstem.domain import (
    Child,
    Circle,
    Device,
    DeviceState,
    Enrolment,
    EnrolState,
    Reader,
    ReaderList,
    Role,
    Signature,
    SignedText,
)
from kindstem.signing import new_kindnummer, random_id
from kindstem.store.rows import Queries, Row, moment, moment_or_none, signatures_of, signed, stamp

_DEVICE = f"select d.*, {signatures_of('d')} from devices d"  # noqa: S608
_LIST = f"""
    select l.*, {signatures_of("l")},
           (select json_group_array(json_array(r.person, r.role, r.reading_key)) from list_readers r
            where r.child = l.child and r.circle = l.circle and r.number = l.number) as readers
    from lists l
"""  # noqa: S608
_NEWEST = "number = (select max(number) from lists n where n.child = l.child and n.circle = l.circle)"

# What a child last said on its phone to the offer of an independent talk: by its no it lets nobody read in that circle.
_SAID = """(select a.says from offers o join offer_answers a on a.offer = o.entry
            where o.child = l.child and a.way = 'phone' order by a.at desc, a.seq desc limit 1)"""

_BY_LIST = f"""
    select l.child as child, r.role as role
    from list_readers r join lists l using (child, circle, number)
    where r.person = ?1 and l.circle <> 'oncall' and {_NEWEST}
      and not (l.circle = 'independent' and coalesce({_SAID}, '') = 'no')
"""  # noqa: S608
_BEFORE_LISTS = """
    select c.kindnummer, case when c.worker = ?1 then 'worker' else 'second' end
    from children c
    where ?1 in (c.worker, c.second) and not exists (select 1 from lists x where x.child = c.kindnummer)
"""


class CircleReads(Queries):
    """Which children there are and who may read them."""

    def child(self, kindnummer: str) -> Child | None:
        """A child by its kindnummer."""
        row = self._one(
            """select c.*, exists (select 1 from devices d where d.child = c.kindnummer) as enrolled
               from children c where kindnummer = ?""",
            (kindnummer,),
        )
        if row is None:
            return None
        return Child(
            row["kindnummer"], moment(row["made_at"]), row["worker"], row["second"], enrolled=bool(row["enrolled"])
        )

    def free_kindnummer(self) -> str:
        """A fresh kindnummer that nobody has, in the app or in the roster."""
        while True:
            found = new_kindnummer()
            taken = "select 1 from children where kindnummer = ?1 union all select 1 from roster where kindnummer = ?1"
            if self._one(taken, (found,)) is None:
                return found

    def subj_of(self, child: str) -> str | None:
        """The random id by which log and bundles name a child, and nothing else does."""
        row = self._one("select subj from children where kindnummer = ?", (child,))
        return row["subj"] if row else None

    def children_of(self, person: str) -> list[tuple[str, Role]]:
        """The children somebody reads, with the role they have there.

        Once a child has lists the newest ones decide; before that, whoever made its kindnummer and the second reader
        named then. Whoever stands on an on-call list reads nothing of a child by that, and somebody independent nothing
        after the child said no to that talk on its phone (docs/protocol/offer.md).
        """
        rows = self._all(f"{_BY_LIST} union all {_BEFORE_LISTS} order by 1", (person,))
        return [(row["child"], Role(row["role"])) for row in rows]

    def role_for(self, person: str, child: str) -> Role | None:
        """The role somebody has for a child; None when they may not know that it exists."""
        row = self._one(
            f"{_BY_LIST} and l.child = ?2 union all {_BEFORE_LISTS} and c.kindnummer = ?2", (person, child)
        )
        return Role(row["role"]) if row else None

    def active_device(self, child: str) -> Device | None:
        """The phone a child has now."""
        row = self._one(f"{_DEVICE} where child = ? and state = 'active'", (child,))
        return self._device(row) if row else None

    def device(self, device: str) -> Device | None:
        """A phone by id, in whatever state."""
        row = self._one(f"{_DEVICE} where id = ?", (device,))
        return self._device(row) if row else None

    def devices_of(self, child: str) -> list[Device]:
        """All phones a child had, the newest first."""
        rows = self._all(f"{_DEVICE} where child = ? order by made_at desc, rowid desc", (child,))
        return [self._device(row) for row in rows]

    def newest_list(self, child: str, circle: Circle) -> ReaderList | None:
        """Who may read a circle now."""
        row = self._one(
            f"{_LIST} where child = ? and circle = ? order by number desc limit 1", (child, circle.value)
        )
        return self._list(row) if row else None

    def reader_list(self, child: str, circle: Circle, number: int) -> ReaderList | None:
        """Who could read a circle under this number."""
        row = self._one(
            f"{_LIST} where child = ? and circle = ? and number = ?", (child, circle.value, number)
        )
        return self._list(row) if row else None

    def lists_of(self, child: str) -> list[ReaderList]:
        """All lists a child ever had, by circle and number."""
        rows = self._all(f"{_LIST} where child = ? order by circle desc, number", (child,))
        return [self._list(row) for row in rows]

    def list_offered(self, child: str, circle: Circle) -> SignedText | None:
        """A list that waits for the child to agree to it."""
        row = self._one(
            f"select o.*, {signatures_of('o')} from list_offers o where child = ? and circle = ?",  # noqa: S608
            (child, circle.value),
        )
        return signed(row) if row else None

    def enrolment(self, enrolment: str) -> Enrolment | None:
        """An enrolment by the id the desk has."""
        row = self._one("select * from enrolments where id = ?", (enrolment,))
        return _enrolment(row) if row else None

    def enrolment_by_code(self, code_id: str) -> Enrolment | None:
        """An enrolment by either of the ids that a start code gives."""
        row = self._one("select * from enrolments where ? in (id_qr, id_typed)", (code_id,))
        return _enrolment(row) if row else None

    def is_qr(self, enrolment: str, code_id: str) -> bool:
        """Whether this id came from the QR code rather than the typed one."""
        row = self._one("select id_qr = ? from enrolments where id = ?", (code_id, enrolment))
        return bool(row and row[0])

    def _device(self, row: Row) -> Device:
        return Device(
            id=row["id"],
            child=row["child"],
            state=DeviceState(row["state"]),
            record=signed(row),
            reading_key=row["reading_key"],
            signing=row["signing"],
            unlock=row["unlock"],
            made_at=moment(row["made_at"]),
            revoked_at=moment_or_none(row["revoked_at"]),
        )

    def _list(self, row: Row) -> ReaderList:
        return ReaderList(
            child=row["child"],
            circle=Circle(row["circle"]),
            number=row["number"],
            record=signed(row),
            readers=tuple(Reader(person, Role(role), key) for person, role, key in json.loads(row["readers"])),
            at=moment(row["at"]),
        )


def _enrolment(row: Row) -> Enrolment:
    return Enrolment(
        id=row["id"],
        child=row["child"],
        by=row["by_person"],
        bundle=row["bundle"],
        proof_qr=row["proof_qr"],
        proof_typed=row["proof_typed"],
        state=EnrolState(row["state"]),
        made_at=moment(row["made_at"]),
        expires_at=moment(row["expires_at"]),
        answer=row["answer"],
    )


class CircleWrites(CircleReads):
    """Changes in which children there are and who may read them."""

    def add_child(self, child: Child) -> None:
        """Keep a new kindnummer; one that the roster knows goes by the same random id in the log."""
        self._do(
            """insert into children (kindnummer, made_at, worker, second, subj)
               values (?1, ?2, ?3, ?4, coalesce((select subj from roster where kindnummer = ?1), ?5))""",
            (child.kindnummer, stamp(child.made_at), child.worker, child.second, random_id()),
        )
        self._touch(child.kindnummer)

    def add_enrolment(self, enrolment: Enrolment, id_qr: str, id_typed: str) -> bool:
        """Keep a new enrolment and drop those of the same child that are still open; False when an id is taken."""
        taken = self._one(
            "select 1 from enrolments where ?1 in (id_qr, id_typed) or ?2 in (id_qr, id_typed)", (id_qr, id_typed)
        )
        if taken:
            return False
        self._do(
            "update enrolments set state = 'dropped' where child = ? and state in ('waiting', 'answered')",
            (enrolment.child,),
        )
        self._do(
            """insert into enrolments (id, child, by_person, id_qr, id_typed, bundle, proof_qr, proof_typed, state,
                   made_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)""",
            (
                *(enrolment.id, enrolment.child, enrolment.by, id_qr, id_typed, enrolment.bundle),
                *(enrolment.proof_qr, enrolment.proof_typed, stamp(enrolment.made_at), stamp(enrolment.expires_at)),
            ),
        )
        return True

    def move_enrolment(self, enrolment: str, was: EnrolState, to: EnrolState, answer: str | None = None) -> bool:
        """Take an enrolment a step further; False, and nothing changed, when it was elsewhere."""
        touched = self._do(
            "update enrolments set state = ?, answer = coalesce(?, answer) where id = ? and state = ?",
            (to.value, answer, enrolment, was.value),
        )
        return touched == 1

    def add_device(self, device: Device) -> None:
        """Keep a child's phone and revoke the one before; the server's share of that one's lock goes with it."""
        self._do("delete from locks where device in (select id from devices where child = ?)", (device.child,))
        self._do(
            "update devices set state = 'revoked', revoked_at = ? where child = ? and state = 'active'",
            (stamp(device.made_at), device.child),
        )
        self._do(
            """insert into devices (id, child, state, text, hash, reading_key, signing, unlock, made_at)
               values (?, ?, 'active', ?, ?, ?, ?, ?, ?)""",
            (
                *(device.id, device.child, device.record.text, device.record.hash, device.reading_key),
                *(device.signing, device.unlock, stamp(device.made_at)),
            ),
        )
        self._keep_signatures(device.record)

    def revoke_device(self, device: str, at: datetime) -> None:
        """Switch a phone off; the server's share of its lock goes with it."""
        self._do("update devices set state = 'revoked', revoked_at = ? where id = ?", (stamp(at), device))
        self._do("delete from locks where device = ?", (device,))

    def add_list(self, new: ReaderList) -> None:
        """Keep a list of readers; the same list once more only adds signatures."""
        place = (new.child, new.circle.value, new.number)
        self._do(
            """insert into lists (child, circle, number, text, hash, at) values (?, ?, ?, ?, ?, ?)
               on conflict do nothing""",
            (*place, new.record.text, new.record.hash, stamp(new.at)),
        )
        for reader in new.readers:
            self._do(
                """insert into list_readers (child, circle, number, person, role, reading_key)
                   values (?, ?, ?, ?, ?, ?) on conflict do nothing""",
                (*place, reader.person, reader.role.value, reader.reading_key),
            )
        self._touch(new.child)
        self._keep_signatures(new.record)

    def offer_list(self, offered: ReaderList, person: str) -> None:
        """Keep a list that waits for the child; one that waited before goes."""
        self._do(
            """insert into list_offers (child, circle, text, hash, person, at) values (?, ?, ?, ?, ?, ?)
               on conflict do update set text = excluded.text, hash = excluded.hash, person = excluded.person,
                   at = excluded.at""",
            (
                *(offered.child, offered.circle.value, offered.record.text, offered.record.hash),
                *(person, stamp(offered.at)),
            ),
        )
        self._keep_signatures(offered.record)

    def drop_wraps(self, child: str, circle: Circle, keys: frozenset[str]) -> None:
        """Throw away what these keys could open in a circle. What was read cannot be unread."""
        for key in keys:
            self._do(
                """delete from wraps where key_id = ?
                   and entry in (select seq from entries where child = ? and circle = ?)""",
                (key, child, circle.value),
            )

    def sign(self, record: str, signatures: tuple[Signature, ...]) -> None:
        """Add signatures to a record that is kept already, by its hash."""
        self._keep_signatures(SignedText("", record, signatures))
