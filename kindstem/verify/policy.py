"""The inspector's own file: whom to believe. Nothing in it comes from the bundle (docs/verify.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from kindstem import wire
from kindstem.signing import signing_key_id
from kindstem.verify.bundle import reading
from kindstem.verify.verdict import Unreadable
from kindstem.wire import b64, integer, is_hash, is_id, list_of, object_of, or_null, unb64

MOST: Final = 1 << 20
_TEXT = wire.matching(r"[\x20-\x7e]{1,200}")


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_pem(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 * 1024


_POLICY = object_of(
    {
        "v": wire.is_version,
        "org": is_id,
        "log": object_of({"id": is_id, "keys": list_of(is_hash, 1, 100)}),
        "introducers": list_of(is_hash, 1, 100),
        "independent": list_of(is_hash, 0, 1_000),
        "witnesses": list_of(object_of({"name": _TEXT, "key": is_hash, "quorum": _is_bool}), 0, 100),
        "tsa_roots": list_of(_is_pem, 0, 20),
        "require": object_of({"independent": _is_bool, "external_time": _is_bool}),
        "state": or_null(object_of({"size": integer(0), "root": is_hash})),
    }
)


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody outside the organisation who signs checkpoints. With `quorum`, their signature must be there."""

    name: str
    key: str
    quorum: bool


@dataclass(frozen=True)
class Policy:
    """Whom an inspector believes, and what they saw last time."""

    org: str
    log: str
    log_keys: tuple[str, ...]
    """The public keys of the log, in b64, compared in person."""
    introducers: frozenset[str]
    """Ids of the signing keys from which introductions begin."""
    independent: frozenset[str]
    """Ids of signing keys that do not depend on the organisation."""
    witnesses: tuple[Witness, ...]
    tsa_roots: tuple[x509.Certificate, ...]
    require_independent: bool
    require_external_time: bool
    state: tuple[int, str] | None
    raw: dict[str, Any] = field(repr=False)

    @property
    def outside(self) -> bool:
        """Whether it names somebody outside the organisation for what it requires.

        Without, time and completeness rest on the organisation's word, and no verdict may say otherwise.
        """
        independent = bool(self.independent) or not self.require_independent
        return independent and (bool(self.tsa_roots or self.witnesses) or not self.require_external_time)


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises Unreadable."""
    with reading("policy"):
        with path.open("rb") as source:
            data = source.read(MOST + 1)
        if len(data) > MOST:
            raise Unreadable("large", "policy")
        return parse_policy(wire.parse_json(data))


def parse_policy(value: Any) -> Policy:
    """The policy of a JSON value, every field checked. Raises Unreadable."""
    if not _POLICY(value):
        raise Unreadable("form", "policy")
    with reading("policy"):
        roots = tuple(x509.load_pem_x509_certificate(one.encode("ascii")) for one in value["tsa_roots"])
    state = value["state"]
    return Policy(
        org=value["org"],
        log=value["log"]["id"],
        log_keys=tuple(value["log"]["keys"]),
        introducers=frozenset(value["introducers"]),
        independent=frozenset(value["independent"]),
        witnesses=tuple(Witness(one["name"], one["key"], one["quorum"]) for one in value["witnesses"]),
        tsa_roots=roots,
        require_independent=value["require"]["independent"],
        require_external_time=value["require"]["external_time"],
        state=(state["size"], state["root"]) if state else None,
        raw=value,
    )


def with_state(policy: Policy, size: int, root: str) -> dict[str, Any]:
    """The policy's object with what this run saw, which the next run's log must extend."""
    return policy.raw | {"state": {"size": size, "root": root}}


def key_id(public: str) -> str:
    """The id of a signing key, of its public half in b64."""
    return b64(signing_key_id(unb64(public)))
