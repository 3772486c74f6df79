"""The key file: what the database must not hold in clear lies under it. The only decryption in the server.

Peppers and time-code secrets are sealed at rest, so that a stolen database or backup without this file gives nothing to
guess against (docs/protocol/unlocking.md). The file never enters the database, a backup or a log.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import unicodedata
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kindstem.errors import SetupFault
from kindstem.wire import b64, label, unb64

_MARK = "kindstem-key-1"
_FORM = re.compile(rf"{_MARK} ([A-Za-z0-9_-]{{43}}) ([A-Za-z0-9_-]{{11}})\n")
_NONCE = 12


def _check(key: bytes) -> str:
    # Eight bytes that notice a slip of the hand in a copied file before a wrong key makes every pepper look damaged.
    return b64(sha256(label("key file check") + key).digest()[:8])


class KeyFile:
    """An opened key file. Holds 32 bytes in memory; each purpose works under a key of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "KeyFile()"

    @classmethod
    def create(cls, path: Path) -> KeyFile:
        """A new key file that only its owner may read, and which is on the disk when this returns.

        Never replaces a file: whatever was sealed under it would be lost. Raises SetupFault when there is one.
        """
        key = secrets.token_bytes(32)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise SetupFault(f"The key file {path} exists already and is never replaced.") from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{_MARK} {b64(key)} {_check(key)}\n")
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return cls(key)

    @classmethod
    def open(cls, path: Path) -> KeyFile:
        """The key file at a path. Raises SetupFault, which never shows the contents, for one that cannot be used."""
        try:
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise SetupFault(
                f"There is no key file at {path}. Put back the copy you keep: without it nobody can unlock anything."
            ) from None
        except (OSError, UnicodeDecodeError):
            raise SetupFault(f"The key file {path} cannot be read. Check its owner and its mode (0600).") from None
        found = _FORM.fullmatch(text)
        if found is None or _check(key := unb64(found[1])) != found[2]:
            raise SetupFault(f"The key file {path} is damaged. Put back the copy you keep.")
        return cls(key)

    def seal(self, purpose: str, data: bytes, *, bound: bytes = b"") -> bytes:
        """The data encrypted at rest: nonce, ciphertext, tag.

        It opens only for the same purpose and with the same `bound` bytes. Bind the id of the row, so that somebody who
        can write in the database cannot lay one person's pepper in another's place.
        """
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._derive(purpose)).encrypt(nonce, data, bound)

    def unseal(self, purpose: str, data: bytes, *, bound: bytes = b"") -> bytes:
        """What was sealed for this purpose and these bound bytes.

        Raises SetupFault for anything else: the key file is not the one of this database, or the row was changed.
        """
        try:
            return AESGCM(self._derive(purpose)).decrypt(data[:_NONCE], data[_NONCE:], bound)
        except (InvalidTag, ValueError):
            raise SetupFault(
                f"A sealed value ({purpose}) does not open: this is another key file, or the database was changed."
            ) from None

    def invented_salt(self, name: str) -> bytes:
        """Sixteen bytes for a name that nobody has: always the same, and like a real salt to whoever lacks this file.

        Without it, asking for a salt would tell who works here.
        """
        same = unicodedata.normalize("NFKC", name).strip().casefold()
        return hmac.digest(self._derive("invented salt"), same.encode("utf-8", "surrogatepass"), "sha256")[:16]

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=label(f"key file {purpose}")).derive(self._key)
