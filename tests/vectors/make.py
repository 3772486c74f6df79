"""Makes the vectors of our own formats anew: `.venv/bin/python tests/vectors/make.py`.

Keys, texts and times are fixed; sealing draws random bytes, so envelopes differ from run to run while their outcomes do
not. hpke-0x647a.json is not made here: those figures are published by others, and their source stands in the file.
"""

from __future__ import annotations

from typing import Any

from cast import ADA, CHECKIN, CHILD, CONFIDANTS, DRAWING, INDEPENDENT, IRIS, JO, MOOD, NOOR_SECRET, NOOR_SEED, NOW, OFFER, ONCALL, ORG, SAM, TESS, TEXT, VERA, VOICE, WORKERS, changed, fixed, fixed_id, noor, write  # isort: skip

from make_envelopes import envelope_vectors
from make_log import log_vectors
from make_said import said_vectors
from make_talks import talk_vectors

from kindstem import sealing
from kindstem.said import said_record, with_said
from kindstem.signing import SigningKey, reading_key_id, safety_number, signing_key_id
from kindstem.wire import Signed, b64, label, padded_size, record_hash, request_message, time_text, unb64

# --- canonical JSON ---------------------------------------------------------------------------------------------------


def canonical_vectors() -> None:
    """Bytes as they arrive, and whether they are the one form of their value."""
    texts: list[tuple[str, str | bytes, str]] = [
        ("an empty object", "{}", "ok"),
        ("keys in order of UTF-16", '{"\\n":1,"\u20ac":2,"\U0001f600":3,"\ufb33":4}', "ok"),
        ("keys in order of code points only", '{"\ufb33":4,"\U0001f600":3}', "bad-record"),
        ("upper case before lower", '{"A":1,"a":2}', "ok"),
        ("keys out of order", '{"b":1,"a":2}', "bad-record"),
        ("a doubled key", '{"a":1,"a":1}', "bad-record"),
        ("a space", '{"a": 1}', "bad-record"),
        ("a line end behind", '{"a":1}\n', "bad-record"),
        ("a byte order mark", b"\xef\xbb\xbf{}", "bad-record"),
        ("bytes that are no text", b'{"a":"\xff"}', "bad-record"),
        ("a surrogate in UTF-8", b'{"a":"\xed\xa0\x80"}', "bad-record"),
        ("an escaped lone surrogate", '{"a":"\\ud800"}', "bad-record"),
        ("an escaped pair", '{"a":"\\ud83d\\ude00"}', "bad-record"),
        ("an emoji", '{"a":"\U0001f600"}', "ok"),
        ("control characters", '{"a":"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\"}', "ok"),
        ("a control character in capitals", '{"a":"\\u001F"}', "bad-record"),
        ("a needless escape", '{"a":"\\/"}', "bad-record"),
        ("a needless escape of a letter", '{"a":"\\u0061"}', "bad-record"),
        ("a line separator as it is", '{"a":"\u2028"}', "ok"),
        ("DEL as it is", '{"a":"\x7f"}', "ok"),
        ("the largest integer", '{"a":9007199254740991}', "ok"),
        ("the smallest integer", '{"a":-9007199254740991}', "ok"),
        ("an integer too large", '{"a":9007199254740992}', "bad-record"),
        ("an integer that is not its own double", '{"a":9007199254740993}', "bad-record"),
        ("a fraction", '{"a":1.5}', "bad-record"),
        ("a whole number with a point", '{"a":1.0}', "bad-record"),
        ("an exponent", '{"a":1e3}', "bad-record"),
        ("more than a double holds", '{"a":1e999}', "bad-record"),
        ("minus zero", '{"a":-0}', "bad-record"),
        ("a leading zero", '{"a":01}', "bad-record"),
        ("not a number", '{"a":NaN}', "bad-record"),
        ("true, false, null", "[true,false,null]", "ok"),
        ("an empty list in a list", "[[]]", "ok"),
        ("a text alone", '"a"', "ok"),
        ("a field named __proto__", '{"__proto__":{"a":1}}', "ok"),
        ("a field named constructor", '{"constructor":1}', "ok"),
        ("sixteen deep", "[" * 16 + "1" + "]" * 16, "ok"),
        ("seventeen deep", "[" * 17 + "1" + "]" * 17, "bad-record"),
        ("a hundred thousand deep", "[" * 100_000 + "]" * 100_000, "bad-record"),
        ("nothing", "", "bad-record"),
        ("half an object", '{"a":', "bad-record"),
        ("a comma too many", "[1,]", "bad-record"),
        ("two values", "{}{}", "bad-record"),
        ("no key", "{1:2}", "bad-record"),
    ]
    cases = []
    for name, text, outcome in texts:
        data = text if isinstance(text, bytes) else text.encode()
        # A pattern and a count, where the bytes themselves would only fill the page.
        form = {"repeat": ["[", "]", 100_000]} if len(data) > 10_000 else {"hex": data.hex()}
        cases.append({"name": name, **form, "outcome": outcome})
    write("canonical.json", {"about": "docs/protocol/keys.md, conventions", "cases": cases})


# --- records ----------------------------------------------------------------------------------------------------------


def record_vectors() -> None:
    """Records of every type, whole and not."""
    person, child, second = SAM.record, noor().record, SAM.as_reader("second", NOW)
    lists = OFFER.bundle
    next_list = sealing.readers_record(
        ORG, CHILD, "worker", [IRIS.as_reader("worker", NOW), VERA.as_reader("second", NOW)], at=NOW, before=WORKERS
    )
    reset = SAM.sign_reset(child, NOW).record
    answered = sealing.offer_answer_record(ORG, CHILD, fixed_id("offer"), "later", "phone", NOW)
    later = sealing.readers_record(ORG, CHILD, "independent", INDEPENDENT["readers"], at=NOW, before=INDEPENDENT)
    served = [TESS.signed().json(), ADA.signed().json()]
    around = {"lists": [WORKERS, CONFIDANTS, ONCALL], "persons": [*lists["persons"], *served]}
    both = changed(ONCALL, readers=[{**SAM.as_reader("worker", NOW), "role": "oncall"}])
    cases: list[tuple[str, str, Any, str]] = [
        ("a person", "person", person, "ok"),
        ("a child", "child", child, "ok"),
        ("a first worker list", "readers", WORKERS, "ok"),
        ("a first confidant list", "readers", CONFIDANTS, "ok"),
        ("a second worker list", "readers", next_list, "ok"),
        ("a person of the on-call service", "person", TESS.record, "ok"),
        ("a person who is independent for everybody", "person", changed(JO.record, role="independent"), "bad-record"),
        ("a first on-call list", "readers", ONCALL, "ok"),
        ("an on-call list of one", "readers", changed(ONCALL, readers=ONCALL["readers"][:1]), "ok"),
        ("an on-call list of nobody", "readers", changed(ONCALL, readers=[]), "bad-record"),
        (
            "a worker slipped into an on-call list", "readers",
            changed(ONCALL, readers=[*ONCALL["readers"], IRIS.as_reader("worker", NOW)]), "bad-record",
        ),
        (
            "somebody of the service slipped into a worker list", "readers",
            changed(WORKERS, readers=[*WORKERS["readers"], TESS.as_reader("oncall", NOW)]), "bad-record",
        ),
        ("somebody of the service as confidant", "readers", changed(CONFIDANTS, readers=ONCALL["readers"][:1]), "bad-record"),
        ("a first independent list", "readers", INDEPENDENT, "ok"),
        ("a second independent list", "readers", later, "ok"),
        (
            "two who are independent", "readers",
            changed(INDEPENDENT, readers=[*INDEPENDENT["readers"], TESS.as_reader("independent", NOW)]), "bad-record",
        ),
        ("a confidant as independent", "readers", changed(INDEPENDENT, readers=CONFIDANTS["readers"]), "bad-record"),
        ("an independent as confidant", "readers", changed(CONFIDANTS, readers=INDEPENDENT["readers"]), "bad-record"),
        ("a bundle with all three lists", "bundle", changed(lists, **around), "ok"),
        (
            "a bundle with the on-call list and no confidant", "bundle",
            changed(lists, lists=[WORKERS, ONCALL], persons=[*lists["persons"][:2], *served]), "ok",
        ),
        (
            "a bundle with the on-call list before the confidant", "bundle",
            changed(lists, lists=[WORKERS, ONCALL, CONFIDANTS], persons=around["persons"]), "bad-record",
        ),
        (
            "a bundle with the on-call list alone", "bundle",
            changed(lists, lists=[ONCALL], persons=served), "bad-record",
        ),
        (
            "a bundle with somebody on two lists", "bundle",
            changed(lists, lists=[WORKERS, both], persons=lists["persons"][:2]), "bad-record",
        ),
        (
            "a bundle with somebody independent at first", "bundle",
            changed(lists, lists=[WORKERS, INDEPENDENT]), "bad-record",
        ),
        ("a bundle with somebody independent later", "bundle", changed(lists, lists=[WORKERS, later]), "ok"),
        ("a bundle", "bundle", OFFER.bundle, "ok"),
        ("a reset", "reset", reset, "ok"),
        ("an answer to an offer", "offer-answer", answered, "ok"),
        ("an answer to an offer, said on a tablet", "offer-answer", changed(answered, way="kindmodus"), "ok"),
        ("an answer to an offer that is none", "offer-answer", changed(answered, says="held"), "bad-record"),
        ("an answer to an offer by a third way", "offer-answer", changed(answered, way="desk"), "bad-record"),
        ("an answer to no offer", "offer-answer", changed(answered, offer=None), "bad-record"),
        ("an answer to an offer with words", "offer-answer", changed(answered, text="ja"), "bad-record"),
        ("another type", "person", changed(person, t="child"), "bad-record"),
        ("another version", "person", changed(person, v=2), "bad-record"),
        ("a version that is true", "person", changed(person, v=True), "bad-record"),
        ("an unknown field", "person", changed(person, admin=True), "bad-record"),
        ("a field named __proto__", "person", {**person, "__proto__": 1}, "bad-record"),
        ("a missing field", "person", changed(person, at=None), "bad-record"),
        ("a null field", "person", changed(person, name="null"), "bad-record"),
        ("an empty name", "person", changed(person, name=""), "bad-record"),
        ("a name of eighty emoji", "person", changed(person, name="\U0001f600" * 80), "ok"),
        ("a name of eighty-one", "person", changed(person, name="a" * 81), "bad-record"),
        ("a name with a line end", "person", changed(person, name="Sam\n"), "bad-record"),
        ("a name that turns the direction", "person", changed(person, name="Sam \u202earev"), "bad-record"),
        ("a name with a lone surrogate", "person", changed(person, name="Sam \ud800"), "bad-record"),
        ("a role we do not have", "person", changed(person, role="manager"), "bad-record"),
        ("a role in a list", "person", changed(person, role=["worker"]), "bad-record"),
        ("an id with stray bits", "person", changed(person, person=person["person"][:-1] + "B"), "bad-record"),
        ("an id with padding", "person", changed(person, person=person["person"] + "=="), "bad-record"),
        ("an id in the other alphabet", "person", changed(person, person="+" * 21 + "A"), "bad-record"),
        ("a short reading key", "person", changed(person, reading=person["reading"][:-4]), "bad-record"),
        ("an X25519 key to read with", "person", changed(person, reading=b64(fixed("x"))), "bad-record"),
        ("no signing key", "person", changed(person, signing=[]), "bad-record"),
        ("one signing key twice", "person", changed(person, signing=person["signing"] * 2), "bad-record"),
        ("a time with a zone", "person", changed(person, at="2026-11-22T09:30:00+00:00"), "bad-record"),
        ("a time with fractions", "person", changed(person, at="2026-11-22T09:30:00.5Z"), "bad-record"),
        ("a day that does not exist", "person", changed(person, at="2026-02-30T09:30:00Z"), "bad-record"),
        ("a leap day", "person", changed(person, at="2028-02-29T23:59:59Z"), "ok"),
        ("a leap day in a plain year", "person", changed(person, at="2026-02-29T23:59:59Z"), "bad-record"),
        ("hour twenty-four", "person", changed(person, at="2026-11-22T24:00:00Z"), "bad-record"),
        ("second sixty", "person", changed(person, at="2026-12-31T23:59:60Z"), "bad-record"),
        ("digits of another script", "person", changed(person, at="2026-11-2\u0662T09:30:00Z"), "bad-record"),
        ("a time with a line end", "person", changed(person, at="2026-11-22T09:30:00Z\n"), "bad-record"),
        ("a list for a person", "person", [person], "bad-record"),
        ("null for a person", "person", None, "bad-record"),
        ("a kindnummer with an O", "child", changed(child, child="KOOO-M9XWB"), "bad-record"),
        ("a kindnummer in lower case", "child", changed(child, child="k7q2-m9xwb"), "bad-record"),
        ("a kindnummer with a line end", "child", changed(child, child=CHILD + "\n"), "bad-record"),
        ("a lock we do not have", "child", changed(child, lock="none"), "bad-record"),
        ("a level that is a number", "child", changed(child, level=12), "bad-record"),
        ("a language with a script", "child", changed(child, lang="zh-Hant"), "ok"),
        ("a language that is a word", "child", changed(child, lang="dutch"), "bad-record"),
        ("two device keys", "child", changed(child, signing=[child["signing"]]), "bad-record"),
        ("list 0", "readers", changed(WORKERS, number=0), "bad-record"),
        ("list 1 that follows another", "readers", changed(WORKERS, prev=next_list["prev"]), "bad-record"),
        ("list 2 that follows none", "readers", changed(next_list, prev="null"), "bad-record"),
        ("a list that is true", "readers", changed(WORKERS, number=True), "bad-record"),
        ("nobody", "readers", changed(WORKERS, readers=[]), "bad-record"),
        ("a worker alone", "readers", changed(WORKERS, readers=WORKERS["readers"][:1]), "list-too-small"),
        ("a second reader alone", "readers", changed(WORKERS, readers=WORKERS["readers"][1:]), "list-too-small"),
        (
            "two workers without a second reader", "readers",
            changed(WORKERS, readers=[WORKERS["readers"][0], IRIS.as_reader("worker", NOW)]), "list-too-small",
        ),
        (
            "two workers and a second reader", "readers",
            changed(WORKERS, readers=[*WORKERS["readers"], IRIS.as_reader("worker", NOW)]), "ok",
        ),
        ("one person twice", "readers", changed(WORKERS, readers=[WORKERS["readers"][0], second]), "bad-record"),
        (
            "one key under two persons", "readers",
            changed(WORKERS, readers=[WORKERS["readers"][0], {**second, "person": VERA.person}]), "bad-record",
        ),
        (
            "a confidant among workers", "readers",
            changed(WORKERS, readers=[*WORKERS["readers"], *CONFIDANTS["readers"]]), "bad-record",
        ),
        ("a worker as confidant", "readers", changed(CONFIDANTS, readers=WORKERS["readers"][:1]), "bad-record"),
        ("a list for oneself", "readers", changed(CONFIDANTS, circle="self"), "bad-record"),
        (
            "a reader with an unknown field", "readers",
            changed(CONFIDANTS, readers=[{**CONFIDANTS["readers"][0], "note": ""}]), "bad-record",
        ),
        (
            "a reader since no day", "readers",
            changed(CONFIDANTS, readers=[{**CONFIDANTS["readers"][0], "since": "2026-13-01"}]), "bad-record",
        ),
        ("a bundle with the worker list only", "bundle", changed(lists, lists=[WORKERS], persons=lists["persons"][:2]), "ok"),
        ("a bundle without lists", "bundle", changed(lists, lists=[]), "bad-record"),
        ("a bundle with the lists turned round", "bundle", changed(lists, lists=[CONFIDANTS, WORKERS]), "bad-record"),
        ("a bundle with one list twice", "bundle", changed(lists, lists=[WORKERS, WORKERS]), "bad-record"),
        ("a bundle with a second list", "bundle", changed(lists, lists=[next_list, CONFIDANTS]), "bad-record"),
        ("a bundle with a worker list too small", "bundle", changed(lists, lists=[changed(WORKERS, readers=WORKERS["readers"][:1])]), "list-too-small"),
        ("a bundle without one person", "bundle", changed(lists, persons=lists["persons"][:2]), "bad-record"),
        ("a bundle with one person more", "bundle", changed(lists, persons=[*lists["persons"], IRIS.signed().json()]), "bad-record"),
        ("a bundle with one person twice", "bundle", changed(lists, persons=[*lists["persons"], lists["persons"][0]]), "bad-record"),
        (
            "a bundle with other keys in the list than in the person", "bundle",
            changed(lists, lists=[changed(WORKERS, readers=[{**WORKERS["readers"][0], "reading": IRIS.record["reading"]}, WORKERS["readers"][1]]), CONFIDANTS]),
            "bad-record",
        ),
        ("a bundle for another child", "bundle", changed(lists, child="K000-00000"), "bad-record"),
        ("a bundle of another organisation", "bundle", changed(lists, org=fixed_id("other")), "bad-record"),
        ("a bundle with an unsigned person", "bundle", changed(lists, persons=[{"record": SAM.record, "sigs": []}, *lists["persons"][1:]]), "bad-record"),
        ("a reset without a device", "reset", changed(reset, device=None), "bad-record"),
    ]  # fmt: skip
    written = [
        {
            "name": name, "t": t, "record": record, "outcome": outcome,
            **({"hash": b64(record_hash(record))} if outcome == "ok" else {}),
        }
        for name, t, record, outcome in cases
    ]  # fmt: skip
    signed = VERA.sign_record(SAM.signed()).json()
    one, two = signed["sigs"]
    turned = b64(bytes([unb64(one["sig"])[0] ^ 1]) + unb64(one["sig"])[1:])
    sam, vera, iris = SAM.record["signing"][0], VERA.record["signing"][0], IRIS.record["signing"][0]
    renamed = {"record": changed(SAM.record, name="Bram"), "sigs": signed["sigs"]}
    signatures = [
        {"name": "by itself", "signed": signed, "key": sam, "outcome": "ok"},
        {"name": "by who introduces", "signed": signed, "key": vera, "outcome": "ok"},
        {"name": "by somebody else", "signed": signed, "key": iris, "outcome": "bad-signature"},
        {"name": "a turned bit", "signed": {**signed, "sigs": [{**one, "sig": turned}]}, "key": sam, "outcome": "bad-signature"},
        {"name": "another's signature under my id", "signed": {**signed, "sigs": [{**two, "by": one["by"]}]}, "key": sam, "outcome": "bad-signature"},
        {"name": "a changed record", "signed": renamed, "key": sam, "outcome": "bad-signature"},
        {"name": "no signature", "signed": {**signed, "sigs": []}, "key": sam, "outcome": "bad-record"},
        {"name": "one key twice", "signed": {**signed, "sigs": [one, one]}, "key": sam, "outcome": "bad-record"},
        {"name": "a short signature", "signed": {**signed, "sigs": [{**one, "sig": one["sig"][:-2]}]}, "key": sam, "outcome": "bad-record"},
        {"name": "an unknown field", "signed": {**signed, "note": ""}, "key": sam, "outcome": "bad-record"},
    ]
    write("records.json", {"about": "docs/protocol/keys.md, signed records", "records": written, "signatures": signatures})


# --- keys and numbers -------------------------------------------------------------------------------------------------


def key_vectors() -> None:
    """Keys out of seeds, ids, a signature, safety numbers and a device's request."""
    reading = [
        {"seed": b64(seed), "public": b64(public := sealing.reading_public(seed)), "id": b64(reading_key_id(public)),
         "unlock": b64(sealing.unlock_key(seed).public)}
        for seed in (fixed("one"), fixed("two"), bytes(32))
    ]  # fmt: skip
    signing = []
    for seed in (fixed("three"), bytes(32)):
        key, message = SigningKey.from_seed(seed), label("envelope device") + b"hoi"
        signing.append(
            {"seed": b64(seed), "public": b64(key.public), "id": b64(signing_key_id(key.public)),
             "label": "envelope device", "message": "hoi", "signature": b64(key.sign(message))}
        )  # fmt: skip
    hashes = [record_hash(one.record) for one in (SAM, VERA, JO)]
    safety = [
        {"a": b64(a), "b": b64(b), "number": safety_number(a, b)}
        for a, b in ((hashes[0], hashes[1]), (hashes[1], hashes[0]), (hashes[0], hashes[2]), (bytes(32), bytes(32)))
    ]
    device, requests = SigningKey.from_seed(fixed("Noor device")), []
    for method, path, body in (("POST", "/api/inbox", b'{"after":0}'), ("PUT", f"/api/entries/{fixed_id('e')}", b"")):
        nonce = fixed_id(path)
        message = request_message(method, path, 1_795_339_800, nonce, body)
        requests.append(
            {"method": method, "path": path, "at": 1_795_339_800, "nonce": nonce, "body": b64(body),
             "message": b64(message), "seed": b64(fixed("Noor device")), "signature": b64(device.sign(message))}
        )  # fmt: skip
    good = f"Kindstem {fixed_id('d')}.1795339800.{fixed_id('n')}.{requests[0]['signature']}"
    headers = [
        {"name": "whole", "header": good, "outcome": "ok"},
        {"name": "another scheme", "header": good.replace("Kindstem", "Bearer"), "outcome": "bad-request"},
        {"name": "in lower case", "header": good.replace("Kindstem", "kindstem"), "outcome": "bad-request"},
        {"name": "a part less", "header": good.rsplit(".", 1)[0], "outcome": "bad-request"},
        {"name": "a part more", "header": good + ".x", "outcome": "bad-request"},
        {"name": "a negative time", "header": good.replace(".1795339800.", ".-1795339800."), "outcome": "bad-request"},
        {"name": "a time with a zero in front", "header": good.replace(".179", ".0179"), "outcome": "bad-request"},
        {"name": "an endless time", "header": good.replace(".1795339800.", f".{'9' * 40}."), "outcome": "bad-request"},
        {"name": "stray bits", "header": good[:-1] + ("B" if good[-1] != "B" else "C"), "outcome": "bad-request"},
        {"name": "a line end", "header": good + "\n", "outcome": "bad-request"},
        {"name": "nothing", "header": "", "outcome": "bad-request"},
    ]
    sizes = [{"inner": n, "body": padded_size(n)} for n in (0, 1, 4047, 4048, 4049, 8144, 8145, 1_048_528, 1_048_529)]
    write("keys.json", {
        "about": "docs/protocol/keys.md; unlocking.md, device requests; envelope.md, padding",
        "reading": reading, "signing": signing, "safety": safety, "requests": requests, "headers": headers, "sizes": sizes,
    })  # fmt: skip


# --- enrolment --------------------------------------------------------------------------------------------------------


def enrol_vectors() -> None:
    """Keys of both ways in, what the child's app takes, and what the desk takes."""
    codes = [
        {"code": code, "outcome": outcome, **({"id": OFFER.typed.id, "key": b64(OFFER.typed.key)} if outcome == "ok" else {})}
        for code, outcome in (
            ("7K3M-Q9XW-B2ND-4HTV", "ok"),
            (" 7k3m q9xw b2nd 4htv ", "ok"),
            ("7K3MQ9XWB2ND4HTV", "ok"),
            ("7K3M-Q9XW-B2ND-4HT", "enrol-gone"),
            ("7K3M-Q9XW-B2ND-4HTU", "enrol-gone"),
            ("", "enrol-gone"),
        )
    ]
    alike = [{"typed": "OIL0-oil0-1111-2222", "normal": "0110011011112222"}]
    proofs = OFFER.json()["proofs"]
    lied = changed(OFFER.bundle, orgName="Another organisation")
    swapped_list = changed(WORKERS, readers=[IRIS.as_reader("worker", NOW), WORKERS["readers"][1]])
    swapped = changed(OFFER.bundle, lists=[swapped_list, CONFIDANTS], persons=[VERA.signed().json(), IRIS.signed().json(), JO.signed().json()])
    unsigned = changed(OFFER.bundle, persons=[
        {"record": SAM.record, "sigs": VERA.signed().json()["sigs"]}, *OFFER.bundle["persons"][1:],
    ])  # fmt: skip
    qr, typed = OFFER.qr.key, OFFER.typed.key
    own = {"qr": b64(sealing.readers_proof(qr, swapped)), "typed": b64(sealing.readers_proof(typed, unsigned))}

    def offer(name: str, bundle: Any, proof: str, method: str, outcome: str) -> dict[str, Any]:
        return {"name": name, "bundle": bundle, "proof": proof, "method": method, "outcome": outcome}

    offers = [
        offer("as meant, scanned", OFFER.bundle, proofs["qr"], "qr", "ok"),
        offer("as meant, typed", OFFER.bundle, proofs["typed"], "typed", "ok"),
        offer("the other way's proof", OFFER.bundle, proofs["typed"], "qr", "enrol-keys-differ"),
        offer("another name of the organisation", lied, proofs["qr"], "qr", "enrol-keys-differ"),
        offer("another worker", swapped, proofs["qr"], "qr", "enrol-keys-differ"),
        offer("another worker, typed", swapped, proofs["typed"], "typed", "enrol-keys-differ"),
        offer("another worker with a proof by who has the secret, but not the hash", swapped, own["qr"], "qr", "enrol-keys-differ"),
        offer("a person who did not sign for the own keys", unsigned, own["typed"], "typed", "enrol-keys-differ"),
        offer("no proof", OFFER.bundle, "", "qr", "enrol-keys-differ"),
        offer("no bundle", None, proofs["qr"], "qr", "enrol-keys-differ"),
    ]
    phone = noor()
    scanned, by_hand = phone.answer(OFFER.bundle, OFFER.qr, "qr"), phone.answer(OFFER.bundle, OFFER.typed, "typed")
    thief = sealing.ActedChild.enrol(OFFER.bundle, at=NOW, device=fixed_id("t"), seeds=(fixed("t1"), fixed("t2"), fixed("t3")))
    stolen = thief.answer(OFFER.bundle, OFFER.qr, "qr")
    other = sealing.Offer.make([swapped_list], [SAM.sign_record(IRIS.signed()), VERA.signed()], org_name="x", level="12",
                               startcode=OFFER.startcode, secret=OFFER.secret)  # fmt: skip
    shrunk = phone.answer({**OFFER.bundle, "lists": [WORKERS]}, OFFER.qr, "qr")
    answers = [
        {"name": "scanned", "answer": scanned, "outcome": "ok", "digits": OFFER.check_answer(scanned)},
        {"name": "typed", "answer": by_hand, "outcome": "ok", "digits": OFFER.check_answer(by_hand)},
        {"name": "by somebody with a photograph: the digits are other ones", "answer": stolen, "outcome": "ok", "digits": OFFER.check_answer(stolen)},
        {"name": "the child's keys changed on the way", "answer": {**scanned, "child": stolen["child"]}, "outcome": "enrol-keys-differ"},
        {"name": "the proof of the other way", "answer": {**scanned, "method": "typed"}, "outcome": "enrol-keys-differ"},
        {"name": "no proof", "answer": {**scanned, "proof": ""}, "outcome": "enrol-keys-differ"},
        {"name": "lists for another worker", "answer": {**scanned, "lists": phone.answer(other.bundle, OFFER.qr, "qr")["lists"]}, "outcome": "enrol-keys-differ"},
        {"name": "one list less", "answer": shrunk, "outcome": "enrol-keys-differ"},
        {"name": "lists signed by another device", "answer": {**scanned, "lists": stolen["lists"]}, "outcome": "enrol-keys-differ"},
        {"name": "a record not signed by its device", "answer": {**scanned, "child": {**scanned["child"], "sigs": stolen["child"]["sigs"]}}, "outcome": "enrol-keys-differ"},
    ]
    write("enrol.json", {
        "about": "docs/protocol/keys.md, enrolment", "org": ORG, "codes": codes, "alike": alike,
        "qr": {"secret": b64(OFFER.secret), "id": OFFER.qr.id, "key": b64(qr), "text": OFFER.qr_text("https://kindstem.example")},
        "R": b64(sealing.bundle_hash(OFFER.bundle)), "bundle": OFFER.bundle, "startcode": OFFER.startcode, "offers": offers, "answers": answers,
    })  # fmt: skip


# --- locks ------------------------------------------------------------------------------------------------------------


def lock_vectors() -> None:
    """A child's lock and a professional's keyring, with what must not open them."""
    phone, salt, pepper = noor(), fixed("salt", 16), fixed("pepper")
    child = []
    for secret in ("40817", "03110007"):
        x = phone.stretch(secret, salt)
        child.append(
            {"secret": secret, "salt": b64(salt), "x": b64(x), "D": b64(NOOR_SECRET), "v": b64(phone.lock_verifier(x)),
             "pepper": b64(pepper), "device": phone.device, "wrapped": b64(phone.wrapped_seed(x, pepper)),
             "seed": b64(NOOR_SEED), "outcome": "ok"}
        )  # fmt: skip
    good = child[0]
    bad = [{**good, name: value, "outcome": "key-wrong"} for name, value in (
        ("D", b64(fixed("another phone"))), ("pepper", b64(fixed("another pepper"))), ("device", fixed_id("another")),
        ("x", b64(fixed("another pin"))), ("wrapped", b64(unb64(good["wrapped"])[:-1])),
        ("wrapped", b64(unb64(good["wrapped"])[:20])),
    )]  # fmt: skip
    for one in bad:
        for derived in ("secret", "salt", "v", "seed"):
            del one[derived]
    phrases = []
    for way, typed, same in (
        ("passphrase", "abandon ability able about above absent absorb", " abandon  ability able about above absent absorb "),
        ("passphrase", "Zo\u00eb at \ufb01ve ferns in May", "Zoe\u0308 at five ferns in\u00a0May"),
        ("recovery", "zoo zone zero youth young you yes yellow year yard", "ZOO zone Zero youth young you yes\nyellow year yard"),
    ):  # fmt: skip
        stretch = sealing.stretch_passphrase if way == "passphrase" else sealing.stretch_recovery
        stretched = stretch(typed, salt)
        kek = sealing.desk_kek(stretched.share, pepper)
        phrases.append(
            {"way": way, "phrase": typed, "same": same, "salt": b64(salt), "verifier": b64(stretched.verifier),
             "share": b64(stretched.share), "pepper": b64(pepper), "kek": b64(kek), "person": SAM.person,
             "keyring": b64(SAM.keyring(kek)), "reading": b64(fixed("Sam reading")),
             "signing": b64(fixed("Sam signing")), "outcome": "ok"}
        )  # fmt: skip
    wrong = [{**phrases[0], name: value, "outcome": "key-wrong"} for name, value in (
        ("kek", b64(fixed("another kek"))), ("person", VERA.person), ("keyring", b64(unb64(phrases[0]["keyring"])[1:])),
    )]  # fmt: skip
    keyrings = [{name: one[name] for name in ("kek", "person", "keyring", "outcome")} for one in wrong]
    write("locks.json", {
        "about": "docs/protocol/unlocking.md; keys.md, keyring", "child": child + bad, "desk": phrases, "keyrings": keyrings,
    })  # fmt: skip


# --- payloads ---------------------------------------------------------------------------------------------------------

def payload_vectors() -> None:
    """What each kind may say, and what it may not."""
    answers: list[tuple[str, Any, str]] = [
        ("a mood", MOOD, "ok"),
        ("a mood beyond the scale", {**MOOD, "value": 6}, "bad-envelope"),
        ("a mood in words", {**MOOD, "value": "goed"}, "bad-envelope"),
        ("a mood that is true", {**MOOD, "value": True}, "bad-envelope"),
        ("feelings", {**MOOD, "key": "child.feel", "value": ["boos", "blij"]}, "ok"),
        ("no feelings", {**MOOD, "key": "child.feel", "value": []}, "bad-envelope"),
        ("two homes", {"key": "child.safe", "prompt": "?", "value": [{"home": "bij mama", "n": 0}, {"home": None, "n": 10}]}, "ok"),
        ("safer than ten", {"key": "child.safe", "prompt": "?", "value": [{"home": None, "n": 11}]}, "bad-envelope"),
        ("where", {"key": "child.where", "prompt": "?", "value": "bij oma"}, "ok"),
        ("what it wants", {"key": "child.want", "prompt": "?", "value": "praten"}, "ok"),
        ("with whom to talk alone", {"key": "child.talk", "prompt": "?", "options": ["Sam", "Vera"], "value": "Sam"}, "ok"),
        ("what may be done with it", {"key": "child.share", "prompt": "?", "value": "niks"}, "ok"),
        ("not alone", {"key": "child.alone", "prompt": "?", "value": "met hulp"}, "ok"),
        ("a question we do not have", {"key": "child.secret", "prompt": "?", "value": "x"}, "bad-envelope"),
        ("a question named constructor", {"key": "constructor", "prompt": "?", "value": "x"}, "bad-envelope"),
        ("no prompt", {"key": "child.where", "value": "x"}, "bad-envelope"),
        ("an unknown field", {**MOOD, "html": "<b>"}, "bad-envelope"),
        ("a line too long", {"key": "child.where", "prompt": "?", "value": "a" * 1_001}, "bad-envelope"),
    ]
    parts: list[tuple[str, Any, list[int], str]] = [
        ("a text", TEXT, [], "ok"),
        ("an empty text", {**TEXT, "text": ""}, [], "ok"),
        ("a recording", VOICE, [7], "ok"),
        ("a recording without its bytes", VOICE, [], "bad-envelope"),
        ("a recording with a byte more", VOICE, [8], "bad-envelope"),
        ("a recording of nothing", {**VOICE, "bytes": 0}, [0], "bad-envelope"),
        ("bytes without a recording", TEXT, [1], "bad-envelope"),
        ("a drawing", DRAWING, [], "ok"),
        ("a drawing without a stroke", {**DRAWING, "strokes": []}, [], "ok"),
        ("half a point", {**DRAWING, "strokes": [{**DRAWING["strokes"][0], "points": [1, 2, 3]}]}, [], "bad-envelope"),
        ("a point outside", {**DRAWING, "strokes": [{**DRAWING["strokes"][0], "points": [1, 1001]}]}, [], "bad-envelope"),
        ("a colour by name", {**DRAWING, "strokes": [{**DRAWING["strokes"][0], "colour": "red"}]}, [], "bad-envelope"),
        ("another size", {**DRAWING, "size": [100, 100]}, [], "bad-envelope"),
        ("a kind we do not have", {"kind": "link", "prompt": "?", "text": "x"}, [], "bad-envelope"),
        ("a kind named constructor", {"kind": "constructor", "prompt": "?", "text": "x"}, [], "bad-envelope"),
        ("a text without its prompt", {"kind": "text", "text": "x"}, [], "bad-envelope"),
    ]
    reach = {"v": 1, "name": "Noortje", "how": "Via school"}
    reply = {"v": 1, "lang": "nl", "outcome": "done", "parts": [{"kind": "text", "text": "Het is geregeld."}]}
    step = {"v": 1, "lang": "nl", "what": "step", "knows": None, "parts": [{"kind": "text", "text": "Ik kom morgen langs."}]}
    signal = {**step, "what": "signal", "knows": "refuses", "parts": [{"kind": "text", "text": "Je juf moet kunnen letten."}]}
    card = {"v": 1, "name": "Noor", "age": 15, "phone": "sometimes", "level": "12"}
    reaction = {"v": 1, "lang": "nl", "value": "Klopt", "prompt": "?", "options": ["Klopt", "Klopt niet"], "parts": []}
    receipt = {"v": 1, "entry": fixed_id("entry"), "seen": {"worker": 12}}
    quote = {"kind": "text", "entry": fixed_id("entry"), "part": 0, "at": "2026-11-22T09:30:00Z", "from": 3, "to": 10, "text": "de \U0001f415 is", "share": None}
    heard = {"kind": "voice", "entry": fixed_id("entry"), "part": 1, "at": "2026-11-22T09:30:00Z", "from": 500, "to": 2_000, "share": None}
    seen = {"text": "Noor had boodschappen bij zich.", "day": "2026-11-21", "source": "het gesprek"}
    meant = {"text": "Ik denk dat zij thuis zorgt.", "by": SAM.person, "at": "2026-11-22T10:00:00Z"}
    paper: dict[str, Any] = {
        "v": 1, "lang": "nl", "level": "12", "first": None, "prev": [],
        "decision": {"kind": "extension", "day": "2026-12-03", "measure": fixed_id("measure")}, "talks": [b64(fixed("talk"))],
        "quotes": [quote, heard, {k: v for k, v in heard.items() if k not in {"from", "to"}} | {"kind": "drawing", "part": 2}],
        "observations": [seen], "interpretation": [meant], "child": "Dit schreef ik over jou.",
        "reaction": {"state": "offered", "reason": None},
    }  # fmt: skip
    decided = {
        "report": {"yes": False, "reasons": ["helps", "advice"], "text": "De hulp loopt en Noor is veilig."},
        "help": {"yes": True, "reasons": ["can"], "text": "Ik regel een plek om te logeren."},
        "talk": {"yes": True, "reasons": ["wants"], "text": "Zij vroeg er zelf om."},
    }
    meldcode: dict[str, Any] = {
        "v": 1, "lang": "nl", "what": "steps", "meldcode": fixed_id("meldcode"), "prev": [], "entry": {"id": fixed_id("entry"), "share": None},
        "talk": b64(fixed("talk")), "quotes": [quote], "steps": ["Noor vertelde het maandag.", "", ""],
        "weighed": [{"yes": True, "why": "Zij zegt het zelf."}, None, None, None, None], "decided": decided, "child": "",
    }  # fmt: skip
    undecided = {"report": None, "help": None, "talk": None}
    offer: dict[str, Any] = {"v": 1, "of": fixed_id("meldcode"), "list": None}
    no_report, judged = decided["report"], {"v": 1, "lang": "nl", "what": "agree", "meldcode": fixed_id("meldcode"), "of": fixed_id("a"), "text": "Eens."}

    def deciding(**more: Any) -> dict[str, Any]:
        return {**meldcode, "decided": {**decided, **more}}

    kept_out = {"rule": "not", "text": "Zeg niet dat dit van mij komt.", "why": "Er is gevaar."}
    place = {"org": ORG, "child": CHILD, "entry": fixed_id("entry"), "kind": "checkin", "about": None, "at": time_text(NOW), "way": "phone"}
    record = said_record(place, CHECKIN, [], fixed("seed"))
    assert record is not None
    provable = with_said({}, fixed("seed"), Signed(record, (noor().signing.sign_record(record),)))["said"]
    docs: list[tuple[str, str, Any, list[int], str]] = [
        ("a check-in", "checkin", CHECKIN, [], "ok"),
        ("a check-in with nothing", "checkin", {**CHECKIN, "answers": [], "parts": []}, [], "ok"),
        ("two recordings", "checkin", {**CHECKIN, "parts": [VOICE, TEXT, {**VOICE, "bytes": 3}]}, [7, 3], "ok"),
        ("twenty-one parts", "checkin", {**CHECKIN, "parts": [TEXT] * 21}, [], "bad-envelope"),
        ("another version", "checkin", {**CHECKIN, "v": 2}, [], "bad-envelope"),
        ("a missing level", "checkin", changed(CHECKIN, level=None), [], "bad-envelope"),
        ("a house", "house", {**CHECKIN, "house": "worry"}, [], "ok"),
        ("a house with a drawing and a recording", "house", {**CHECKIN, "house": "dream", "answers": [], "parts": [DRAWING, VOICE]}, [7], "ok"),
        ("a house that is none of the three", "house", {**CHECKIN, "house": "garden"}, [], "bad-envelope"),
        ("a house named constructor", "house", {**CHECKIN, "house": "constructor"}, [], "bad-envelope"),
        ("two houses at once", "house", {**CHECKIN, "house": ["good", "dream"]}, [], "bad-envelope"),
        ("a house that does not say which", "house", CHECKIN, [], "bad-envelope"),
        ("a check-in that says a house", "checkin", {**CHECKIN, "house": "good"}, [], "bad-envelope"),
        ("a signature over pieces", "checkin", {**CHECKIN, "said": provable}, [], "ok"),
        ("a signature over pieces of a flag", "flag", {"v": 1, "said": provable}, [], "ok"),
        ("a signature over pieces without a seed", "checkin", {**CHECKIN, "said": changed(provable, seed=None)}, [], "bad-envelope"),
        ("a signature over pieces with a field more", "checkin", {**CHECKIN, "said": changed(provable, words="x")}, [], "bad-envelope"),
        ("a signature over pieces of another record", "checkin", {**CHECKIN, "said": changed(provable, signed=SAM.signed().json())}, [], "bad-envelope"),
        ("a signature over pieces that is none", "checkin", {**CHECKIN, "said": None}, [], "bad-envelope"),
        ("an answer with a signature over pieces", "answer", {**reply, "said": provable}, [], "bad-envelope"),
        ("an answer about one part", "answer", {**reply, "part": {"n": 1}}, [], "ok"),
        ("an answer about a stretch of words", "answer", {**reply, "part": {"n": 0, "from": 3, "to": 9}}, [], "ok"),
        ("an answer about a stretch without an end", "answer", {**reply, "part": {"n": 0, "from": 3}}, [], "bad-envelope"),
        ("an answer about a stretch of nothing", "answer", {**reply, "part": {"n": 0, "from": 3, "to": 3}}, [], "bad-envelope"),
        ("an answer about part null", "answer", {**reply, "part": None}, [], "bad-envelope"),
        ("an answer about the twenty-first part", "answer", {**reply, "part": {"n": 20}}, [], "bad-envelope"),
        ("a flag", "flag", {"v": 1}, [], "ok"),
        ("a flag with how to reach", "flag", {"v": 1, "level": "8", "lang": "nl", "answers": [{"key": "child.unsafe.reach", "prompt": "?", "value": "bel me"}], "parts": []}, [], "ok"),
        ("a flag by mistake", "flag-mistake", {"v": 1}, [], "ok"),
        ("how to reach a child", "reach", reach, [], "ok"),
        ("how to reach a child that gave no name and no way", "reach", {"v": 1, "name": None, "how": None}, [], "ok"),
        ("how to reach a child, with a word of what happened", "reach", {**reach, "parts": [TEXT]}, [], "bad-envelope"),
        ("how to reach a child, with a recording", "reach", reach, [7], "bad-envelope"),
        ("how to reach a child whose name cannot be seen", "reach", {**reach, "name": " "}, [], "bad-envelope"),
        ("how to reach a child without saying that there is no name", "reach", {"v": 1, "how": None}, [], "bad-envelope"),
        ("a reaction", "reaction", reaction, [], "ok"),
        ("a short reaction", "reaction", {"v": 1, "lang": "nl", "value": "Klopt", "prompt": "?"}, [], "ok"),
        ("a reaction to one part of a document", "reaction", {**reaction, "part": {"kind": "quotes", "n": 1}}, [], "ok"),
        ("a reaction to a whole document", "reaction", {**reaction, "part": None}, [], "ok"),
        ("a reaction to a part we do not have", "reaction", {**reaction, "part": {"kind": "talks", "n": 1}}, [], "bad-envelope"),
        ("a document", "perspective", paper, [], "ok"),
        ("a second version", "perspective", {**paper, "first": fixed_id("a"), "prev": [fixed_id("a")]}, [], "ok"),
        ("a version that joins two", "perspective", {**paper, "first": fixed_id("a"), "prev": [fixed_id("b"), fixed_id("c")]}, [], "ok"),
        ("a first version that follows one", "perspective", {**paper, "prev": [fixed_id("a")]}, [], "bad-envelope"),
        ("a later version that follows none", "perspective", {**paper, "first": fixed_id("a")}, [], "bad-envelope"),
        ("a version that follows one twice", "perspective", {**paper, "first": fixed_id("a"), "prev": [fixed_id("a")] * 2}, [], "bad-envelope"),
        ("a document for a decision we do not have", "perspective", {**paper, "decision": {**paper["decision"], "kind": "verlenging"}}, [], "bad-envelope"),
        ("a decision of no roster", "perspective", {**paper, "decision": {**paper["decision"], "kind": "other", "measure": None}}, [], "ok"),
        ("a decision on no day", "perspective", {**paper, "decision": {**paper["decision"], "day": "2026-02-30"}}, [], "bad-envelope"),
        ("a quote one letter short", "perspective", {**paper, "quotes": [{**quote, "text": "de \U0001f415 i"}]}, [], "bad-envelope"),
        ("a quote of nothing", "perspective", {**paper, "quotes": [{**quote, "to": 3, "text": ""}]}, [], "bad-envelope"),
        ("a quote without its source", "perspective", {**paper, "quotes": [changed(quote, entry=None)]}, [], "bad-envelope"),
        ("a stretch of sound that ends before it begins", "perspective", {**paper, "quotes": [{**heard, "to": 400}]}, [], "bad-envelope"),
        ("a quote of a kind named constructor", "perspective", {**paper, "quotes": [{**quote, "kind": "constructor"}]}, [], "bad-envelope"),
        ("a quote that the child kept out, with the reason", "perspective", {**paper, "quotes": [{**quote, "share": kept_out}]}, [], "ok"),
        ("a quote that the child kept out, without a reason", "perspective", {**paper, "quotes": [{**quote, "share": {**kept_out, "why": ""}}]}, [], "bad-envelope"),
        ("an interpretation of nobody", "perspective", {**paper, "interpretation": [changed(meant, by=None)]}, [], "bad-envelope"),
        ("offered without the child's words", "perspective", {**paper, "child": ""}, [], "bad-envelope"),
        ("offered, with a reason why not", "perspective", {**paper, "reaction": {"state": "offered", "reason": "x"}}, [], "bad-envelope"),
        ("not offered, with the reason", "perspective", {**paper, "child": "", "reaction": {"state": "none", "reason": "Zij wil het niet lezen."}}, [], "ok"),
        ("not offered, without a reason", "perspective", {**paper, "reaction": {"state": "none", "reason": None}}, [], "bad-envelope"),
        ("not offered, with an empty reason", "perspective", {**paper, "reaction": {"state": "none", "reason": ""}}, [], "bad-envelope"),
        ("an empty number", "empty", {"v": 1}, [], "ok"),
        ("an empty number that says something", "empty", {"v": 1, "text": "x"}, [], "bad-envelope"),
        ("an answer", "answer", reply, [], "ok"),
        ("an answer by voice", "answer", {**reply, "outcome": "not_done", "parts": [{**VOICE}]}, [7], "ok"),
        ("not done, without a reason", "answer", {**reply, "outcome": "not_done", "parts": []}, [], "bad-envelope"),
        ("not done, with a drawing for a reason", "answer", {**reply, "outcome": "not_done", "parts": [DRAWING]}, [], "bad-envelope"),
        ("still open", "answer", {**reply, "outcome": "open", "parts": []}, [], "ok"),
        ("an outcome we do not have", "answer", {**reply, "outcome": "maybe"}, [], "bad-envelope"),
        ("a note on what comes next", "note", step, [], "ok"),
        ("a note on what comes next, without words", "note", {**step, "parts": []}, [], "bad-envelope"),
        ("a note on what comes next that says what the child knows", "note", {**step, "knows": "agrees"}, [], "bad-envelope"),
        ("a note on a signal that the child agrees with", "note", {**signal, "knows": "agrees", "parts": []}, [], "ok"),
        ("a note on a signal against the child's will, with its reason", "note", signal, [], "ok"),
        ("a note on a signal against the child's will, without one", "note", {**signal, "parts": []}, [], "bad-envelope"),
        ("a note on a signal against the child's will, with an empty one", "note", {**signal, "parts": [{"kind": "text", "text": ""}]}, [], "bad-envelope"),
        ("a note on a signal the child does not know of, with a drawing for a reason", "note", {**signal, "knows": "unknown", "parts": [DRAWING]}, [], "bad-envelope"),
        ("a note on a signal that does not say what the child knows", "note", {**signal, "knows": None}, [], "bad-envelope"),
        ("a note on a transcript, with its file and for whom it is", "note", {**step, "what": "transcript", "file": b64(fixed("file"))}, [], "ok"),
        ("a note on a transcript without its file", "note", {**step, "what": "transcript"}, [], "bad-envelope"),
        ("a note on a transcript for nobody", "note", {**step, "what": "transcript", "file": b64(fixed("file")), "parts": []}, [], "bad-envelope"),
        ("a note on what comes next, with a file", "note", {**step, "file": b64(fixed("file"))}, [], "bad-envelope"),
        ("a note on something else", "note", {**signal, "what": "letter"}, [], "bad-envelope"),
        ("a note that words were used", "note", {**step, "what": "used"}, [], "ok"),
        ("a note that words were used, without the reason", "note", {**step, "what": "used", "parts": []}, [], "bad-envelope"),
        ("an offer with nobody known yet", "offer", offer, [], "ok"),
        ("an offer that says what it follows from", "offer", {**offer, "text": "x"}, [], "bad-envelope"),
        ("an offer with the list of a confidant", "offer", {**offer, "list": SAM.sign_record(Signed(CONFIDANTS, ())).json()}, [], "bad-envelope"),
        ("an offer with a list that nobody signed", "offer", {**offer, "list": {"record": CONFIDANTS, "sigs": []}}, [], "bad-envelope"),
        ("an offer with a list", "offer", {**offer, "list": SAM.sign_record(Signed(INDEPENDENT, ())).json()}, [], "ok"),
        ("an offer with a list that two signed", "offer", {**offer, "list": VERA.sign_record(SAM.sign_record(Signed(INDEPENDENT, ()))).json()}, [], "bad-envelope"),
        ("an offer of nothing", "offer", {**offer, "of": None}, [], "bad-envelope"),
        ("a meldcode, decided", "meldcode", meldcode, [], "ok"),
        ("a meldcode that was just begun", "meldcode", {**meldcode, "entry": None, "talk": None, "quotes": [], "decided": undecided}, [], "ok"),
        ("a meldcode from an entry that the child kept out, with the reason", "meldcode", {**meldcode, "entry": {**meldcode["entry"], "share": kept_out}}, [], "ok"),
        ("a meldcode from an entry that the child kept out, without one", "meldcode", {**meldcode, "entry": {**meldcode["entry"], "share": {**kept_out, "why": ""}}}, [], "bad-envelope"),
        ("a meldcode from an entry that is only an id", "meldcode", {**meldcode, "entry": fixed_id("entry")}, [], "bad-envelope"),
        ("a meldcode that joins two", "meldcode", {**meldcode, "prev": [fixed_id("b"), fixed_id("c")]}, [], "ok"),
        ("a meldcode that follows one twice", "meldcode", {**meldcode, "prev": [fixed_id("a")] * 2}, [], "bad-envelope"),
        ("a meldcode with four steps written", "meldcode", {**meldcode, "steps": [""] * 4}, [], "bad-envelope"),
        ("a meldcode that weighs without a reason", "meldcode", {**meldcode, "weighed": [{"yes": True, "why": ""}] + [None] * 4}, [], "bad-envelope"),
        ("a meldcode that weighs without a yes or no", "meldcode", {**meldcode, "weighed": [{"yes": None, "why": "x"}] + [None] * 4}, [], "bad-envelope"),
        ("a meldcode that weighs with a number for yes", "meldcode", {**meldcode, "weighed": [{"yes": 1, "why": "x"}] + [None] * 4}, [], "bad-envelope"),
        ("a meldcode that does not decide on a talk", "meldcode", {**meldcode, "decided": changed(decided, talk=None)}, [], "bad-envelope"),
        ("a decision without words", "meldcode", deciding(report={**no_report, "text": ""}), [], "bad-envelope"),
        ("a decision without a reason of the list", "meldcode", deciding(report={**no_report, "reasons": []}), [], "bad-envelope"),
        ("a decision with one reason twice", "meldcode", deciding(report={**no_report, "reasons": ["helps", "helps"]}), [], "bad-envelope"),
        ("a decision not to report because somebody is involved", "meldcode", deciding(report={**no_report, "reasons": ["involved"]}), [], "bad-envelope"),
        ("a decision to report with a reason against", "meldcode", deciding(report={**no_report, "yes": True}), [], "bad-envelope"),
        ("a decision that is neither yes nor no", "meldcode", deciding(report={**no_report, "yes": "no"}), [], "bad-envelope"),
        ("agreement with a meldcode", "meldcode", judged, [], "ok"),
        ("disagreement with a meldcode", "meldcode", {**judged, "what": "disagree"}, [], "ok"),
        ("a meldcode put before the designated officer", "meldcode", {**judged, "what": "officer"}, [], "ok"),
        ("agreement without words", "meldcode", {**judged, "text": ""}, [], "bad-envelope"),
        ("agreement with nothing", "meldcode", changed(judged, of=None), [], "bad-envelope"),
        ("agreement with steps in it", "meldcode", {**judged, "steps": ["", "", ""]}, [], "bad-envelope"),
        ("a meldcode named constructor", "meldcode", {**judged, "what": "constructor"}, [], "bad-envelope"),
        ("a receipt", "receipt", receipt, [], "ok"),
        ("a receipt for a circle we do not have", "receipt", {**receipt, "seen": {"family": 1}}, [], "bad-envelope"),
        ("a card", "card", card, [], "ok"),
        ("a card without an age", "card", {**card, "age": None}, [], "ok"),
        ("a card with two lines of name", "card", {**card, "name": "Noor\nDaan"}, [], "bad-envelope"),
        ("a kind we do not have", "letter", {"v": 1}, [], "bad-envelope"),
        ("a kind named constructor", "constructor", {"v": 1}, [], "bad-envelope"),
        ("a document that is a list", "checkin", [CHECKIN], [], "bad-envelope"),
        ("a document that is null", "checkin", None, [], "bad-envelope"),
    ]
    docs += [(f"an answer: {name}", "checkin", {**CHECKIN, "answers": [one]}, [], outcome) for name, one, outcome in answers]
    docs += [(f"a part: {name}", "checkin", {**CHECKIN, "parts": [one]}, sizes, outcome) for name, one, sizes, outcome in parts]
    cases = [
        {"name": name, "kind": kind, "doc": doc, "attachments": sizes, "outcome": outcome}
        for name, kind, doc, sizes, outcome in docs
    ]
    write("payloads.json", {"about": "docs/protocol/envelope.md, payload", "cases": cases})


if __name__ == "__main__":
    for make in (
        canonical_vectors, record_vectors, key_vectors, enrol_vectors, lock_vectors, payload_vectors, envelope_vectors,
        talk_vectors, log_vectors, said_vectors,
    ):  # fmt: skip
        make()
