"""The table of what children said of answers, as the step m020_reactions of schema.py makes it; never changed."""

from typing import Final

TABLES: Final = """
-- Whether the child says that it is so. Its words lie sealed in the entry; when it came and by which way stands there.
create table answer_reactions (
    entry integer primary key references entries (seq),
    answered integer not null references entries (seq),
    says text not null check (says in ('yes', 'no')),
    check (answered < entry)
) strict;
create index answer_reactions_of on answer_reactions (answered);

create trigger answer_reactions_no_update before update on answer_reactions
    begin select raise(abort, 'what a child said of an answer is never changed'); end;
create trigger answer_reactions_no_delete before delete on answer_reactions
    begin select raise(abort, 'what a child said of an answer is never changed'); end;
"""
