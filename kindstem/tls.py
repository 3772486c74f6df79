"""A certificate for trying Kindstem on a real phone in the same network.

A phone can only encrypt over HTTPS, and no authority gives certificates for addresses inside a home or office. So the
demonstration makes its own; the phone cannot know who made it and warns, and a person compares the fingerprint.
It is for demonstrations. An organisation uses a real certificate (docs/operations.md).
"""

import fcntl
import os
import socket
import ssl
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=30)
RENEW_BEFORE = timedelta(days=2)
"""A certificate with less than this left is made anew, so that it does not end during a demonstration."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key on disk, and what a person compares."""

    certificate: Path
    key: Path
    fingerprint: str
    addresses: tuple[Address, ...]
    names: tuple[str, ...]
    ends: datetime


def lan_addresses() -> list[IPv4Address]:
    """The machine's own addresses in its network, the one it would leave by first. Nothing is sent to find them."""
    found: list[IPv4Address] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket only asks the routing table; 192.0.2.0/24 is kept for documentation.
            probe.connect(("192.0.2.1", 9))
            found.append(IPv4Address(probe.getsockname()[0]))
        except OSError:
            pass
        for _, name in socket.if_nameindex():
            address = _address_of(probe, name)
            if address is not None and address not in found:
                found.append(address)
    return [address for address in found if not address.is_loopback and not address.is_unspecified]


def _address_of(probe: socket.socket, interface: str) -> IPv4Address | None:
    siocgifaddr = 0x8915
    try:
        answer = fcntl.ioctl(probe.fileno(), siocgifaddr, struct.pack("256s", interface.encode()[:15]))
    except OSError:
        # An interface without an IPv4 address.
        return None
    return IPv4Address(answer[20:24])


def own_certificate(folder: Path, addresses: list[IPv4Address], *, now: datetime) -> Certificate:
    """The certificate of this folder, made when there is none that still holds for these addresses.

    Kept for its 30 days, so that a phone that accepted it once is not asked again each time. The key is readable by
    its owner only.
    """
    wanted: list[Address] = [*addresses, ip_address("127.0.0.1"), ip_address("::1")]
    paths = folder / "lan-certificate.pem", folder / "lan-certificate-key.pem"
    known = _kept(*paths)
    if known and set(wanted) <= set(known.addresses) and known.ends - now > RENEW_BEFORE:
        return known
    return _make(*paths, wanted, ["localhost", *_host_names()], now)


def _kept(certificate: Path, key: Path) -> Certificate | None:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    except (OSError, ValueError, ssl.SSLError):
        # Missing, damaged, or a key of another certificate: a new pair replaces it.
        return None
    return _describe(certificate, key, found)


def _describe(certificate: Path, key: Path, found: x509.Certificate) -> Certificate:
    other = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Certificate(
        certificate=certificate,
        key=key,
        fingerprint=":".join(f"{byte:02X}" for byte in found.fingerprint(hashes.SHA256())),
        addresses=tuple(
            address
            for address in other.get_values_for_type(x509.IPAddress)
            if isinstance(address, IPv4Address | IPv6Address)
        ),
        names=tuple(other.get_values_for_type(x509.DNSName)),
        ends=found.not_valid_after_utc,
    )


def _host_names() -> list[str]:
    name = socket.gethostname().split(".")[0]
    plain = name.isascii() and name.replace("-", "").isalnum()
    return [name, f"{name}.local"] if plain and name != "localhost" else []


def _make(certificate: Path, key: Path, addresses: list[Address], names: list[str], now: datetime) -> Certificate:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kindstem demonstration")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        # A phone whose clock runs a little behind would otherwise call it not yet valid.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LASTS)
        .add_extension(
            x509.SubjectAlternativeName([*map(x509.IPAddress, addresses), *map(x509.DNSName, names)]), critical=False
        )
        # It can vouch for itself alone: somebody who tells a phone to trust it does not let it speak for other sites.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    _write_private(
        key,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return _describe(certificate, key, made)


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    # Made with its mode: chmod afterwards would leave a moment in which others can open it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
