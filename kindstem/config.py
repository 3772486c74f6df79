"""The environment, read once and passed down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kindstem.errors import SetupFault

KIB = 1024
MIB = 1024 * KIB

TRYOUT_ONLY: Final = True
"""That this version is for trying out: every page says so, and phones enrol in a demonstration or by setting only."""

ON = frozenset({"1", "yes", "true", "on", "ja"})
OFF = frozenset({"", "0", "no", "false", "off", "nee"})


@dataclass(frozen=True)
class Config:
    """Everything that can be set, checked. See docs/operations.md for what each means to whoever runs a server."""

    data: Path
    base_url: str = "http://localhost:8000"
    also_urls: tuple[str, ...] = ()
    """Other addresses that this server is opened under; requests of these origins are ours too."""
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = False
    tryout: bool = False
    """That whoever runs this knows what is missing, and lets phones be enrolled outside the demonstration."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxy: bool = False
    """That a reverse proxy stands before us, so that its X-Forwarded-Proto and X-Forwarded-For are believed."""
    smtp_url: str | None = None
    mail_from: str | None = None
    alert_file: bool = False
    """That alerts are written to a file in the data folder where there is no mail server: for trying out."""
    oncall_mail: str | None = None
    """Where the on-call service gets its alert."""
    flag_minutes_day: int | None = None
    """Within how many minutes a child's flag is to be seen in office hours before it climbs; None when nobody said."""
    flag_minutes_night: int | None = None
    """The same outside office hours."""
    office_hours: tuple[time, time] = (time(9), time(17))
    """From when to when the office is at work on working days, by the clock of the Netherlands."""
    max_envelope: int = 8 * MIB
    quota_day: int = 64 * MIB
    quota_small: int = 4 * MIB
    small: int = 16 * KIB
    """An envelope of at most this size is small: it has room of its own."""
    voice: int = 64 * KIB
    """An envelope over this size may be a recording: it is refused first."""
    finds_per_block: int = 30
    finds_in_all: int = 300
    signins_per_name: int = 10
    signins_in_all: int = 300
    idle_minutes: int = 15
    session_hours: int = 10
    overdue_working_days: int = 3
    request_due_working_days: int = 10
    """After how many working days an open request to talk alone comes first for the second reader."""
    exit_url: str = "https://www.buienradar.nl"
    witnesses: tuple[tuple[str, str], ...] = ()
    """Who is asked to sign the log's checkpoints: each witness's key, as it publishes it, and its address."""
    tsa_url: str | None = None
    """The address of an authority that puts time stamps on checkpoints (RFC 3161)."""
    tsa_roots: Path | None = None
    """The certificates, in PEM, that its time stamps must lead to."""

    @property
    def database(self) -> Path:
        """Where the store lies."""
        return self.data / "kindstem.db"

    @property
    def key_file(self) -> Path:
        """Where the key lies that seals the server's own secrets."""
        return self.data / "kindstem.key"

    @property
    def log_key(self) -> Path:
        """Where the key lies that signs the log's checkpoints."""
        return self.data / "log.key"

    @property
    def checkpoints(self) -> Path:
        """Where every signed checkpoint is written down, outside the database."""
        return self.data / "checkpoints.txt"

    @property
    def alerts(self) -> Path:
        """Where alerts are written when they are written to a file."""
        return self.data / "alerts.txt"

    @property
    def origins(self) -> frozenset[str]:
        """The origins that are ours."""
        return frozenset(origin(url) for url in (self.base_url, *self.also_urls))

    @property
    def may_enrol(self) -> bool:
        """Whether phones can be enrolled here."""
        return self.demo or self.tryout


def origin(url: str) -> str:
    """Scheme, host and port of an address, as a browser writes them in `Origin`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, standard) else f":{parts.port}")


def load(environ: Mapping[str, str]) -> Config:
    """The settings of this environment.

    Raises SetupFault with a sentence that names the variable, for a value that cannot be meant.
    """
    ours = (name for name in environ if name.startswith("KINDSTEM_"))
    text = {name.removeprefix("KINDSTEM_"): environ[name].strip() for name in ours}
    unknown = sorted(set(text) - _KNOWN)
    if unknown:
        # A misspelt limit or switch would otherwise silently not hold.
        raise SetupFault(f"There is no setting KINDSTEM_{unknown[0]}. The settings are in docs/operations.md.")
    port = _number(text, "PORT", 8000, at_least=1, at_most=65535)
    base_url = _url(text, "BASE_URL", f"http://localhost:{port}")
    standard = Config(data=Path())
    cert, key = _path(text, "TLS_CERT"), _path(text, "TLS_KEY")
    if (cert is None) != (key is None):
        raise SetupFault("KINDSTEM_TLS_CERT and KINDSTEM_TLS_KEY go together: set both, or neither.")
    smtp_url, mail_from = text.get("SMTP_URL") or None, text.get("MAIL_FROM") or None
    if (smtp_url is None) != (mail_from is None):
        raise SetupFault("KINDSTEM_SMTP_URL and KINDSTEM_MAIL_FROM go together: set both, or neither.")
    if smtp_url and (urlsplit(smtp_url).scheme not in {"smtp", "smtps"} or not urlsplit(smtp_url).hostname):
        raise SetupFault("KINDSTEM_SMTP_URL must look like smtps://user:password@mail.example:465 or smtp://…:587.")
    tsa_url, tsa_roots = text.get("TSA_URL") or None, _path(text, "TSA_ROOTS")
    if (tsa_url is None) != (tsa_roots is None):
        raise SetupFault("KINDSTEM_TSA_URL and KINDSTEM_TSA_ROOTS go together: set both, or neither.")
    return Config(
        data=Path(text.get("DATA") or "kindstem-data"),
        base_url=base_url,
        also_urls=tuple(_url({"ALSO_URLS": url}, "ALSO_URLS", "") for url in text.get("ALSO_URLS", "").split()),
        host=text.get("HOST") or "127.0.0.1",
        port=port,
        demo=_switch(text, "DEMO"),
        tryout=_switch(text, "TRYOUT"),
        tls_cert=cert,
        tls_key=key,
        trusted_proxy=_switch(text, "BEHIND_PROXY"),
        smtp_url=smtp_url,
        mail_from=mail_from,
        alert_file=_switch(text, "ALERT_FILE"),
        oncall_mail=_mail_address(text, "ONCALL_MAIL"),
        flag_minutes_day=_minutes(text, "FLAG_MINUTES_DAY"),
        flag_minutes_night=_minutes(text, "FLAG_MINUTES_NIGHT"),
        office_hours=_office(text, standard.office_hours),
        max_envelope=_number(text, "MAX_ENVELOPE", standard.max_envelope, at_least=16 * KIB, at_most=64 * MIB),
        quota_day=_number(text, "QUOTA_DAY", standard.quota_day, at_least=MIB),
        quota_small=_number(text, "QUOTA_SMALL", standard.quota_small, at_least=64 * KIB),
        idle_minutes=_number(text, "IDLE_MINUTES", 15, at_least=1, at_most=60),
        session_hours=_number(text, "SESSION_HOURS", 10, at_least=1, at_most=24),
        overdue_working_days=_number(text, "OVERDUE_WORKING_DAYS", 3, at_least=1, at_most=20),
        request_due_working_days=_number(text, "REQUEST_DUE_WORKING_DAYS", 10, at_least=1, at_most=60),
        exit_url=_url(text, "EXIT_URL", standard.exit_url),
        witnesses=_witnesses(text),
        tsa_url=_url(text, "TSA_URL", "") if tsa_url else None,
        tsa_roots=tsa_roots,
    )


_KNOWN = frozenset(
    {
        *("DATA", "BASE_URL", "ALSO_URLS", "HOST", "PORT", "DEMO", "TRYOUT", "TLS_CERT", "TLS_KEY", "BEHIND_PROXY"),
        *("ALERT_FILE", "ONCALL_MAIL", "FLAG_MINUTES_DAY", "FLAG_MINUTES_NIGHT", "OFFICE_HOURS"),
        *("SMTP_URL", "MAIL_FROM", "MAX_ENVELOPE", "QUOTA_DAY", "QUOTA_SMALL", "IDLE_MINUTES", "SESSION_HOURS"),
        *("OVERDUE_WORKING_DAYS", "REQUEST_DUE_WORKING_DAYS", "EXIT_URL", "WITNESSES", "TSA_URL", "TSA_ROOTS"),
    }
)


def _witnesses(text: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    words = text.get("WITNESSES", "").split()
    if len(words) % 2 or any(key.count("+") < 2 for key in words[::2]):
        raise SetupFault("KINDSTEM_WITNESSES is a key and an address for each witness, with spaces between.")
    return tuple(
        (key, _url({"WITNESSES": url}, "WITNESSES", "")) for key, url in zip(words[::2], words[1::2], strict=True)
    )


def _switch(text: Mapping[str, str], name: str) -> bool:
    value = text.get(name, "").lower()
    if value in ON:
        return True
    if value in OFF:
        return False
    raise SetupFault(f"KINDSTEM_{name} is a switch: 1 or 0.")


def _number(text: Mapping[str, str], name: str, default: int, *, at_least: int, at_most: int | None = None) -> int:
    value = text.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        raise SetupFault(f"KINDSTEM_{name} is a whole number.")
    number = int(value)
    if number < at_least or (at_most is not None and number > at_most):
        upper = "" if at_most is None else f" and at most {at_most}"
        raise SetupFault(f"KINDSTEM_{name} is at least {at_least}{upper}.")
    return number


def _minutes(text: Mapping[str, str], name: str) -> int | None:
    # No number of ours: how long a child may wait is the organisation's to say.
    return _number(text, name, 0, at_least=5, at_most=24 * 60) if text.get(name) else None


def _office(text: Mapping[str, str], default: tuple[time, time]) -> tuple[time, time]:
    value = text.get("OFFICE_HOURS", "")
    if not value:
        return default
    try:
        opens, closes = (time.fromisoformat(one) for one in value.split("-"))
        sound = opens < closes and not (opens.tzinfo or closes.tzinfo or opens.second or closes.second)
    except ValueError:
        sound = False
    if not sound:
        raise SetupFault("KINDSTEM_OFFICE_HOURS is from when to when on a working day, such as 08:30-17:00.")
    return opens, closes


def _mail_address(text: Mapping[str, str], name: str) -> str | None:
    value = text.get(name, "")
    if value and not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", value):
        raise SetupFault(f"KINDSTEM_{name} is one mail address, such as dienst@voorbeeld.example.")
    return value or None


def _path(text: Mapping[str, str], name: str) -> Path | None:
    return Path(text[name]) if text.get(name) else None


def _url(text: Mapping[str, str], name: str, default: str) -> str:
    value = (text.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.username:
        raise SetupFault(f"KINDSTEM_{name} is an address such as https://kind.example.")
    return value
