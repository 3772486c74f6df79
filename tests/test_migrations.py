"""Each step of the schema carries the rows of the step before, and a store from the future is left alone."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from kindstem.domain import Circle
from kindstem.errors import SetupFault
from kindstem.store import Store
from kindstem.store.schema import migrations, step_names

PERSON = "AAAAAAAAAAAAAAAAAAAAAA"


def at_step(path: Path, before: str | None) -> sqlite3.Connection:
    """A store as it was before a step."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("pragma foreign_keys = on")
    migrations.apply(Database(conn, recursive_triggers=False), stop_before=before)
    return conn


def fill_first(conn: sqlite3.Connection) -> None:
    conn.execute(
        "insert into people (id, name, folded, role, active, made_at) values (?, 'Sam', 'sam', 'worker', 1, ?)",
        (PERSON, 1_763_458_200),
    )


def check_first(store: Store) -> None:
    person = store.read_sync(lambda r: r.person(PERSON))
    assert person is not None
    assert person.name == "Sam"


DEVICE = "BBBBBBBBBBBBBBBBBBBBBB"


def fill_locks(conn: sqlite3.Connection) -> None:
    fill_first(conn)
    conn.execute(
        "insert into children (kindnummer, made_at, worker, second) values ('K000-00000', 0, ?, ?)", 2 * (PERSON,)
    )
    conn.execute(
        """insert into devices (id, child, state, text, hash, reading_key, signing, unlock, made_at)
           values (?, 'K000-00000', 'active', '', '', '', '', '', 0)""",
        (DEVICE,),
    )
    conn.execute(
        "insert into locks (device, kind, verifier_hash, pepper, failures) values (?, 'pin', x'01', x'02', 3)",
        (DEVICE,),
    )


def check_locks(store: Store) -> None:
    lock = store.read_sync(lambda r: r.lock(DEVICE))
    assert lock is not None
    assert (lock.present.verifier_hash, lock.present.pepper, lock.coming, lock.failures) == (b"\x01", b"\x02", None, 3)


def fill_children(conn: sqlite3.Connection) -> None:
    fill_locks(conn)
    conn.execute(
        "insert into children (kindnummer, made_at, worker, second) values ('K000-00001', 0, ?, ?)", 2 * (PERSON,)
    )


def check_log(store: Store) -> None:
    names = [store.read_sync(lambda r, n=n: r.subj_of(f"K000-0000{n}")) for n in (0, 1)]
    assert len({name for name in names if name and len(name) == 22}) == 2
    # The log begins at the first start, which has its key (tests/test_log.py).
    assert store.read_sync(lambda r: (r.open_log(), r.log_size())) == (None, 0)


def fill_named(conn: sqlite3.Connection) -> None:
    fill_children(conn)
    for child in ("K000-00000", "K000-00001"):
        conn.execute("update children set subj = ? where kindnummer = ?", (f"subj of {child}", child))


def check_named(store: Store) -> None:
    assert store.read_sync(lambda r: r.subj_of("K000-00001")) == "subj of K000-00001"
    assert store.read_sync(lambda r: (r.talk_records("K000-00001"), r.after_counts())) == ([], [])


def fill_talked(conn: sqlite3.Connection) -> None:
    fill_named(conn)
    conn.execute(
        """insert into talks (hash, child, type, chain, id, names, text, at)
           values ('hash', 'K000-00001', 'plan', 'hash', 'id', null, '{}', 0)"""
    )


def check_talked(store: Store) -> None:
    kept = store.read_sync(lambda r: (r.talk_records("K000-00001"), r.request_records("K000-00001")))
    assert ([row.hash for row in kept[0]], kept[1]) == (["hash"], [])


CHILD = "K000-00001"


def check_roster(store: Store) -> None:
    check_named(store)
    assert store.read_sync(lambda r: (r.all_listed(), r.norms(), r.roster_subj(CHILD))) == ([], [], None)


def fill_talks(conn: sqlite3.Connection) -> None:
    fill_named(conn)
    conn.execute("insert into roster (kindnummer, subj, born, entered_at) values (?, 's', '2011-03', 0)", (CHILD,))
    conn.execute(
        """insert into measures (id, child, kind, charged, start, entered_at)
           values ('m', ?, 'ots', '2026-01-05', '2026-01-05', 0)""",
        (CHILD,),
    )
    conn.execute(
        "insert into roster_facts (child, what, since, value, entered_at) values (?, 'team', '2026-01-05', 'wilg', 0)",
        (CHILD,),
    )
    conn.execute(
        """insert into norms (since, kind, times, gap_months, gap_days, set_by, why, at)
           values ('2026-01-01', 'monthly', 0, 1, 0, 'Ruth', 'agreed', 0)"""
    )
    conn.execute(
        """insert into talks (hash, child, type, chain, id, text, at)
           values ('h', ?, 'notheld', 'h', 'n', '{}', 0)""",
        (CHILD,),
    )


def check_contacts(store: Store) -> None:
    listed = store.read_sync(lambda r: r.listed(CHILD))
    assert listed is not None
    assert (listed.measures[0].kind, listed.fact("team", date(2026, 2, 1))) == ("ots", "wilg")
    # Rows follow when the server starts, which can read records (tests/test_contacts.py); and the children, by then.
    assert store.read_sync(lambda r: (r.uncounted(), r.contacts_of(CHILD))) == ([CHILD], [])
    store.write_sync(lambda tx: tx.recount(CHILD, []))
    assert [one.within for one in store.read_sync(lambda r: r.standings_of(CHILD))][:2] == [True, False]


def fill_people(conn: sqlite3.Connection) -> None:
    fill_named(conn)
    conn.execute("update people set away_since = '2026-07-01', away_until = '2026-07-20', mail = 's@devaart.example'")
    conn.execute("insert into sessions (hash, person, made_at, seen_at) values (x'01', ?, 5, 6)", (PERSON,))


def check_people(store: Store) -> None:
    person, session = store.read_sync(lambda r: (r.person(PERSON), r.session(b"\x01")))
    assert person is not None
    assert session is not None
    assert (person.role, person.mail, person.active, person.until) == ("worker", "s@devaart.example", True, None)
    assert person.away is not None
    assert (str(person.away.since), session.person) == ("2026-07-01", PERSON)
    # What points at people still has to.
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        store._conn.execute("insert into sessions (hash, person, made_at, seen_at) values (x'02', 'nobody', 5, 6)")
    for role in ("leader", "inspector"):
        store._conn.execute("update people set role = ?", (role,))
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        store._conn.execute("update people set role = 'parent'")
    store._conn.execute("insert into exports values (1, ?, 0, '2026-01-01', '2026-01-31', 5, 'root')", (PERSON,))
    for change in ("update exports set size = 6", "delete from exports"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            store._conn.execute(change)


def fill_counting(conn: sqlite3.Connection) -> None:
    fill_people(conn)
    conn.execute("insert into exports values (1, ?, 0, '2026-01-01', '2026-01-31', 5, 'root')", (PERSON,))


def check_reports(store: Store) -> None:
    assert [one.name for one in store.read_sync(lambda r: r.exports(5))] == ["Sam"]
    assert store.read_sync(lambda r: (r.published("2026-10"), r.taken(5), r.tokens())) == (None, [], [])
    store._conn.execute("insert into published values ('2026-10', 0, 5, 'root', '{}')")
    store._conn.execute(
        """insert into reports (at, way, person, since, until, form, hash)
           values (0, 'page', ?, '2026-10', '2026-10', 'pdf', 'h')""",
        (PERSON,),
    )
    for change in (
        *("update published set text = ''", "delete from published"),
        *("update reports set hash = ''", "delete from reports"),
    ):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            store._conn.execute(change)


def fill_answered(conn: sqlite3.Connection) -> None:
    fill_named(conn)
    conn.execute("insert into after_counts values ('Haven', '2026-11', 'said', 'yes', 6)")
    conn.execute("insert into after_given values ('K000-00001', 'said', '2026-11')")


def check_quarter(store: Store) -> None:
    # What children thought of talks stays where it was; of quarters nothing is known.
    assert [one.values for one in store.read_sync(lambda r: r.after_counts())] == [{"yes": 6}]
    assert store.read_sync(lambda r: r.quarter_counts("2026-Q1", "2026-Q4")) == []
    store._conn.execute("insert into quarter_counts values ('Haven', '2026-Q4', 'safer', 'yes', 1)")
    for wrong in ("'2026-11', 'safer', 'yes'", "'2026-Q4', 'said', 'yes'", "'2026-Q4', 'safer', 'good'"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            store._conn.execute(f"insert into quarter_counts values ('Haven', {wrong}, 1)")


def fill_counted(conn: sqlite3.Connection) -> None:
    fill_talks(conn)
    conn.execute("update counters set value = 7 where name = 'counted'")
    conn.execute("insert into tallies values ('2026-01', 'all', '', 'in', 1)")


def check_touched(store: Store) -> None:
    # What was counted stays; from now on each change names its child.
    kept = store.read_sync(lambda r: (r.tallies().total(), r.counted(), r.touched(0, 9)))
    assert kept == (1, 7, [])
    store.write_sync(lambda tx: tx.recount(CHILD, []))
    ((child, number),) = store.read_sync(lambda r: r.touched(0, 9))
    assert (child, number > 7) == (CHILD, True)
    assert store.read_sync(lambda r: r.touched(number, 9)) == []


def check_documents(store: Store) -> None:
    check_talked(store)
    assert store.read_sync(lambda r: r.documents_for("", CHILD)) == []
    for wrong in ("'verlenging', '2026-12-03', 1", "'plan', '2026-12-03', 2"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            store._conn.execute(f"insert into documents values (1, '{CHILD}', {wrong})")


def fill_mailed(conn: sqlite3.Connection) -> None:
    fill_named(conn)
    for done in (None, 1_763_458_260):
        conn.execute(
            "insert into mails (person, made_at, tries, next_at, done_at) values (?, 1763458200, 2, 1763458200, ?)",
            (PERSON, done),
        )


def check_climbs(store: Store) -> None:
    rows = store._conn.execute("select id, person, made_at, tries, next_at, done_at from mails order by id").fetchall()
    assert [tuple(row)[1:5] for row in rows] == [(PERSON, 1_763_458_200, 2, 1_763_458_200)] * 2
    assert [row[5] for row in rows] == [None, 1_763_458_260]
    # The on-call service is nobody who works here.
    store._conn.execute("insert into mails (made_at, next_at) values (1, 1)")
    assert store.read_sync(lambda r: r.flags_open()) == []
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        store._conn.execute("insert into flag_steps (flag, person, at) values ('x', 'x', 1)")


def check_meldcodes(store: Store) -> None:
    check_talked(store)
    assert store.read_sync(lambda r: r.meldcodes_of(CHILD)) == []
    opened = f"insert into meldcodes (id, child, person, at) values (?, '{CHILD}', '{PERSON}', 1)"
    store._conn.execute(opened, ("a",))
    # Never two at once.
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        store._conn.execute(opened, ("b",))
    record = "insert into meldcode_records (entry, meldcode, what, step, report, of) values"
    for wrong in ("'steps', null, null, null", "'agree', null, 1, 'x'", "'steps', 6, 0, null"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            store._conn.execute(f"{record} (1, 'a', {wrong})")


def fill_documents(conn: sqlite3.Connection) -> None:
    fill_talked(conn)
    conn.execute("insert into documents select seq, child, 'plan', '2026-12-03', 1 from entries")


def check_heard(store: Store) -> None:
    check_talked(store)
    # Of documents from before nobody said what they quote.
    assert store.read_sync(lambda r: (r.heard_within(), r.hearings_of([CHILD]))) == ([], {})
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        store._conn.execute("insert into heard_within values (1, '2026-12-03', 13, 'Ruth', 'agreed', 1)")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        store._conn.execute("insert into document_words values (1, 1, 2)")


def fill_listed(conn: sqlite3.Connection) -> None:
    fill_documents(conn)
    conn.execute(
        "insert into lists (child, circle, number, text, hash, at) values (?, 'worker', 1, '{}', 'h', 5)", (CHILD,)
    )
    conn.execute(
        """insert into list_readers (child, circle, number, person, role, reading_key)
           values (?, 'worker', 1, ?, 'worker', 'key')""",
        (CHILD, PERSON),
    )


def check_circles(store: Store) -> None:
    check_heard(store)
    person, listed = store.read_sync(lambda r: (r.person(PERSON), r.lists_of(CHILD)))
    assert person is not None
    assert [(one.circle.value, one.number, [reader.person for reader in one.readers]) for one in listed] == [
        ("worker", 1, [PERSON])
    ]
    # The next number is one of the wider tables.
    store._conn.execute(
        "insert into lists (child, circle, number, text, hash, at) values (?, 'oncall', 1, '', 'o', 6)", (CHILD,)
    )
    assert store.read_sync(lambda r: r.newest_list(CHILD, Circle.ONCALL)) is not None


def fill_meldcodes(conn: sqlite3.Connection) -> None:
    fill_documents(conn)
    conn.execute("insert into meldcodes (id, child, person, at) values ('a', ?, ?, 1)", (CHILD, PERSON))
    conn.execute("insert into meldcode_talks (meldcode, person, at, what) select id, person, 1, 'later' from meldcodes")


def check_offers(store: Store) -> None:
    check_talked(store)
    # What a reader recorded stays that reader's word.
    (code,) = store.read_sync(lambda r: r.meldcodes_of(CHILD))
    assert code.became is not None
    assert (code.became.what, code.became.way, code.offers) == ("later", None, ())
    # Before any offer there is nothing to answer, and no answer takes a form that none has.
    answer = "insert into offer_answers (hash, offer, says, way, person, text, at, came_at) values ('h', 1,"
    for wrong in ("'held', 'phone', null,", "'yes', 'kindmodus', null,", "'yes', 'phone', 'x',"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            store._conn.execute(f"{answer} {wrong} '', 1, 1)")


def fill_offers(conn: sqlite3.Connection) -> None:
    fill_meldcodes(conn)
    for seq, way in ((1, "up"), (2, "down")):
        conn.execute(
            """insert into entries (seq, id, child, direction, circle, person, hdr, recipients, size, digest, at)
               values (?, ?, ?, ?, 'worker', ?, x'', '[]', 1, x'', 1)""",
            (seq, way, CHILD, way, PERSON),
        )
    conn.execute("insert into offers select 2, id, child from meldcodes")


def check_reactions(store: Store) -> None:
    check_talked(store)
    (code,) = store.read_sync(lambda r: r.meldcodes_of(CHILD))
    assert [one.entry for one in code.offers] == ["down"]
    # What was said before the server was told so is in no count, and a thing is not said of what came later.
    begun, ended = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert store.read_sync(lambda r: r.contradicting(begun, ended)) == 0
    for wrong in ("(2, 1, 'maybe')", "(1, 1, 'no')"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            store._conn.execute(f"insert into answer_reactions values {wrong}")


FILLED: dict[str, tuple[Callable[[sqlite3.Connection], None], Callable[[Store], None]]] = {
    "m002_mails": (fill_first, check_first),
    "m003_coming_locks": (fill_locks, check_locks),
    "m004_log": (fill_children, check_log),
    "m005_talks": (fill_named, check_named),
    "m006_requests": (fill_talked, check_talked),
    "m007_roster": (fill_named, check_roster),
    "m008_contacts": (fill_talks, check_contacts),
    "m009_numbers": (fill_people, check_people),
    "m010_reports": (fill_counting, check_reports),
    "m011_quarter": (fill_answered, check_quarter),
    "m012_touched": (fill_counted, check_touched),
    "m013_documents": (fill_talked, check_documents),
    "m014_climbs": (fill_mailed, check_climbs),
    "m016_meldcodes": (fill_talked, check_meldcodes),
    "m017_heard": (fill_documents, check_heard),
    "m018_circles": (fill_listed, check_circles),
    "m019_offers": (fill_meldcodes, check_offers),
    "m020_reactions": (fill_offers, check_reactions),
}
"""For each step after the first: what lay in the tables before it, and what must be found after it."""


def test_every_step_has_rows_to_carry() -> None:
    assert set(FILLED) == step_names() - {"m001_first"}


@pytest.mark.parametrize("step", sorted(FILLED))
def test_a_step_carries_what_was_there(tmp_path: Path, step: str) -> None:
    fill, check = FILLED[step]
    path = tmp_path / "kindstem.db"
    conn = at_step(path, before=step)
    fill(conn)
    conn.close()
    store = Store.open(path)
    check(store)
    assert store._conn.execute("pragma foreign_key_check").fetchall() == []
    store.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "kindstem.db"
    conn = at_step(path, before="m002_mails")
    fill_first(conn)
    conn.execute("create table mails (something text)")
    conn.close()
    with pytest.raises(sqlite3.OperationalError):
        Store.open(path)
    conn = sqlite3.connect(path)
    assert conn.execute("select name from people").fetchall() == [("Sam",)]
    assert [row[0] for row in conn.execute("select name from _sqlite_migrations")] == ["m001_first"]
    conn.close()


def test_a_store_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "kindstem.db"
    Store.open(path, create=True).close()
    conn = sqlite3.connect(path)
    conn.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('kindstem', 'm999_later', ?)",
        (str(datetime.now(UTC)),),
    )
    conn.commit()
    conn.close()
    with pytest.raises(SetupFault, match="newer version"):
        Store.open(path)


def test_every_table_of_ours_is_strict(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "kindstem.db", create=True)
    with store.reading() as reader:
        tables = [row for row in reader._all("pragma table_list") if row["type"] == "table"]
        loose = [row["name"] for row in tables if not row["strict"]]
    store.close()
    assert set(loose) <= {"_sqlite_migrations", "sqlite_schema", "sqlite_temp_schema", "sqlite_sequence"}


@pytest.mark.promise("P10")
def test_no_column_is_made_for_what_we_must_not_know(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "kindstem.db", create=True)
    with store.reading() as reader:
        tables = [row["name"] for row in reader._all("select name from sqlite_master where type = 'table'")]
        columns = {f"{table}.{row['name']}" for table in tables for row in reader._all(f"pragma table_info({table})")}
    store.close()
    forbidden = ("bsn", "address", "adres", "ip", "location", "phone", "birth", "agent", "contact", "locale")
    found = {column for column in columns if set(column.replace(".", "_").split("_")) & set(forbidden)}
    assert found == set()
    # Names stand with the organisation and the people who work there, and nowhere near a child.
    assert {column for column in columns if column.endswith(".name")} <= {
        *("settings.name", "counters.name", "people.name", "_sqlite_migrations.name"),
    }
