"""The tables of flags that climb, as the step m014_climbs of schema.py makes them; by the same rules, never changed."""

from typing import Final

TABLES: Final = """
create table climbs (
    flag text not null references flags (id),
    step text not null check (step in ('leader', 'oncall')),
    -- When it was to be seen by, and when it climbed: later than that only if the server was not there.
    due integer not null,
    at integer not null,
    primary key (flag, step)
) strict, without rowid;

-- Who reached the child, or that it was somebody else; and which kind of step comes next.
create table flag_steps (
    seq integer primary key,
    flag text not null references flags (id),
    person text not null references people (id),
    at integer not null,
    reached text references people (id),
    reached_other integer not null default 0 check (reached_other in (0, 1)),
    next text check (next in ('safe', 'visit', 'talk', 'report', 'police', 'agreed', 'mistake', 'other')),
    check (reached is not null or reached_other = 1 or next is not null),
    check (reached is null or reached_other = 0)
) strict;
create index flag_steps_flag on flag_steps (flag);

-- A mail without a person is for the on-call service, whose address is a setting.
alter table mails rename to mails_before;
drop index mails_waiting;
create table mails (
    id integer primary key,
    person text references people (id),
    made_at integer not null,
    tries integer not null default 0,
    next_at integer not null,
    done_at integer
) strict;
insert into mails (id, person, made_at, tries, next_at, done_at)
    select id, person, made_at, tries, next_at, done_at from mails_before;
drop table mails_before;
create index mails_waiting on mails (next_at) where done_at is null;

create table alert_trials (
    seq integer primary key,
    at integer not null,
    -- A digest of the settings that were tried: other settings have to be tried anew.
    settings text not null
) strict;

create table school_signals (
    entry text primary key references entries (id),
    child text not null references children (kindnummer),
    person text not null references people (id),
    at integer not null,
    handed_by text references people (id),
    handed_at integer,
    check ((handed_by is null) = (handed_at is null))
) strict, without rowid;
create index school_signals_child on school_signals (child);
"""
