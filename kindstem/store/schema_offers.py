"""The tables of offers of an independent talk, as the step m019_offers of schema.py makes them; never changed."""

from typing import Final

TABLES: Final = """
-- With whom lies sealed in the entry. That a child is offered a talk is known by the meldcode that decided it.
create table offers (
    entry integer primary key references entries (seq),
    meldcode text not null references meldcodes (id),
    child text not null references children (kindnummer)
) strict;
create index offers_meldcode on offers (meldcode);
create index offers_child on offers (child);

-- `at`: when the child said so by its own record, and never later than it came in.
create table offer_answers (
    seq integer primary key,
    hash text not null unique,
    offer integer not null references offers (entry),
    says text not null check (says in ('yes', 'no', 'later')),
    way text not null check (way in ('phone', 'kindmodus')),
    person text references people (id),
    text text not null,
    at integer not null,
    came_at integer not null,
    check ((way = 'kindmodus') = (person is not null)),
    check (at <= came_at)
) strict;
create index offer_answers_of on offer_answers (offer);

create trigger offer_answers_no_update before update on offer_answers
    begin select raise(abort, 'what a child answered is never changed'); end;
create trigger offer_answers_no_delete before delete on offer_answers
    begin select raise(abort, 'what a child answered is never changed'); end;
"""
