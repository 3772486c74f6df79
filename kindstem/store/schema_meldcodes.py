"""The tables of the meldcode, as the step m016_meldcodes of schema.py makes them; by the same rules, never changed."""

from typing import Final

TABLES: Final = """
create table meldcodes (
    id text primary key,
    child text not null references children (kindnummer),
    person text not null references people (id),
    at integer not null,
    closed_by text references people (id),
    closed_at integer,
    check ((closed_by is null) = (closed_at is null))
) strict, without rowid;
-- Never two at once.
create unique index meldcodes_open on meldcodes (child) where closed_at is null;
create index meldcodes_child on meldcodes (child);

-- What is written lies sealed in the entry. What stands here refuses closing early, and is counted.
create table meldcode_records (
    entry integer primary key references entries (seq),
    meldcode text not null references meldcodes (id),
    what text not null check (what in ('steps', 'agree', 'disagree', 'officer')),
    step integer check (step between 0 and 5),
    report integer check (report in (0, 1)),
    help integer check (help in (0, 1)),
    talk integer check (talk in (0, 1)),
    of text references entries (id),
    check ((what = 'steps') = (step is not null)),
    check ((what = 'steps') = (of is null)),
    check (what = 'steps' or (report is null and help is null and talk is null))
) strict;
create index meldcode_records_of on meldcode_records (meldcode);

create table meldcode_talks (
    seq integer primary key,
    meldcode text not null references meldcodes (id),
    person text not null references people (id),
    at integer not null,
    what text not null check (what in ('yes', 'no', 'later', 'held'))
) strict;
create index meldcode_talks_of on meldcode_talks (meldcode);

create trigger meldcode_records_no_update before update on meldcode_records
    begin select raise(abort, 'what was recorded in a meldcode is never changed'); end;
create trigger meldcode_records_no_delete before delete on meldcode_records
    begin select raise(abort, 'what was recorded in a meldcode is never changed'); end;
create trigger meldcode_talks_no_update before update on meldcode_talks
    begin select raise(abort, 'what was recorded in a meldcode is never changed'); end;
create trigger meldcode_talks_no_delete before delete on meldcode_talks
    begin select raise(abort, 'what was recorded in a meldcode is never changed'); end;
"""
