"""What an inspector or a court sees: a verdict in words, the making of a policy, the drawing of a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from kindstem.errors import BadRequest, SetupFault
from kindstem.verify import Finding, Status, Transcript, Unreadable, Verdict, parse_policy
from kindstem.verify.figures import totals
from kindstem.wire import canonical, unb64
from kindstem.words import Words

_HEADS: Final = {
    Status.SOUND: "verify.sound",
    Status.NOT_SOUND: "verify.notsound",
    Status.UNREADABLE: "verify.unreadable",
    Status.CONSISTENT: "verify.consistent",
}
_SUMMED: Final = ("withheld", "request-older", "late", "weak", "overlap")
"""Findings of which a sentence says how many there are, before they are named one by one."""


def shown(verdict: Verdict | Transcript, words: Words) -> Iterator[str]:
    """A verdict, line by line.

    The texts of a transcript come from a file that may be meant to deceive: what a terminal would obey is shown as a
    mark.
    """
    if isinstance(verdict, Transcript):
        for line in (one.replace("\n", " ⏎ ") for one in _transcript(verdict, words)):
            yield "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)
        return
    t = words.t
    if verdict.status is Status.UNREADABLE:
        yield from _unreadable(verdict, words)
        return
    yield t(_HEADS[verdict.status])
    if verdict.facts["policy"]:
        yield t("verify.policy")
    yield ""
    yield t("verify.show.about", **verdict.facts)
    yield t("verify.show.root", root=verdict.facts["root"])
    yield t("verify.show.checked", **dict.fromkeys(("openings", "signatures", "chains"), 0) | verdict.checked)
    if verdict.facts["policy"]:
        yield t("verify.show.outside", **verdict.checked)
    yield ""
    yield from _figures(verdict, words)
    summed = [t(f"verify.{name}", n=verdict.counts[name]) for name in _SUMMED if verdict.counts.get(name)]
    if summed:
        yield ""
        yield from summed
    yield from _found(verdict.findings, verdict.counts, words)
    yield ""
    yield from words.series("verify.notproven.#")
    yield ""
    yield t("def.contact")
    yield t("def.request")
    yield t("def.level")


def _unreadable(verdict: Verdict | Transcript, words: Words) -> Iterator[str]:
    yield words.t("verify.unreadable")
    yield ""
    yield words.t(f"verify.reason.{verdict.reason}")
    if verdict.where:
        yield words.t("verify.show.where", where=verdict.where)


_TRANSCRIPT: Final = {
    Status.SOUND: "transcript.sound",
    Status.NOT_SOUND: "transcript.notsound",
    Status.CONSISTENT: "transcript.consistent",
}


def _transcript(verdict: Transcript, words: Words) -> Iterator[str]:
    t, facts = words.t, verdict.facts
    if verdict.status is Status.UNREADABLE:
        yield from _unreadable(verdict, words)
        return
    yield t(_TRANSCRIPT[verdict.status])
    if facts["policy"]:
        yield t("transcript.policy")
    yield ""
    yield t("transcript.code", code=facts["code"])
    if facts["decision"]:
        yield t("transcript.about", **facts | {"decision": t(f"transcript.decision.{facts['decision']}")})
    yield t("transcript.made", **facts)
    if verdict.quotes:
        yield ""
        yield f"{t('transcript.quotes')}:"
        for number, quote in enumerate(verdict.quotes, 1):
            span = {"start": quote.start // 1000, "end": -(-quote.end // 1000)}
            told = {"n": number, "at": quote.at, "text": quote.text, "recording": quote.recording, **span}
            yield f"  {t(f'transcript.quote.{quote.state}', **told)}"
            if quote.way == "kindmodus":
                yield f"  {t('transcript.quote.kindmodus')}"
            if quote.rule:
                yield f"  {t('transcript.quote.rule', rule=quote.rule, why=quote.why)}"
    if doc := verdict.document:
        yield ""
        yield f"{t('transcript.document')}:"
        for one in doc["observations"]:
            yield f"  {t('transcript.seen', **one)}"
        for one in doc["interpretation"]:
            yield f"  {t('transcript.meant', **one)}"
        if doc["child"]:
            yield f"  {t('transcript.child', text=doc['child'])}"
        if doc["reaction"]["reason"]:
            yield f"  {t('transcript.unasked', reason=doc['reaction']['reason'])}"
    yield ""
    if not verdict.reactions:
        yield t("transcript.reactions.none")
    else:
        yield f"{t('transcript.reactions')}:"
        for one in verdict.reactions:
            place = t(f"transcript.place.{one.section or 'whole'}", n=one.part)
            yield f"  {t('transcript.reaction', at=one.at, place=place, version=one.version, value=one.value)}"
            for text in one.texts:
                yield from (f"    “{line}”" for line in text.splitlines())
            if one.sounds or one.drawings:
                yield f"    {t('transcript.reaction.more', sounds=one.sounds, drawings=one.drawings)}"
            if one.way == "kindmodus":
                yield f"    {t('transcript.quote.kindmodus')}"
    yield from _found(verdict.findings, {}, words)
    yield ""
    yield from words.series("transcript.notproven.#")


def _figures(verdict: Verdict, words: Words) -> Iterator[str]:
    t = words.t
    found = totals(verdict.figures)
    realised = found["realised"]
    yield f"{t('verify.show.realised')}:"
    for level in ("A", "B", "C", "D"):
        more = {"unlocked": realised["A-unlocked"]} if level == "A" else {}
        yield f"  {t(f'verify.show.level.{level}', n=realised[level], **more)}"
    yield t("verify.show.disputed", n=found["disputed"])
    yield t("verify.show.withdrawn", n=found["withdrawn"], after=found["withdrawn-after-dispute"])
    yield t("verify.show.notheld", n=_listed(found["notheld"]))
    yield t("verify.show.others", n=_listed(found["others"]))
    yield t("verify.show.requests", waiting=verdict.figures["waiting"], **found["requests"])
    yield f"{t('verify.show.children')}:"
    for month in verdict.figures["months"]:
        facts = {"month": month["month"], "n": month["children"], "more": month["children-taken-out"]}
        yield f"  {t('verify.show.children.taken' if facts['more'] else 'verify.show.children.month', **facts)}"
    if found["samples"]:
        asked = {name: found["samples"].get(name, 0) for name in ("yes", "no", "unreached")}
        yield t("verify.show.samples", **asked)


def _listed(counts: dict[str, int]) -> str:
    named = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
    return f"{sum(counts.values())}" + (f" ({named})" if named else "")


def _found(findings: Iterable[Finding], counts: dict[str, int], words: Words) -> Iterator[str]:
    all_of = list(findings)
    for grave, title in ((True, "verify.show.failed"), (False, "verify.show.named")):
        found = [one for one in all_of if one.grave is grave]
        if found:
            yield ""
            yield f"{words.t(title)}:"
            yield from _named(found, counts, words)


def _named(found: list[Finding], counts: dict[str, int], words: Words) -> Iterator[str]:
    by_code: dict[str, list[Finding]] = {}
    for one in found:
        by_code.setdefault(one.code, []).append(one)
    for code, group in by_code.items():
        for one in group:
            place = words.t("verify.show.entry", n=one.index) + ": " if one.index is not None else ""
            yield f"  {place}{words.t(f'verify.say.{code}', **dict(one.facts))}"
        if (more := counts.get(code, 0) - len(group)) > 0:
            yield f"  {words.t('verify.show.more', n=more)}"


# --- the policy -------------------------------------------------------------------------------------------------------

ASKED: Final = {
    "org": "The organisation's id: 22 characters, from the organisation's own page or letter.",
    "log": "The log's id: 22 characters, read off the screen of a professional at your first visit.",
    "log_key": "The log's public key: 43 characters. Compare it in person, at your first visit, with the screens of "
    "two professionals who do not sit together; never by mail from the organisation.",
    "introducer": "The key id of the person from whom introductions begin: 43 characters, read to you in person by "
    "that person from their own screen.",
    "independent": "The key ids of people who do not depend on this organisation (vertrouwenspersonen), from THEIR "
    "organisation. Without one, nobody outside has countersigned a destruction.",
    "witness": "Witnesses as NAME=KEY, from each witness itself. Each must have cosigned.",
    "tsa_root": "The root certificate of a time-stamping authority, in PEM, from the EU trusted list.",
}
"""What a policy needs, and where each must come from. None comes from the bundle."""


def policy_of(
    *,
    org: str,
    log: str,
    log_keys: list[str],
    introducers: list[str],
    independent: list[str],
    witnesses: list[str],
    tsa_roots: list[Path],
    external_time: bool,
    needs_independent: bool,
) -> bytes:
    """The policy file of these answers. Raises SetupFault with the answer that cannot be one."""
    for what, texts, length in (
        ("organisation's id", [org], 16),
        ("log's id", [log], 16),
        ("log's key", log_keys, 32),
        ("introducer's key id", introducers, 32),
        ("independent key id", independent, 32),
    ):
        for text in texts:
            _exact(what, text, length)
    value: dict[str, Any] = {
        "v": 1,
        "org": org,
        "log": {"id": log, "keys": log_keys},
        "introducers": introducers,
        "independent": independent,
        "witnesses": [_witness(text) for text in witnesses],
        "tsa_roots": [_pem(path) for path in tsa_roots],
        "require": {"independent": needs_independent, "external_time": external_time},
        "state": None,
    }
    try:
        parse_policy(value)
    except Unreadable:
        raise SetupFault("This makes no policy: check that every key is written out whole.") from None
    return canonical(value) + b"\n"


def _exact(what: str, text: str, length: int) -> None:
    try:
        data = unb64(text)
    except BadRequest:
        data = b""
    if len(data) != length:
        raise SetupFault(f"'{text}' is no {what}: it has {-(-length * 8 // 6)} letters, digits, '-' and '_'.")


def _witness(text: str) -> dict[str, Any]:
    name, _, key = text.rpartition("=")
    _exact(f"witness's key (in '{text}')", key, 32)
    return {"name": name, "key": key, "quorum": True}


def _pem(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        raise SetupFault(f"{path} is no certificate in PEM.") from None


def write_anew(path: Path, data: bytes) -> None:
    """Put data in place of a file, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def progress_on(write: Callable[[str], None]) -> Callable[[int, int], None]:
    """Progress in hundredths, told each time one is full."""
    told = -1

    def tell(done: int, of: int) -> None:
        nonlocal told
        now = 100 * done // of if of else 100
        if now != told:
            told = now
            write(f"\r{now:3d}%" + ("\n" if now == 100 else ""))

    return tell
