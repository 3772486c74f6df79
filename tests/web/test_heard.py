"""A child is heard, over HTTP alone: from envelope to answer, and who sees that it was read."""

from tests.cast import CHECKIN, Town, id_of


def test_what_noor_seals_arrives_whole_at_both_readers(town: Town) -> None:
    data = town.noor.say()
    sent = town.noor.send(data)
    assert (sent.status, sent.json["id"]) == (201, id_of(data))
    for reader in (town.sam, town.vera):
        page = reader.get(f"/desk/api/children/{town.noor.child}/entries").json
        assert [row["id"] for row in page["entries"]] == [id_of(data)]
        body = reader.read(id_of(data))
        assert body.status == 200
        assert data.endswith(body.content)
    assert CHECKIN
