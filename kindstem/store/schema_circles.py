"""The tables that the step m018_circles of schema.py makes anew and fills again; by the same rules, never changed."""

from typing import Final

from sqlite_utils import Database

WIDER: Final = ("people", "lists", "list_readers", "entries")
"""Tables whose checks know two roles and two circles more. Parents first: what points at them is copied later."""

TABLES: Final = """
create table people (
    id text primary key,
    name text not null,
    folded text not null unique,
    role text not null check (
        role in ('worker', 'second', 'confidant', 'oncall', 'manager', 'leader', 'administrator', 'inspector')
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

create table lists (
    child text not null references children (kindnummer),
    circle text not null check (circle in ('worker', 'confidant', 'independent', 'oncall')),
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
    role text not null check (role in ('worker', 'second', 'confidant', 'independent', 'oncall')),
    reading_key text not null,
    primary key (child, circle, number, person),
    foreign key (child, circle, number) references lists (child, circle, number)
) strict, without rowid;
create index list_readers_person on list_readers (person);

create table entries (
    seq integer primary key,
    id text not null unique,
    child text not null references children (kindnummer),
    direction text not null check (direction in ('up', 'down')),
    circle text not null check (circle in ('worker', 'confidant', 'independent', 'oncall', 'self')),
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

-- Which flag an entry to the on-call service goes with: it is handed over as long as that flag is open there.
create table reaches (
    entry integer primary key references entries (seq),
    flag text not null
) strict;
create index reaches_flag on reaches (flag);

-- A list that a reader of the worker circle signed, and that waits for the child to agree on its phone.
create table list_offers (
    child text not null references children (kindnummer),
    circle text not null check (circle in ('oncall')),
    text text not null,
    hash text not null,
    person text not null references people (id),
    at integer not null,
    primary key (child, circle)
) strict, without rowid;
"""


def widen(db: Database) -> None:
    """Set the rows of these tables aside, and the tables away: a check cannot be changed."""
    # Keys that point at these rows are looked at when all of them are back.
    db.execute("pragma defer_foreign_keys = on")
    for table in WIDER:
        db.execute(f"create temp table {table}_before as select * from {table}")  # noqa: S608
    for table in reversed(WIDER):
        db.execute(f"drop table {table}")


def carry(db: Database) -> None:
    """Put the rows into the tables that were made meanwhile."""
    for table in WIDER:
        db.execute(f"insert into {table} select * from {table}_before")  # noqa: S608
        db.execute(f"drop table {table}_before")
