"""Queries about children's locks, resets, and requests that may be made once."""

from datetime import datetime

from kindstem.domain import Lock, LockSecret, Reset
from kindstem.store.rows import Queries, moment, moment_or_none, stamp


class LockReads(Queries):
    """How a lock stands."""

    def lock(self, device: str) -> Lock | None:
        """The server's part of a device's lock; None before the first is set."""
        row = self._one("select * from locks where device = ?", (device,))
        if row is None:
            return None
        coming = None
        if row["coming_kind"] is not None:
            coming = LockSecret(row["coming_kind"], row["coming_verifier_hash"], row["coming_pepper"])
        return Lock(
            device=row["device"],
            present=LockSecret(row["kind"], row["verifier_hash"], row["pepper"]),
            coming=coming,
            failures=row["failures"],
            next_at=moment_or_none(row["next_at"]),
        )

    def resets_of(self, child: str) -> list[Reset]:
        """The resets of a child's devices, newest first."""
        rows = self._all(
            """select r.* from resets r join devices d on d.id = r.device where d.child = ?
               order by r.at desc, r.hash""",
            (child,),
        )
        return [
            Reset(row["device"], moment(row["at"]), row["person"], self._signed(row["text"], row["hash"]))
            for row in rows
        ]


class LockWrites(LockReads):
    """Attempts and changes."""

    def set_lock(self, device: str, secret: LockSecret) -> None:
        """Keep a lock in place of what there was, with its count at zero and no change coming."""
        self._do(
            """insert into locks (device, kind, verifier_hash, pepper) values (?, ?, ?, ?)
               on conflict (device) do update set kind = excluded.kind, verifier_hash = excluded.verifier_hash,
                   pepper = excluded.pepper, failures = 0, next_at = null,
                   coming_kind = null, coming_verifier_hash = null, coming_pepper = null""",
            (device, secret.kind, secret.verifier_hash, secret.pepper),
        )

    def set_coming_lock(self, device: str, secret: LockSecret) -> None:
        """Keep a change beside the present lock, in place of a change that was never used."""
        self._do(
            "update locks set coming_kind = ?, coming_verifier_hash = ?, coming_pepper = ? where device = ?",
            (secret.kind, secret.verifier_hash, secret.pepper, device),
        )

    def count_attempt(self, device: str, failures: int, next_at: datetime | None) -> None:
        """Note an attempt as failed until it turns out right."""
        self._do(
            "update locks set failures = ?, next_at = ? where device = ?",
            (failures, stamp(next_at) if next_at else None, device),
        )

    def clear_attempts(self, device: str) -> None:
        """Set a lock's count to zero."""
        self._do("update locks set failures = 0, next_at = null where device = ?", (device,))

    def add_reset(self, reset: Reset) -> None:
        """Keep a reset and set the count to zero."""
        self._do(
            "insert into resets (hash, device, person, text, at) values (?, ?, ?, ?, ?)",
            (reset.record.hash, reset.device, reset.by, reset.record.text, stamp(reset.at)),
        )
        self._keep_signatures(reset.record)
        self.clear_attempts(reset.device)

    def spend_nonce(self, device: str, nonce: bytes, at: datetime) -> bool:
        """Use a request's nonce up; False when it was used before."""
        touched = self._do(
            "insert into nonces (device, nonce, at) values (?, ?, ?) on conflict do nothing",
            (device, nonce, stamp(at)),
        )
        return touched == 1

    def forget_nonces(self, before: datetime) -> None:
        """Forget nonces whose requests would be too old by now."""
        self._do("delete from nonces where at < ?", (stamp(before),))
