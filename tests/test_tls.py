"""The demonstration's own certificate."""

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kindstem import tls

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOME = IPv4Address("192.168.1.20")


def test_it_names_the_addresses_and_ends_after_thirty_days(tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [HOME], now=NOW)
    assert HOME in made.addresses
    assert IPv4Address("127.0.0.1") in made.addresses
    assert "localhost" in made.names
    assert made.ends == NOW + timedelta(days=30)


def test_it_uses_p256_and_may_not_sign_for_others(tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [HOME], now=NOW)
    found = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    public = found.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(public.curve, ec.SECP256R1)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not found.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_the_fingerprint_is_what_a_browser_shows(tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [HOME], now=NOW)
    found = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    assert bytes.fromhex(made.fingerprint.replace(":", "")) == found.fingerprint(hashes.SHA256())


def test_its_key_is_for_its_owner_only(tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [HOME], now=NOW)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_it_is_kept_while_it_holds(tmp_path: Path) -> None:
    first = tls.own_certificate(tmp_path, [HOME], now=NOW)
    again = tls.own_certificate(tmp_path, [HOME], now=NOW + timedelta(days=27))
    assert again.fingerprint == first.fingerprint


@pytest.mark.parametrize("change", ["older", "other address", "damaged", "other key"])
def test_it_is_made_anew_when_it_no_longer_holds(tmp_path: Path, change: str) -> None:
    first = tls.own_certificate(tmp_path, [HOME], now=NOW)
    now, addresses = NOW, [HOME]
    if change == "older":
        now = NOW + timedelta(days=29)
    if change == "other address":
        addresses = [IPv4Address("10.0.0.7")]
    if change == "damaged":
        first.certificate.write_text("-----BEGIN CERTIFICATE-----\n")
    if change == "other key":
        other = tmp_path / "other"
        other.mkdir()
        first.key.write_bytes(tls.own_certificate(other, [HOME], now=NOW).key.read_bytes())
    assert tls.own_certificate(tmp_path, addresses, now=now).fingerprint != first.fingerprint


def test_a_client_that_trusts_it_can_speak_to_it(tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [HOME], now=datetime.now(UTC))
    serve = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serve.load_cert_chain(made.certificate, made.key)
    trust = ssl.create_default_context(cafile=str(made.certificate))

    async def talk() -> bytes:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serve)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
            said = await reader.read()
            writer.close()
            return said

    assert asyncio.run(talk()) == b"hello"


def test_own_addresses_are_never_the_loopback() -> None:
    assert all(not address.is_loopback for address in tls.lan_addresses())
