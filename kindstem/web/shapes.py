"""The values of the domain in the JSON of docs/api.md."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kindstem import levels, wire
from kindstem.asked import Request
from kindstem.config import Config
from kindstem.contacts import Plan, Talks, Told
from kindstem.documents import Documents
from kindstem.domain import (
    Away,
    Became,
    Device,
    EntryRow,
    Flag,
    Meldcode,
    Opened,
    Person,
    ReaderList,
    Reset,
    SchoolSignal,
    SignedText,
    TalkOffer,
    TalkRow,
)
from kindstem.messages import ChildRow, Inbox, Overdue, Page
from kindstem.offers import Independence
from kindstem.oncall import Served
from kindstem.requests import Waiting
from kindstem.roster import Siblings
from kindstem.samples import Drawn


def time(at: datetime) -> str:
    """A moment in RFC 3339, in UTC, to the second."""
    return wire.time_text(at)


def signed(text: SignedText) -> dict[str, Any]:
    """A signed record."""
    return {
        "record": json.loads(text.text),  # our own canonical text: it was checked when it came in
        "sigs": [{"by": sig.by, "sig": sig.sig} for sig in text.sigs],
    }


def away(days: Away | None) -> dict[str, str] | None:
    """First and last day away."""
    return {"from": days.since.isoformat(), "until": days.until.isoformat()} if days else None


def person(one: Person) -> dict[str, str]:
    """Who somebody is."""
    return {"id": one.id, "name": one.name, "role": one.role.value}


def opened(one: Opened) -> dict[str, str]:
    """That somebody fetched an entry."""
    return {
        "entry": one.entry,
        "person": one.person,
        "name": one.name,
        "at": time(one.at),
        "reason": one.reason,
    }


def flag(one: Flag) -> dict[str, Any]:
    """A flag and who has seen it."""
    return {
        "id": one.id,
        "at": time(one.at),
        "seen": [{"name": name, "at": time(at)} for name, at in one.seen],
        "climbed": [{"step": step.value, "at": time(at)} for step, at in one.climbed],
        "reached": {"by": one.reached.by, "at": time(one.reached.at), "name": one.reached.reached}
        if one.reached
        else None,
        "next": {"by": one.next.by, "at": time(one.next.at), "what": one.next.next} if one.next else None,
    }


def served(one: Served) -> dict[str, Any]:
    """A flag that is with the on-call service, with what shows how the child can be reached, and by whose word."""
    return {
        "child": one.flag.child,
        "flag": flag(one.flag),
        "entries": [desk_entry(row) for row in one.reaches],
        "lists": lists(list(one.lists)),
        "devices": [device(row) for row in one.devices],
    }


def signal(one: SchoolSignal) -> dict[str, Any]:
    """That a text for the school was made, and whether it was handed over."""
    return {
        "entry": one.entry,
        "by": one.person,
        "name": one.name,
        "at": time(one.at),
        "handed": {"name": one.handed[0], "at": time(one.handed[1])} if one.handed else None,
    }


def meldcode(one: Meldcode) -> dict[str, Any]:
    """How a meldcode stands; nothing of what it says."""
    steps = one.record
    return {
        "id": one.id,
        "by": one.person,
        "name": one.name,
        "at": time(one.at),
        "entry": one.entry,
        "author": one.author,
        "step": steps.step if steps else 0,
        "report": steps.report if steps else None,
        "help": steps.help if steps else None,
        "talk": steps.talk if steps else None,
        "judged": {"agrees": one.judged[0], "name": one.judged[1], "at": time(one.judged[2])} if one.judged else None,
        "officer": one.officer,
        "became": became(one.became) if one.became else None,
        "offers": [offer(made) for made in one.offers],
        "waits": one.waits,
        "missing": list(one.missing),
        "closed": {"name": one.closed[0], "at": time(one.closed[1])} if one.closed else None,
    }


def became(one: Became) -> dict[str, Any]:
    """What is known of an independent talk, and whether the child itself said it."""
    return {"what": one.what.value, "name": one.name, "at": time(one.at), "way": one.way.value if one.way else None}


def offer(one: TalkOffer) -> dict[str, Any]:
    """An offer of an independent talk, with the child's answers for whoever checks them."""
    return {
        "entry": one.entry,
        "by": one.person,
        "name": one.name,
        "at": time(one.at),
        "phone": one.phone,
        "answers": [signed(answer) for answer in one.answers],
    }


def independence(one: Independence) -> dict[str, Any]:
    """An independent talk, for whoever holds it."""
    return {"since": time(one.since), "held": time(one.held) if one.held else None}


def phone_offers(found: Sequence[tuple[TalkOffer, bool]]) -> list[dict[str, Any]]:
    """The offers to a child, for its phone, which opens them; no word of what they follow from."""
    return [
        {"entry": one.entry, "answers": [signed(answer) for answer in one.answers], "held": held}
        for one, held in found
    ]


def entry(row: EntryRow) -> dict[str, Any]:
    """What both audiences get of an entry."""
    return {
        "id": row.id,
        "dir": row.direction.value,
        "hdr": wire.b64(row.hdr),
        "at": time(row.at),
        "wrap": wire.b64(row.wrap),
        "to": list(row.to),
        "size": row.size,
    }


def desk_entry(row: EntryRow) -> dict[str, Any]:
    """An entry for a professional."""
    by = {"device": row.device} if row.device else {"by": row.person}
    fetched = [{"person": one.person, "name": one.name, "at": time(one.at)} for one in row.opened]
    return {**entry(row), **by, "opened": fetched}


def device(one: Device) -> dict[str, Any]:
    """A child's device as its signed record, marked when it was switched off."""
    return {**signed(one.record), "revoked": time(one.revoked_at) if one.revoked_at else None}


def lists(all_lists: list[ReaderList]) -> list[dict[str, Any]]:
    """Lists of readers as signed records."""
    return [signed(one.record) for one in all_lists]


def resets(all_resets: list[Reset]) -> list[dict[str, Any]]:
    """Resets as signed records."""
    return [signed(one.record) for one in all_resets]


def inbox(found: Inbox, config: Config, *, now: datetime) -> dict[str, Any]:
    """What is new for a child's phone."""
    return {
        "now": time(now),
        "cursor": found.cursor,
        "entries": [{**entry(row), "by": row.person} for row in found.entries],
        "reads": [opened(one) for one in found.reads],
        "lists": lists(list(found.lists)),
        "persons": [
            {
                "person": one.id,
                "name": one.name,
                "role": one.role.value,
                "away": away(one.away),
                # For the number that child and reader compare; the phone checks it against the list.
                "record": signed(one.record) if one.record else None,
            }
            for one in found.persons
        ],
        "flags": [flag(one) for one in found.flags],
        "resets": resets(list(found.resets)),
        "offered": {
            "list": signed(found.offered),
            "persons": [signed(one.record) for one in found.offering if one.record],
        }
        if found.offered
        else None,
        "device": {"state": "active"},
        "settings": {"exit": config.exit_url, "maxEnvelope": config.max_envelope, "looks": looks(config)},
        "more": found.more,
    }


def looks(config: Config) -> dict[str, Any] | None:
    """How soon a flag is looked at before it climbs, in minutes, and the hours of the office; None when not set."""
    if config.flag_minutes_day is None or config.flag_minutes_night is None:
        return None
    opens, closes = (one.isoformat("minutes") for one in config.office_hours)
    return {"day": config.flag_minutes_day, "night": config.flag_minutes_night, "from": opens, "until": closes}


def entries(found: Page) -> dict[str, Any]:
    """A part of a child's entries, for a professional."""
    # Nothing is passed on yet: with hand-over, what one reader wraps anew for a successor comes in here.
    rewraps: list[Any] = []
    return {
        "entries": [desk_entry(row) for row in found.entries],
        "rewraps": rewraps,
        "cursor": found.cursor,
        "more": found.more,
    }


def child(row: ChildRow) -> dict[str, Any]:
    """One child on a reader's first screen."""
    standing = row.standing
    return {
        "child": standing.child,
        "role": standing.role.value,
        "state": "enrolled" if standing.enrolled else "new",
        "last": time(standing.last) if standing.last else None,
        "unread": standing.unread,
        "first_unread": time(standing.first_unread) if standing.first_unread else None,
        "overdue": row.overdue.value if row.overdue is not Overdue.NO else False,
        "flags": [flag(one) for one in row.flags],
        "signals": [signal(one) for one in row.signals],
        "meldcodes": [meldcode(one) for one in row.meldcodes],
        "lists": lists(list(row.lists)),
        "devices": [device(one) for one in row.devices],
        "cards": [{**desk_entry(card), "body": wire.b64(body)} for card, body in row.cards],
        "independent": independence(row.independent) if row.independent else None,
        "made_for": list(row.made_for),
    }


def _talk_record(row: TalkRow, aside: frozenset[str], found: Talks) -> dict[str, Any]:
    record = json.loads(row.record.text)
    other = record["t"] == "talk" and record["log"] != found.log
    marks = {
        "aside": row.hash in aside,
        # Of an earlier log, and not among what this one took over when it was begun.
        "again": other and found.begun is not None and row.at >= found.begun,
        "late": levels.is_late(record, row.at),
        "ahead": levels.is_ahead(record, row.at),
    }
    return {
        "type": row.type,
        "signed": signed(row.record),
        "at": time(row.at),
        "index": row.index,
        "marks": [name for name, holds in marks.items() if holds],
    }


def _verdict(told: Told) -> dict[str, Any]:
    return {
        "level": told.verdict.level.value,
        "unlocked": told.verdict.unlocked,
        "state": "withdrawn" if told.verdict.withdrawn else "stands",
        "realised": told.verdict.realised,
    }


def talks(found: Talks) -> dict[str, Any]:
    """Everything about a child's talks, for a professional."""
    return {
        "subj": found.subj,
        "log": found.log,
        "nb": {"size": found.size, "root": found.root},
        "device": signed(found.device.record) if found.device else None,
        "child": found.child,
        "plans": [signed(plan.row.record) for plan in found.plans],
        "chains": [
            {
                "first": told.chain.first.hash,
                "records": [_talk_record(row, told.aside, found) for row in told.rows],
                **_verdict(told),
            }
            for told in found.told
        ],
    }


def drawn(one: Drawn) -> dict[str, Any]:
    """A talk of a sample, for whoever may ask the child about it."""
    return {"talk": signed(one.row.record), "child": one.row.child, "found": one.found}


def phone_talks(all_told: Sequence[Told], plans: Sequence[Plan]) -> dict[str, Any]:
    """A child's own talks and plans, for its phone."""
    return {
        "talks": [
            {
                "signed": signed(told.current.record),
                "type": told.current.type,
                "first": told.chain.first.hash,
                "index": told.current.index,
                **_verdict(told),
                "answers": [signed(row.record) for row in told.rows if row.type == "answer"],
                "withdrawal": signed(told.newest.record) if told.verdict.withdrawn else None,
                "name": told.name,
            }
            for told in all_told
        ],
        "plans": [{"signed": signed(plan.row.record), "name": plan.name} for plan in plans],
    }


def request(one: Request) -> dict[str, Any]:
    """A child's request to talk alone, and what became of it."""
    return {
        "signed": signed(one.row.record),
        "hash": one.row.hash,
        "index": one.row.index,
        "since": time(one.since),
        "name": one.name,
        "ends": [signed(end.record) for end in one.ends],
        "closed": one.how,
        "by": one.closed.hash if one.closed else None,
    }


def waiting(one: Waiting) -> dict[str, Any]:
    """An open request on a desk."""
    return {"child": one.child, "due": one.due, **request(one.request)}


def siblings(found: Siblings) -> dict[str, Any]:
    """Brothers and sisters of a child, for one of its readers."""
    mine = [{"child": child, "last": last.isoformat() if last else None} for child, last in found.mine]
    return {"known": found.known, "siblings": mine, "others": found.others}


def phone_requests(subj: str | None, found: Sequence[Request]) -> dict[str, Any]:
    """A child's own requests, for its phone."""
    return {"subj": subj, "requests": [request(one) for one in found]}


def documents(found: Documents) -> dict[str, Any]:
    """What the server knows of a child's documents, and the roster's decisions."""
    return {
        "documents": [
            {
                "id": one.entry,
                "kind": one.kind.value,
                "day": one.day.isoformat(),
                "offered": one.offered,
                "quoted": one.quoted,
                "at": time(one.at),
                "by": one.person,
            }
            for one in found.documents
        ],
        "decisions": [
            {
                "measure": one.decision.measure,
                "kind": one.decision.kind,
                "day": one.decision.day.isoformat(),
                "months": one.months,
                "before": {"talk": one.talk, "written": one.written, "offered": one.offered, "words": one.words},
                "heard": one.heard,
            }
            for one in found.decisions
        ],
    }
