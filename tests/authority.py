"""A time-stamping authority of our own, for tests: RFC 3161 over HTTP, with a root that was made a moment ago."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA256 = "2.16.840.1.101.3.4.2.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"


# --- DER, as much as it takes -----------------------------------------------------------------------------------------


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    return der(0x31, *sorted(parts))


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def octets(data: bytes) -> bytes:
    return der(0x04, data)


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    data = bytes([40 * first + second])
    for arc in rest:
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        data += bytes(reversed(digits))
    return der(0x06, data)


def parts(data: bytes) -> list[tuple[int, bytes]]:
    """The tag and body of each element, one after another."""
    found = []
    while data:
        tag, size, at = data[0], data[1], 2
        if size & 0x80:
            at += size & 0x7F
            size = int.from_bytes(data[2:at])
        found.append((tag, data[at : at + size]))
        data = data[at + size :]
    return found


# --- the authority ----------------------------------------------------------------------------------------------------


@dataclass
class Authority:
    """It answers any request about SHA-256 with the time of its clock; `refuse` makes it say no."""

    clock: Callable[[], datetime]
    refuse: bool = False
    spoil: bool = False
    asked: int = 0
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._root_key, self._key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = _certificate("De Klok, wortel", self._root_key, "De Klok, wortel", self._root_key, ca=True)
        self.root = root
        self._cert = _certificate("De Klok", self._key, "De Klok, wortel", self._root_key, ca=False)

    def pem(self) -> str:
        """The root certificate, for settings and policies."""
        return self.root.public_bytes(Encoding.PEM).decode()

    def stamp(self, message: bytes) -> bytes:
        """An answer over a message, for those who need no server."""
        return self.answer(seq(integer(1), seq(seq(oid(SHA256), der(0x05)), octets(sha256(message).digest()))))

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq (RFC 3161, section 2.4)."""
        self.asked += 1
        if self.refuse:
            return seq(seq(integer(2)))
        ((_, body),) = parts(request)
        _, imprint, *rest = parts(body)
        nonce = next((data for tag, data in rest if tag == 0x02), None)
        moment = self.clock().astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
        info = seq(
            integer(1),
            oid("1.2.3.4.1"),
            der(0x30, imprint[1]),
            integer(next(self._serial)),
            der(0x18, moment),
            *([der(0x02, nonce)] if nonce is not None else []),
        )
        signed_info = info if not self.spoil else info + b"\0"
        cert = self._cert.public_bytes(Encoding.DER)
        attributes = set_of(
            seq(oid("1.2.840.113549.1.9.3"), set_of(oid(TST_INFO))),
            seq(oid("1.2.840.113549.1.9.4"), set_of(octets(sha256(signed_info).digest()))),
            seq(oid("1.2.840.113549.1.9.16.2.47"), set_of(seq(seq(seq(octets(sha256(cert).digest())))))),
        )
        signature = self._key.sign(attributes, ec.ECDSA(hashes.SHA256()))
        algorithm = seq(oid(SHA256))
        signer = seq(
            integer(1),
            seq(self._cert.issuer.public_bytes(), integer(self._cert.serial_number)),
            algorithm,
            b"\xa0" + attributes[1:],
            seq(oid("1.2.840.10045.4.3.2")),
            octets(signature),
        )
        # The set of certificates stands in the order of DER, or the client refuses it.
        certificates = der(0xA0, *sorted((cert, self.root.public_bytes(Encoding.DER))))
        content = seq(oid(TST_INFO), der(0xA0, octets(info)))
        signed = seq(integer(3), set_of(algorithm), content, certificates, set_of(signer))
        return seq(seq(integer(0)), seq(oid("1.2.840.113549.1.7.2"), der(0xA0, signed)))


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(by, hashes.SHA256())


@contextmanager
def listening(authority: Authority, folder: Path) -> Iterator[tuple[str, Path]]:
    """Its address and a file with its root, while it listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    roots = folder / "roots.pem"
    roots.write_text(authority.pem())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", roots
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
