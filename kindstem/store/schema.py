"""The tables, as steps that each carry the data of the step before.

A step that has been released is never changed; a change is a new step with a test that carries rows through it
(tests/test_migrations.py). Every table is STRICT. Times are whole seconds since 1970 in UTC, ids and key ids are b64
text, and no column holds a word that a child or professional wrote: those are in `bodies`, sealed.
"""

from typing import Final

from sqlite_utils import Database, Migrations

from kindstem.signing import random_id
from kindstem.store import schema_circles, schema_flags, schema_meldcodes, schema_offers, schema_reactions

migrations: Final = Migrations("kindstem")


@migrations()
def m001_first(db: Database) -> None:
    """People and their keys, children and their devices, lists of readers, sealed entries, locks."""
    _run(
        db,
        """
        create table settings (name text primary key, value text not null) strict, without rowid;

        -- Entries and reads take their numbers from one count, so that one cursor tells a phone what it has seen.
        create table counters (name text primary key, value integer not null) strict, without rowid;
        insert into counters (name, value) values ('change', 0);

        create table people (
            id text primary key,
            name text not null,
            folded text not null unique,
            role text not null check (role in ('worker', 'second', 'confidant', 'manager', 'administrator')),
            team text,
            mail text,
            active integer not null check (active in (0, 1)),
            made_at integer not null,
            away_since text,
            away_until text,
            startcode blob,
            startcode_until integer
        ) strict;

        create table person_records (
            person text primary key references people (id),
            text text not null,
            hash text not null,
            reading_key text not null,
            signing text not null
        ) strict;

        -- Signatures over any record, found by the record's hash.
        create table signatures (
            record text not null,
            by_key text not null,
            sig text not null,
            place integer not null,
            primary key (record, by_key)
        ) strict, without rowid;

        create table credentials (
            person text primary key references people (id),
            salt blob not null,
            verifier text not null,
            pepper blob not null,
            recovery_salt blob not null,
            recovery_verifier text not null,
            recovery_pepper blob not null,
            totp blob not null,
            totp_last integer not null,
            keyring blob,
            recovery_keyring blob
        ) strict;

        create table recovery_codes (
            person text not null references people (id),
            hash blob not null,
            used_at integer,
            primary key (person, hash)
        ) strict, without rowid;

        create table tickets (
            hash blob primary key,
            person text not null references people (id),
            totp blob not null,
            expires_at integer not null
        ) strict, without rowid;

        create table sessions (
            hash blob primary key,
            person text not null references people (id),
            made_at integer not null,
            seen_at integer not null,
            wrong integer not null default 0
        ) strict, without rowid;
        create index sessions_person on sessions (person);

        -- Browsers in which somebody signed in before, so that a stranger's guesses do not count against them.
        create table browsers (
            hash blob not null,
            person text not null references people (id),
            seen_at integer not null,
            primary key (hash, person)
        ) strict, without rowid;

        create table children (
            kindnummer text primary key,
            made_at integer not null,
            worker text not null references people (id),
            second text not null references people (id)
        ) strict;

        create table devices (
            id text primary key,
            child text not null references children (kindnummer),
            state text not null check (state in ('active', 'revoked')),
            text text not null,
            hash text not null,
            reading_key text not null,
            signing text not null,
            unlock text not null,
            made_at integer not null,
            revoked_at integer
        ) strict;
        create unique index devices_one_active on devices (child) where state = 'active';
        create index devices_child on devices (child);

        create table lists (
            child text not null references children (kindnummer),
            circle text not null check (circle in ('worker', 'confidant')),
            number integer not null check (number > 0),
            text text not null,
            hash text not null,
            at integer not null,
            primary key (child, circle, number)
        ) strict, without rowid;

        create table list_readers (
            child text not null,
            circle text not null,
            number integer not null,
            person text not null references people (id),
            role text not null check (role in ('worker', 'second', 'confidant')),
            reading_key text not null,
            primary key (child, circle, number, person),
            foreign key (child, circle, number) references lists (child, circle, number)
        ) strict, without rowid;
        create index list_readers_person on list_readers (person);

        create table enrolments (
            id text primary key,
            child text not null references children (kindnummer),
            by_person text not null references people (id),
            id_qr text not null unique,
            id_typed text not null unique,
            bundle text not null,
            proof_qr text not null,
            proof_typed text not null,
            state text not null check (state in ('waiting', 'answered', 'active', 'dropped')),
            made_at integer not null,
            expires_at integer not null,
            answer text
        ) strict;

        create table entries (
            seq integer primary key,
            id text not null unique,
            child text not null references children (kindnummer),
            direction text not null check (direction in ('up', 'down')),
            circle text not null check (circle in ('worker', 'confidant', 'self')),
            list_number integer,
            device text references devices (id),
            person text references people (id),
            hdr blob not null,
            recipients text not null,
            size integer not null,
            digest blob not null,
            at integer not null,
            check ((device is null) <> (person is null))
        ) strict;
        create index entries_child on entries (child, seq);

        create table wraps (
            entry integer not null references entries (seq),
            key_id text not null,
            wrap blob not null,
            primary key (entry, key_id)
        ) strict, without rowid;

        create table bodies (entry integer primary key references entries (seq), body blob not null) strict;

        create table reads (
            seq integer primary key,
            entry integer not null references entries (seq),
            person text not null references people (id),
            hour integer not null,
            at integer not null,
            reason text not null,
            unique (entry, person, hour)
        ) strict;

        create table flags (
            id text primary key,
            child text not null references children (kindnummer),
            device text not null references devices (id),
            at integer not null
        ) strict;
        create index flags_child on flags (child);

        create table flags_seen (
            flag text not null references flags (id),
            person text not null references people (id),
            at integer not null,
            primary key (flag, person)
        ) strict, without rowid;

        create table locks (
            device text primary key references devices (id),
            kind text not null check (kind in ('pin', 'pictures')),
            verifier_hash blob not null,
            pepper blob not null,
            failures integer not null default 0,
            next_at integer
        ) strict;

        create table resets (
            hash text primary key,
            device text not null references devices (id),
            person text not null references people (id),
            text text not null,
            at integer not null
        ) strict;
        create index resets_device on resets (device);

        create table nonces (
            device text not null references devices (id),
            nonce blob not null,
            at integer not null,
            primary key (device, nonce)
        ) strict, without rowid;
        create index nonces_at on nonces (at);

        create table usage (
            sender text not null,
            day text not null,
            small integer not null,
            large integer not null,
            primary key (sender, day)
        ) strict, without rowid;
        """,
    )


@migrations()
def m002_mails(db: Database) -> None:
    """Content-free mails wait in a table, so that an alert survives a mail server that is down."""
    _run(
        db,
        """
        create table mails (
            id integer primary key,
            person text not null references people (id),
            made_at integer not null,
            tries integer not null default 0,
            next_at integer not null,
            done_at integer
        ) strict;
        create index mails_waiting on mails (next_at) where done_at is null;
        """,
    )


@migrations()
def m003_coming_locks(db: Database) -> None:
    """A changed PIN stands beside the one before until the phone has used it."""
    _run(
        db,
        """
        alter table locks add column coming_kind text check (coming_kind in ('pin', 'pictures'));
        alter table locks add column coming_verifier_hash blob;
        alter table locks add column coming_pepper blob;
        """,
    )


@migrations()
def m004_log(db: Database) -> None:
    """The log: entries that are never changed, what opens them, the tree over them; and a name for a child in it.

    What was there before the log enters it when the log begins (store/log.py), because its first entry names its key.
    """
    _run(
        db,
        """
        alter table children add column subj text;
        create unique index children_subj on children (subj);

        -- One after another: a restored backup goes on with a new one (docs/protocol/log.md).
        create table logs (
            number integer primary key,
            id text not null unique,
            key text not null,
            begun_at integer not null
        ) strict;

        create table log_entries (
            log integer not null references logs (number),
            idx integer not null check (idx >= 0),
            type text not null,
            about text not null,
            at integer not null,
            c blob not null check (length(c) = 32),
            primary key (log, idx)
        ) strict, without rowid;

        -- Beside the entries, because these can be destroyed and an entry cannot.
        create table log_openings (
            log integer not null,
            idx integer not null,
            ref text,
            salt blob not null,
            text text not null,
            primary key (log, idx),
            foreign key (log, idx) references log_entries (log, idx)
        ) strict, without rowid;
        create index log_openings_ref on log_openings (log, ref) where ref is not null;

        -- Hashes of complete subtrees over two entries and more. An entry's own follows from the entry.
        create table log_nodes (
            log integer not null references logs (number),
            level integer not null check (level > 0),
            pos integer not null check (pos >= 0),
            hash blob not null check (length(hash) = 32),
            primary key (log, level, pos)
        ) strict, without rowid;

        create table checkpoints (
            log integer not null references logs (number),
            size integer not null,
            root text not null,
            at integer not null,
            note text not null,
            primary key (log, size)
        ) strict, without rowid;

        create table cosignatures (
            log integer not null,
            size integer not null,
            witness text not null,
            line text not null,
            primary key (log, size, witness),
            foreign key (log, size) references checkpoints (log, size)
        ) strict, without rowid;

        create table timestamps (
            log integer not null,
            size integer not null,
            url text not null,
            response blob not null,
            at integer not null,
            primary key (log, size, url),
            foreign key (log, size) references checkpoints (log, size)
        ) strict, without rowid;
        """,
    )
    for table in ("log_entries", "log_nodes", "checkpoints"):
        for change in ("update", "delete"):
            db.execute(
                f"create trigger {table}_no_{change} before {change} on {table} "
                f"begin select raise(abort, 'the log is never changed'); end"
            )
    # Triggers do not see what REPLACE deletes; and an entry that is not the next one leaves a hole or a second tree.
    db.execute(
        "create trigger log_entries_next before insert on log_entries "
        "when new.idx <> coalesce((select max(idx) + 1 from log_entries where log = new.log), 0) "
        "begin select raise(abort, 'an entry is the next one'); end"
    )
    for table, same in (
        ("log_nodes", "log = new.log and level = new.level and pos = new.pos"),
        ("checkpoints", "log = new.log and size = new.size"),
    ):
        there = f"exists (select 1 from {table} where {same})"  # noqa: S608
        db.execute(
            f"create trigger {table}_once before insert on {table} when {there} "
            f"begin select raise(abort, 'the log is never changed'); end"
        )
    for (child,) in db.execute("select kindnummer from children").fetchall():
        db.execute("update children set subj = ? where kindnummer = ?", (random_id(), child))


@migrations()
def m005_talks(db: Database) -> None:
    """Records of talks, short codes to find one by, and what children thought of talks, as counts."""
    _run(
        db,
        """
        create table talks (
            seq integer primary key,
            hash text not null unique,
            child text not null references children (kindnummer),
            type text not null check (
                type in ('device', 'plan', 'talk', 'withdrawal', 'notheld', 'answer', 'met')),
            chain text not null,
            id text unique,
            names text,
            text text not null,
            at integer not null
        ) strict;
        create index talks_child on talks (child);
        create index talks_chain on talks (chain);
        create unique index talks_device on talks (names) where type = 'device';

        create table talk_codes (
            id text primary key,
            talk text not null references talks (hash),
            expires_at integer not null
        ) strict, without rowid;

        -- Never beside a child or a talk: what was answered stands here, and who answered in the next table.
        create table after_counts (
            team text not null,
            month text not null,
            question text not null check (question in ('said', 'done')),
            value text not null check (value in ('yes', 'some', 'no', 'unknown', 'skipped')),
            number integer not null,
            primary key (team, month, question, value)
        ) strict, without rowid;

        create table after_given (
            child text not null references children (kindnummer),
            question text not null check (question in ('said', 'done')),
            month text not null,
            primary key (child, question, month)
        ) strict, without rowid;
        """,
    )


@migrations()
def m006_requests(db: Database) -> None:
    """What children asked for: a talk alone, and that they took a request away."""
    _run(
        db,
        """
        -- Not among the talks: a request is no talk, and it stays when there was none.
        create table requests (
            seq integer primary key,
            hash text not null unique,
            child text not null references children (kindnummer),
            type text not null check (type in ('request', 'request-end')),
            request text not null,
            id text not null unique,
            text text not null,
            at integer not null
        ) strict;
        create index requests_child on requests (child, at);
        """,
    )


@migrations()
def m007_roster(db: Database) -> None:
    """The roster: which children the organisation is charged with, and what the case system says of them, by day."""
    _run(
        db,
        """
        -- Apart from `children`: a child counts from the day of the measure, with or without the app.
        create table roster (
            kindnummer text primary key,
            subj text not null unique,
            born text not null,
            -- What most pages ask of every child at once: the day of its last realised 1-op-1 contact, and its
            -- jeugdbeschermer now.
            last text,
            worker text,
            entered_at integer not null
        ) strict;

        create index roster_alone on roster (kindnummer) where worker is null;

        create table roster_facts (
            child text not null references roster (kindnummer),
            what text not null check (
                what in ('family', 'municipality', 'place', 'team', 'worker', 'diagnostics', 'help')),
            since text not null,
            until text,
            value text,
            entered_at integer not null,
            primary key (child, what, since)
        ) strict, without rowid;
        create index roster_facts_value on roster_facts (what, value);

        create table measures (
            id text primary key,
            child text not null references roster (kindnummer),
            kind text not null,
            charged text not null,
            start text not null,
            ended text,
            plan text,
            entered_at integer not null,
            ended_at integer,
            unique (child, kind, charged)
        ) strict;
        create index measures_charged on measures (charged);

        create table decisions (
            measure text not null references measures (id),
            kind text not null,
            day text not null,
            entered_at integer not null,
            primary key (measure, kind, day)
        ) strict, without rowid;

        create table norms (
            number integer primary key,
            since text not null,
            kind text not null check (kind in ('monthly', 'yearly', 'own')),
            times integer not null,
            gap_months integer not null,
            gap_days integer not null,
            set_by text not null,
            why text not null,
            at integer not null
        ) strict;

        -- What was reported elsewhere, by somebody else than the manager.
        create table reported (
            day text not null,
            total integer not null,
            told_by text not null,
            at integer not null,
            primary key (day, at)
        ) strict, without rowid;
        """,
    )


@migrations()
def m008_contacts(db: Database) -> None:
    """One row for each talk that was recorded, judged days, and sums over both, kept with the record itself.

    What was recorded before gets its rows when the store is next opened for work (contacts.py, `catch_up`): what a
    chain of records comes to is no matter for the schema.
    """
    _run(
        db,
        """
        create table contacts (
            first text primary key,
            child text not null references children (kindnummer),
            day text not null,
            start integer not null,
            minutes integer not null,
            kind text not null,
            who text not null,
            planned text not null,
            state text not null check (
                state in ('realised', 'disputed', 'withdrawn', 'withdrawn-after-dispute', 'notheld', 'other')),
            reason text,
            level text not null,
            by_person text not null,
            foreseen integer not null check (foreseen in (0, 1)),
            late integer not null check (late in (0, 1)),
            -- Where the child stood on that day.
            team text,
            measure text,
            age text,
            municipality text,
            place text
        ) strict;
        create index contacts_child on contacts (child, day, state, kind);
        create index contacts_state on contacts (state, day, measure, age);
        create index contacts_day on contacts (day);
        create index contacts_team on contacts (team, day);
        create index contacts_municipality on contacts (municipality, day);
        create index contacts_disputed on contacts (day) where level = 'disputed';
        create index contacts_late on contacts (day) where late = 1;

        -- Days on end on which nothing changed: where the child stood, and whether it was within the norm.
        create table stretches (
            child text not null references roster (kindnummer),
            since text not null,
            until text not null,
            within integer check (within in (0, 1)),
            begun text not null,
            team text,
            measure text not null,
            age text not null,
            municipality text,
            place text,
            primary key (child, since)
        ) strict, without rowid;
        create index stretches_until on stretches (
            until, since, child, within, team, measure, age, municipality, place, begun);

        -- Sums of the two tables above, by month and by one way of choosing children at a time.
        create table tallies (
            month text not null,
            by_what text not null,
            value text not null,
            what text not null,
            number integer not null,
            primary key (by_what, value, month, what)
        ) strict, without rowid;
        insert into counters (name, value) values ('counted', 0);
        """,
    )


@migrations()
def m009_numbers(db: Database) -> None:
    """People who count and do not read: two more roles, accounts that end by themselves, who took a bundle along."""
    columns = "id, name, folded, role, team, mail, active, made_at, away_since, away_until, startcode, startcode_until"
    # A check cannot be changed. Keys that point at these rows are looked at when all of them are back.
    db.execute("pragma defer_foreign_keys = on")
    db.execute("create temp table people_before as select * from people")
    _run(
        db,
        f"""
        drop table people;

        create table people (
            id text primary key,
            name text not null,
            folded text not null unique,
            role text not null check (
                role in ('worker', 'second', 'confidant', 'manager', 'leader', 'administrator', 'inspector')
            ),
            team text,
            mail text,
            active integer not null check (active in (0, 1)),
            made_at integer not null,
            away_since text,
            away_until text,
            startcode blob,
            startcode_until integer,
            until text
        ) strict;

        insert into people ({columns}) select {columns} from people_before;

        drop table people_before;

        create table exports (
            seq integer primary key,
            person text not null references people (id),
            at integer not null,
            since text not null,
            until text not null,
            size integer not null,
            root text not null
        ) strict;
        """,  # noqa: S608
    )
    for change in ("update", "delete"):
        db.execute(
            f"create trigger exports_no_{change} before {change} on exports "
            f"begin select raise(abort, 'who took a bundle along is never changed'); end"
        )


@migrations()
def m010_reports(db: Database) -> None:
    """What leaves the house: each period's numbers as they were published, who took a report along, and tokens."""
    _run(
        db,
        """
        create table published (
            period text primary key,
            at integer not null,
            size integer not null,
            root text not null,
            text text not null
        ) strict;

        create table tokens (
            id text primary key,
            digest blob not null unique,
            municipality text not null,
            until text not null,
            made_at integer not null,
            revoked_at integer
        ) strict;

        create table reports (
            seq integer primary key,
            at integer not null,
            way text not null check (way in ('page', 'command', 'token')),
            person text references people (id),
            token text references tokens (id),
            -- Who says so at a command, which knows nobody's sign-in.
            said_by text,
            since text not null,
            until text not null,
            municipality text,
            form text not null,
            hash text not null
        ) strict;
        create index reports_token on reports (token, at);
        """,
    )
    for table, said in (("published", "what was published"), ("reports", "who took a report along")):
        for change in ("update", "delete"):
            db.execute(
                f"create trigger {table}_no_{change} before {change} on {table} "
                f"begin select raise(abort, '{said} is never changed'); end"
            )


@migrations()
def m011_quarter(db: Database) -> None:
    """What children say once a quarter of support and safety, as counts."""
    _run(
        db,
        """
        -- As with what children thought of talks: counts here, and who answered, not what, in the next table.
        create table quarter_counts (
            team text not null,
            quarter text not null check (quarter glob '20[0-9][0-9]-Q[1-4]'),
            question text not null check (question in ('worker', 'around', 'school', 'safer')),
            value text not null check (value in ('yes', 'some', 'no', 'unknown', 'skipped')),
            number integer not null,
            primary key (team, quarter, question, value)
        ) strict, without rowid;

        create table quarter_given (
            child text not null references children (kindnummer),
            question text not null check (question in ('worker', 'around', 'school', 'safer')),
            quarter text not null,
            primary key (child, question, quarter)
        ) strict, without rowid;
        """,
    )


@migrations()
def m012_touched(db: Database) -> None:
    """Which children changed last, so that what is kept of them in memory is read again, and nothing else."""
    _run(
        db,
        """
        create table touched (
            child text primary key,
            number integer not null
        ) strict, without rowid;
        create index touched_number on touched (number);
        """,
    )


@migrations()
def m013_documents(db: Database) -> None:
    """That a kindperspectief is there, for which decision, and whether the child was offered it."""
    _run(
        db,
        """
        -- A version is an entry, and whatever it says lies sealed in it. What stands here shows that a child was heard
        -- before a decision, and keeps versions that no phone has a key to apart from the cards.
        create table documents (
            entry integer primary key references entries (seq),
            child text not null references children (kindnummer),
            kind text not null check (
                kind in ('plan', 'ots', 'extension', 'placement', 'return', 'ending', 'other')
            ),
            day text not null,
            offered integer not null check (offered in (0, 1))
        ) strict;
        create index documents_child on documents (child, day);
        """,
    )
    for change in ("update", "delete"):
        db.execute(
            f"create trigger documents_no_{change} before {change} on documents "
            f"begin select raise(abort, 'what a document is for is never changed'); end"
        )


@migrations()
def m014_climbs(db: Database) -> None:
    """What happens to a flag that nobody sees, what was done about one that was, and signals for a school."""
    _run(db, schema_flags.TABLES)


@migrations()
def m016_meldcodes(db: Database) -> None:
    """That the meldcode was opened for a child, how far it is, which way it was decided; what became of the talk."""
    _run(db, schema_meldcodes.TABLES)


@migrations()
def m017_heard(db: Database) -> None:
    """Which words of a child are in a document, or were said of it; and how long before a decision they count."""
    _run(
        db,
        """
        -- What these words are stays sealed. Of a version its author names the newest that it quotes; a reaction names
        -- the version that it is about. So the day on which they came is known, and that they are this child's.
        create table document_words (
            document integer not null references documents (entry),
            words integer not null references entries (seq),
            quoted integer not null check (quoted in (0, 1)),
            primary key (document, words)
        ) strict, without rowid;

        create table heard_within (
            number integer primary key,
            since text not null,
            months integer not null check (months between 1 and 12),
            set_by text not null,
            why text not null,
            at integer not null
        ) strict;
        """,
    )


@migrations()
def m018_circles(db: Database) -> None:
    """Circles of the on-call service and of somebody independent, and people of that service."""
    schema_circles.widen(db)
    _run(db, schema_circles.TABLES)
    schema_circles.carry(db)


@migrations()
def m019_offers(db: Database) -> None:
    """That a child was offered an independent talk, and what it answered, signed by it or on a tablet."""
    _run(db, schema_offers.TABLES)


@migrations()
def m020_reactions(db: Database) -> None:
    """Of which answers a child said that they are so or not, so that it can be counted how many children do."""
    _run(db, schema_reactions.TABLES)


def step_names() -> frozenset[str]:
    """The names of all steps this version knows."""
    return frozenset(step.name for step in migrations.pending(Database(memory=True)))


def _run(db: Database, script: str) -> None:
    # Statement by statement: executescript() would commit the step's transaction before its first line.
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)
