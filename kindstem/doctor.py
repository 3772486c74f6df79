"""What `kindstem doctor` looks at: everything around the code that can be wrong, and how to mend it.

It changes nothing. Each finding says what was seen; one that is not well says what to do, in words one can follow.
"""

import base64
import hashlib
import json
import os
import shutil
import smtplib
import ssl
import stat
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from cryptography import x509

from kindstem import alerts, assets, config, log, words
from kindstem.config import Config
from kindstem.domain import Role
from kindstem.errors import SetupFault
from kindstem.keyfile import KeyFile
from kindstem.log import last_line
from kindstem.store.examine import Examination, Unreadable, examine, look

Grade = Literal["ok", "note", "warning", "wrong"]

MIB: Final = 1024 * 1024
LITTLE: Final = 1024 * MIB
TOO_LITTLE: Final = 200 * MIB
SMTP_SECONDS: Final = 10
FIXED_SQLITE: Final = (3, 51, 3)
"""From here on, two connections may write at the same moment without harm."""

RELEASED: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right stands before this version was made."""

MISSING: Final = (
    "handing a child over, a lost phone, a forgotten PIN, the rest of the work for phones that are inspected, "
    "and records of conversations"
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was seen, and what to do when it is not well."""

    check: str
    grade: Grade
    says: str
    mend: str | None = None


def examine_all(environ: Mapping[str, str], *, now: datetime) -> list[Finding]:
    """Every finding, in the order in which to mend them: what stands first may be the cause of what follows."""
    try:
        settings = config.load(environ)
    except SetupFault as fault:
        return [Finding("settings", "wrong", str(fault), "Correct that variable. All are in docs/operations.md.")]
    return [*_settings(settings), *_folder(settings, now), *_built(), *_mail(settings), *_alerts(settings)]


def sound(findings: list[Finding]) -> bool:
    """Whether nothing is wrong; what is only warned of may stay."""
    return all(finding.grade != "wrong" for finding in findings)


def as_json(findings: list[Finding]) -> str:
    """The findings for a monitor: {sound, findings: [{check, grade, says, mend}]}."""
    plain: dict[str, Any] = {"sound": sound(findings), "findings": [asdict(finding) for finding in findings]}
    return json.dumps(plain, ensure_ascii=False, indent=1)


# --- settings ---------------------------------------------------------------------------------------------------------


def _settings(settings: Config) -> Iterator[Finding]:
    yield Finding("settings", "ok", f"Data in {settings.data}, opened under {settings.base_url}.")
    yield from _https(settings)


def _tryout(settings: Config, found: Examination | None) -> Finding:
    if settings.demo or (found and found.org and found.org.demo):
        return Finding("tryout", "note", "A demonstration: invented people, printed passphrases, phones can be linked.")
    says = f"For trying out only: no real child may use this version. Missing: {MISSING}. "
    if settings.tryout:
        says += "Phones can be linked, because KINDSTEM_TRYOUT is 1."
        return Finding("tryout", "warning", says, "Take KINDSTEM_TRYOUT away when nobody is trying it out.")
    says += "Linking a phone is refused; whoever knows this and wants to try it sets KINDSTEM_TRYOUT=1."
    return Finding("tryout", "note", says)


def _https(settings: Config) -> Iterator[Finding]:
    address = urlsplit(settings.base_url)
    local = address.hostname in {"localhost", "127.0.0.1", "::1"}
    if address.scheme != "https" and not local:
        yield Finding(
            "https",
            "wrong",
            f"{settings.base_url} is plain HTTP: no browser can encrypt there.",
            "Set KINDSTEM_BASE_URL to an https:// address, and give a certificate or stand behind a proxy.",
        )
    elif settings.tls_cert and settings.tls_key:
        yield _certificate(settings.tls_cert, settings.tls_key, address.hostname or "", local=local)
    elif settings.trusted_proxy and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        yield Finding(
            "https",
            "warning",
            f"A proxy is believed, and {settings.host} can be reached from elsewhere than this machine.",
            "Listen on 127.0.0.1, or see to it that nobody but the proxy reaches the port.",
        )
    else:
        yield Finding("https", "ok", "By a reverse proxy." if settings.trusted_proxy else "On this computer only.")


def _certificate(cert: Path, key: Path, host: str, *, local: bool) -> Finding:
    renew = "Renew the certificate, and restart."
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        found = x509.load_pem_x509_certificates(cert.read_bytes())[0]
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, ssl.SSLError, x509.ExtensionNotFound) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else type(fault).__name__
        says = f"The certificate {cert} with the key {key} cannot be used ({reason})."
        return Finding("https", "wrong", says, "Give the full chain and its own key, in PEM, readable by Kindstem.")
    left = found.not_valid_after_utc - datetime.now(UTC)
    if left <= timedelta(0):
        return Finding("https", "wrong", f"The certificate ended on {found.not_valid_after_utc:%d-%m-%Y}.", renew)
    hosts = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    wildcard = f"*.{host.partition('.')[2]}"
    if not local and host not in hosts and wildcard not in hosts:
        says = f"The certificate is for {', '.join(sorted(hosts))} and not for {host}."
        return Finding("https", "wrong", says, "Set KINDSTEM_BASE_URL to a name in it, or have one made for this name.")
    if left < timedelta(days=14):
        return Finding("https", "warning", f"The certificate ends in {left.days} days.", renew)
    return Finding("https", "ok", f"The certificate is good until {found.not_valid_after_utc:%d-%m-%Y}.")


# --- the data folder --------------------------------------------------------------------------------------------------


def _folder(settings: Config, now: datetime) -> Iterator[Finding]:
    data = settings.data
    if not data.is_dir():
        yield Finding(
            "data folder",
            "wrong",
            f"There is no folder {data}.",
            "Run `kindstem init`, or give the right folder with --data or KINDSTEM_DATA.",
        )
        yield _tryout(settings, None)
        return
    yield _private("data folder", data, 0o700)
    if not os.access(data, os.W_OK | os.X_OK):
        yield Finding(
            "data folder", "wrong", f"Nothing can be written in {data}.", "Run this as the user that Kindstem runs as."
        )
    keys = yield from _key_file(settings.key_file)
    found = yield from _database(settings.database)
    if found and found.sealed:
        yield _fits(keys, found)
    if found and found.org and not found.pending and not found.newer and not found.damage:
        yield from _log(settings, now)
    yield _free(data)
    yield _clock(data, found, now)
    yield _tryout(settings, found)


def _private(check: str, path: Path, mode: int) -> Finding:
    found = path.stat()
    present = stat.S_IMODE(found.st_mode)
    if present & ~mode:
        who = "everybody" if present & 0o007 else "its group"
        says = f"{path} is open to {who} on this machine (mode {present:04o})."
        return Finding(check, "wrong", says, f"chmod {mode:o} {path}")
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        says = f"{path} belongs to another user than the one who runs this."
        return Finding(check, "warning", says, "Run Kindstem and its commands as one user, who owns the folder.")
    return Finding(check, "ok", f"{path} is for its owner only.")


def _key_file(path: Path) -> Generator[Finding, None, KeyFile | None]:
    try:
        keys = KeyFile.open(path)
    except SetupFault as fault:
        yield Finding("key file", "wrong", str(fault), "Put the copy from the safe in its place, with mode 0600.")
        return None
    yield _private("key file", path, 0o600)
    return keys


def _database(path: Path) -> Generator[Finding, None, Examination | None]:
    if not path.exists():
        says = f"There is no database at {path}."
        yield Finding("database", "wrong", says, "Run `kindstem init`, or restore a backup (docs/operations.md).")
        return None
    yield _private("database", path, 0o600)
    restore = "Stop the server, keep the damaged file aside, and restore the newest backup (docs/operations.md)."
    try:
        found = examine(path)
    except Unreadable as fault:
        yield Finding("database", "wrong", f"{path} does not open ({fault}).", restore)
        return None
    if found.damage:
        yield Finding("database", "wrong", f"SQLite finds damage: {'; '.join(found.damage)}", restore)
    elif found.loose_ends:
        yield Finding("database", "wrong", f"{found.loose_ends} rows point at rows that are gone.", restore)
    else:
        yield Finding("database", "ok", "Whole, by SQLite's own check.")
    yield _steps(found)
    yield from _modes(found)
    yield from _people(found)
    return found


def _steps(found: Examination) -> Finding:
    if found.newer:
        says = f"The database was brought further by a newer version ({found.newer[0]})."
        return Finding("version", "wrong", says, "Install that version again, or restore a backup from before it.")
    if found.pending:
        says = f"{len(found.pending)} steps bring the database to this version at the next start."
        return Finding("version", "note", says)
    return Finding("version", "ok", "The database is of this version.")


def _modes(found: Examination) -> Iterator[Finding]:
    number = tuple(int(part) for part in found.sqlite.split("."))
    if number < FIXED_SQLITE:
        yield Finding(
            "sqlite",
            "note",
            f"SQLite {found.sqlite} has a fault when two connections write or checkpoint at the same moment. Kindstem "
            "writes over one connection at a time, so it is not touched; do not open the database with other programs.",
        )
    else:
        yield Finding("sqlite", "ok", f"SQLite {found.sqlite}.")
    if found.journal_mode == "wal":
        says = "Write-ahead journal. Kindstem waits for the disk at every commit (synchronous full)."
        yield Finding("journal", "ok", says)
    else:
        says = f"Journal mode {found.journal_mode}, as in a restored backup. The next start changes it."
        yield Finding("journal", "note", says)


def _people(found: Examination) -> Iterator[Finding]:
    if found.pending or found.newer:
        return
    if found.org is None:
        yield Finding("people", "wrong", "The database has no organisation.", "Run `kindstem init` in a new folder.")
        return
    reading = [person for person in found.people if person.active and person.role.reads]
    started = {person.role.value for person in reading if person.started}
    if not {"worker", "second"} <= started:
        yield Finding(
            "people",
            "warning",
            "A child needs a jeugdbeschermer and a second reader who both signed in once; there is none of "
            f"{' and '.join(sorted({'worker', 'second'} - started))} yet.",
            "kindstem people add, and give them the start code it prints.",
        )
    else:
        yield Finding("people", "ok", f"{len(reading)} people read at {found.org.name}.")


def _fits(keys: KeyFile | None, found: Examination) -> Finding:
    if keys is None or found.sealed is None:
        return Finding("key file fits", "note", "Not tried: the key file does not open.")
    try:
        keys.unseal("totp", found.sealed.totp, bound=found.sealed.person.encode())
    except SetupFault:
        return Finding(
            "key file fits",
            "wrong",
            "This key file is not the one of this database: nobody can sign in or unlock.",
            "Put back the key file that was made with this database, or the database that belongs to this key file.",
        )
    return Finding("key file fits", "ok", "The key file opens what lies sealed in the database.")


def _log(settings: Config, now: datetime) -> Iterator[Finding]:
    restore = "If a backup was put back on purpose: kindstem log restart --reason restored (docs/operations.md)."
    try:
        if look(settings.database, lambda r: r.open_log()) is None and last_line(settings.checkpoints) is None:
            yield Finding("log", "note", "The log begins at the next start.")
            return
        wrong = look(settings.database, lambda r: log.fault(r, settings)) or look(settings.database, log.damage)
        newest = look(settings.database, lambda r: r.newest_checkpoint())
    except (SetupFault, Unreadable) as fault:
        yield Finding("log", "wrong", str(fault), restore)
        return
    if wrong:
        yield Finding("log", "wrong", wrong, restore)
        return
    yield _private("log key", settings.log_key, 0o600)
    yield Finding("log", "ok", f"Whole, and signed over {newest.size if newest else 0} entries.")
    by = look(settings.database, lambda r: log.ahead(r, now))
    if by is not None:
        yield Finding(
            "log clock",
            "warning",
            log.ahead_text(by),
            "Nothing is lost. Tell inspectors when the clock was wrong, and let NTP keep it (docs/operations.md).",
        )
    if not settings.witnesses and not settings.tsa_url and not settings.demo:
        yield Finding(
            "log witnesses",
            "note",
            "Nobody outside signs or stamps the log, so its times rest on this organisation's word. A witness or an "
            "authority for time stamps would mend that (docs/operations.md).",
        )


def _free(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    says = f"{free // MIB} MB free on the disk of {data}."
    if free < TOO_LITTLE:
        return Finding("free space", "wrong", says, "Make room: a full disk refuses what children send.")
    if free < LITTLE:
        return Finding("free space", "warning", says, "Make room, or move the folder to a larger disk.")
    return Finding("free space", "ok", says)


def _clock(data: Path, found: Examination | None, now: datetime) -> Finding:
    mend = "Set the clock, and let NTP keep it (systemctl status systemd-timesyncd)."
    if now < RELEASED:
        return Finding("clock", "wrong", f"The clock says {now:%d-%m-%Y %H:%M}, before this version was made.", mend)
    ahead = now + timedelta(minutes=10)
    if found and found.newest and found.newest > ahead:
        says = f"The clock says {now:%d-%m-%Y %H:%M}, and something was stored at {found.newest:%d-%m-%Y %H:%M} (UTC)."
        return Finding("clock", "wrong", says, mend)
    files = [path.stat().st_mtime for path in data.iterdir()]
    if files and datetime.fromtimestamp(max(files), UTC) > ahead:
        return Finding("clock", "wrong", "A file in the data folder is from the future: the clock went back.", mend)
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.05)
    if abs((time.time() - wall) - (time.monotonic() - steady)) > 1:
        return Finding("clock", "wrong", "The clock jumps while one looks at it.", mend)
    return Finding("clock", "ok", f"{now:%d-%m-%Y %H:%M} UTC, and nothing here is later.")


# --- built files, and mail --------------------------------------------------------------------------------------------


def _built() -> Iterator[Finding]:
    mend = "In a checkout: ./dev setup. An installed wheel: install it again."
    try:
        languages = words.languages()
        for language in languages:
            words.Words(language).t("child.tab.title")
    except (OSError, words.WordMissing) as fault:
        yield Finding("texts", "wrong", f"A catalogue cannot be read ({type(fault).__name__}).", mend)
    else:
        yield Finding("texts", "ok", f"Texts in {', '.join(languages)}.")
    try:
        listed: dict[str, Any] = assets.manifest()["files"]
    except (assets.AssetsMissing, ValueError, KeyError):
        yield Finding("built files", "wrong", "What browsers load has not been built.", mend)
        return
    folder = assets.folder("static")
    changed = [url for url, facts in listed.items() if _digest(folder / url.lstrip("/")) != facts["integrity"]]
    if changed:
        says = f"{len(changed)} of {len(listed)} built files are missing or were changed ({changed[0]})."
        yield Finding("built files", "wrong", says, mend)
    else:
        yield Finding("built files", "ok", f"All {len(listed)} built files are as they were made.")


def _digest(path: Path) -> str | None:
    try:
        return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
    except OSError:
        return None


def _mail(settings: Config) -> Iterator[Finding]:
    if settings.alert_file and settings.smtp_url is None:
        says = f"No mail: alerts are written to {settings.alerts}, where nobody is woken by them. For trying out only."
        yield Finding("mail", "warning", says, "Set KINDSTEM_SMTP_URL and KINDSTEM_MAIL_FROM (docs/operations.md).")
        return
    if settings.smtp_url is None or settings.mail_from is None:
        yield Finding(
            "mail",
            "warning",
            "No mail: a child's flag is seen only when somebody signs in.",
            "Set KINDSTEM_SMTP_URL and KINDSTEM_MAIL_FROM (docs/operations.md).",
        )
        return
    fault = _greet(settings.smtp_url)
    host = urlsplit(settings.smtp_url).hostname
    if fault:
        yield Finding(
            "mail",
            "wrong",
            f"The mail server {host} cannot be used ({fault}).",
            "Correct KINDSTEM_SMTP_URL: smtps://user:password@host:465, or smtp://…@host:587 with STARTTLS.",
        )
    else:
        yield Finding("mail", "ok", f"The mail server {host} lets us in. Nothing was sent.")


def _alerts(settings: Config) -> Iterator[Finding]:
    lacking = alerts.missing(settings)
    if settings.demo:
        yield Finding("alerts", "note", "A demonstration sets its own limits, and writes alerts to a file.")
        return
    if lacking:
        says = f"A flag that nobody sees does not climb, and no child can be linked. Not set: {', '.join(lacking)}."
        yield Finding("alerts", "warning", says, "Set them (docs/operations.md), then: kindstem alerts test")
        return
    settings_now = alerts.settings_of(settings)
    try:
        at = look(settings.database, lambda r: r.alerts_tried(settings_now))
        people = look(settings.database, lambda r: r.people())
    except Unreadable:
        # What is wrong with the database was said before.
        return
    if at is None:
        says = "Alerts were not tried as they are set now, so no child can be linked."
        yield Finding("alerts", "warning", says, "kindstem alerts test")
    else:
        yield Finding("alerts", "ok", f"Tried on {at:%d-%m-%Y %H:%M} UTC, as they are set now.")
    active = [person for person in people if person.active]
    led = {person.team for person in active if person.role is Role.LEADER and person.mail}
    teams = {person.team for person in active if person.role is Role.WORKER}
    without = sorted(team or "no team" for team in teams - led)
    if without:
        yield Finding(
            "alerts",
            "note",
            f"No team leader with an address: {', '.join(without)}. There a flag goes to the on-call service at once.",
        )
    served = [person for person in active if person.role is Role.ONCALL and person.record is not None]
    if served:
        says = f"On call with keys of their own: {len(served)}. They see how a child is reached that agreed to it."
    else:
        says = "Nobody of the on-call service has keys. A flag that gets there says only that somebody should sign in."
    yield Finding("alerts", "ok" if served else "note", says)
    silent = [person for person in active if person.role in {Role.WORKER, Role.SECOND} and not person.mail]
    if silent:
        yield Finding("alerts", "note", f"{len(silent)} people read children and have no address for an alert.")


def _greet(url: str) -> str | None:
    """What goes wrong when signing in to a mail server; None when nothing does. Nothing is sent."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    try:
        with _smtp(parts.scheme, parts.hostname or "", parts.port, context) as server:
            if parts.username:
                if not isinstance(server.sock, ssl.SSLSocket):
                    return "a password goes over TLS only"
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.noop()
    except (OSError, smtplib.SMTPException) as fault:
        # The fault's own text can hold the address and the name that were tried.
        return type(fault).__name__
    return None


def _smtp(scheme: str, host: str, port: int | None, context: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SMTP_SECONDS, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=SMTP_SECONDS)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    return server
