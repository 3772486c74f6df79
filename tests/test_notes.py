"""Notes and checkpoints: what the specification's own examples say, and nothing that is nearly one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import notes
from kindstem.errors import BadRecord
from kindstem.notes import Head, Key, Line, Note, Signer

EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
"""The example of c2sp.org/tlog-cosignature."""

# The key of the note in the tests of golang.org/x/mod/sumdb/note, and a note that it signed.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
MOTTO = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LOG = Signer.from_seed("kindstem/log/AAAAAAAAAAAAAAAAAAAAAA", b"l" * 32)
WITNESS = Signer.from_seed("witness.example/w1", b"w" * 32, notes.COSIGNATURE)
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HEAD = Head(LOG.key.name, 7, b"r" * 32)


def signed() -> Note:
    return Note(HEAD.text(), (LOG.sign(HEAD.text()),))


def test_the_example_of_the_specification_is_read_and_written_the_same() -> None:
    head, note = notes.parse_checkpoint(EXAMPLE)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert notes.std64(head.root) == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert [line.name for line in note.lines] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert note.write() == EXAMPLE
    assert int.from_bytes(note.lines[1].data[:8]) == 1_679_315_147


def test_a_key_and_a_note_that_others_published_verify() -> None:
    key = Key.parse(PETER)
    assert (key.name, key.id.hex(), key.vkey()) == ("PeterNeumann", "c74f20a3", PETER)
    assert notes.parse(MOTTO).signed_by(key)
    assert not notes.parse(MOTTO.replace("problem,", "problem.")).signed_by(key)


def test_a_checkpoint_verifies_under_its_own_key_only() -> None:
    head, note = notes.parse_checkpoint(signed().write())
    assert head == HEAD
    assert note.signed_by(LOG.key)
    assert not note.signed_by(Signer.from_seed(LOG.key.name, b"o" * 32).key)
    assert not note.signed_by(Signer.from_seed("kindstem/log/other", b"l" * 32).key)


def test_a_false_line_by_a_known_key_spoils_the_note() -> None:
    line = LOG.sign(HEAD.text())
    false = Line(line.name, line.key_id, bytes(64))
    assert not signed().with_lines([false]).signed_by(LOG.key)
    assert signed().with_lines([Line("somebody", b"abcd", bytes(64))]).signed_by(LOG.key)


def test_a_witness_says_when() -> None:
    note = notes.parse(signed().with_lines([WITNESS.cosign(HEAD.text(), AT)]).write())
    assert note.cosigned_by(WITNESS.key) == AT
    assert note.cosigned_by(Signer.from_seed("witness.example/w1", b"x" * 32, notes.COSIGNATURE).key) is None
    other = Note(Head(HEAD.origin, 8, HEAD.root).text(), note.lines)
    assert other.cosigned_by(WITNESS.key) is None


def test_a_cosignature_with_another_time_does_not_hold() -> None:
    line = WITNESS.cosign(HEAD.text(), AT)
    later = Line(line.name, line.key_id, (int(AT.timestamp()) + 1).to_bytes(8) + line.data[8:])
    assert notes.cosigned_at(HEAD.text(), line, WITNESS.key) == AT
    assert notes.cosigned_at(HEAD.text(), later, WITNESS.key) is None
    assert signed().with_lines([line, later]).cosigned_by(WITNESS.key) is None


def test_a_witness_key_is_no_log_key() -> None:
    same = Signer.from_seed(LOG.key.name, b"l" * 32, notes.COSIGNATURE)
    assert same.key.id != LOG.key.id
    assert not signed().signed_by(same.key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line",
        "no signature\n\n",
        "no blank line\n— name AAAAAAA=\n",
        "\n— name AAAAAAA=\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n— name  AAAAAAA=\n",
        "text\n\n— na+me AAAAAAA=\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAB=\n",
        "text\n\n— name AAAAAAA\n",
        "text\n\n— name AAAAAAA=",
        "te\txt\n\n— name AAAAAAA=\n",
        "te\rxt\n\n— name AAAAAAA=\n",
        "text\n\n— name AAAAAAA=\r\n",
        "text\n\n— name AAAAAAA=\n\n",
        "text\n\n" + "— name AAAAAAA=\n" * 65,
    ],
)
def test_what_is_nearly_a_note_is_refused(text: str) -> None:
    with pytest.raises(BadRecord):
        notes.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n01\n" + "A" * 43 + "=\n",
        "origin\n-1\n" + "A" * 43 + "=\n",
        "origin\n１\n" + "A" * 43 + "=\n",
        "\n1\n" + "A" * 43 + "=\n",
        "origin\n1\n" + "A" * 44 + "\n",
        "origin\n1\n" + "A" * 42 + "B=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n" + "A" * 43 + "=",
        "origin\n1\n" + "A" * 43 + "=\nextension\n",
    ],
)
def test_what_is_nearly_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadRecord):
        notes.parse_head(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+AA==",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("Peter", "Pet er"),
        PETER[:-4],
    ],
)
def test_what_is_nearly_a_key_is_refused(text: str) -> None:
    with pytest.raises(BadRecord):
        Key.parse(text)


@given(st.integers(0, len(signed().write()) - 1), st.characters(codec="utf-8"))
@settings(max_examples=200, deadline=None)
def test_no_change_of_a_single_sign_leaves_the_signature_whole(place: int, sign: str) -> None:
    whole = signed().write()
    changed = whole[:place] + sign + whole[place + 1 :]
    if changed == whole:
        return
    try:
        _, note = notes.parse_checkpoint(changed)
    except BadRecord:
        return
    assert not note.signed_by(LOG.key)
