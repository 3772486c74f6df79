"""What alerts people outside the app and says nothing: that somebody should sign in now, and not why.

By mail; or, for trying out, into a file in the data folder. That it works as it is set is tried before a child comes.
"""

import asyncio
import hashlib
import json
import logging
import os
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from kindstem.config import Config
from kindstem.domain import Mail
from kindstem.errors import SetupFault
from kindstem.store import Store
from kindstem.words import Words

TEXT: Final = "work.alert.push"
ONCALL: Final = "work.alert.oncall"
TRIAL: Final = "work.alert.trial"
GIVE_UP: Final = timedelta(hours=24)
"""An alert older than this is not mailed any more; it stands on the first screen until somebody has seen it."""

_AT_ONCE: Final = 50
_TIMEOUT: Final = 20
_LATER: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))

log = logging.getLogger("kindstem.alerts")


async def send_due(store: Store, config: Config, words: Words, *, now: datetime) -> int:
    """Send the mails whose moment has come, and give how many went out.

    Subject and text are one fixed sentence: a mail lies readable on other people's servers, so it holds no name, no
    number and no link. The on-call service has no keys, so its sentence is another one. What cannot be sent is tried
    again for a day.
    """
    due = await store.read(lambda r: r.mails_due(now, limit=_AT_ONCE))
    sent = 0
    for mail in due:
        to = mail.address if mail.person else config.oncall_mail
        if to is None or not has_channel(config) or now - mail.made_at > GIVE_UP:
            await _done(store, mail, now)
            continue
        try:
            text = words.t(TEXT if mail.person else ONCALL)
            await asyncio.to_thread(_deliver, config, to, text, mail.person is None, now)
        except (OSError, smtplib.SMTPException) as error:
            # The error's own text can hold an address.
            log.warning("A mail could not be sent (%s); it is tried again.", type(error).__name__)
            await _later(store, mail, now + _LATER[min(mail.tries, len(_LATER) - 1)])
            continue
        await _done(store, mail, now)
        sent += 1
    return sent


async def _done(store: Store, mail: Mail, at: datetime) -> None:
    await store.write(lambda tx: tx.mail_done(mail.id, at))


async def _later(store: Store, mail: Mail, at: datetime) -> None:
    await store.write(lambda tx: tx.mail_later(mail.id, at))


def has_channel(config: Config) -> bool:
    """Whether anything goes out of the app."""
    return config.smtp_url is not None or config.alert_file


def missing(config: Config) -> list[str]:
    """Which settings have still to be made before alerts can be tried, by name."""
    wanted = {
        "KINDSTEM_SMTP_URL": has_channel(config),
        "KINDSTEM_ONCALL_MAIL": config.oncall_mail,
        "KINDSTEM_FLAG_MINUTES_DAY": config.flag_minutes_day,
        "KINDSTEM_FLAG_MINUTES_NIGHT": config.flag_minutes_night,
    }
    return [name for name, value in wanted.items() if not value]


def settings_of(config: Config) -> str:
    """A digest of what was set about alerts, without a password: what is changed is to be tried anew."""
    server = urlsplit(config.smtp_url) if config.smtp_url else None
    said = [
        *((server.scheme, server.hostname, server.port) if server else (None, None, None)),
        *(config.mail_from, config.alert_file, config.oncall_mail, config.flag_minutes_day, config.flag_minutes_night),
        *(one.isoformat() for one in config.office_hours),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


async def tried(store: Store, config: Config) -> bool:
    """Whether everything is set, and an alert went out under just these settings."""
    if missing(config):
        return False
    settings = settings_of(config)
    return await store.read(lambda r: r.alerts_tried(settings)) is not None


async def try_out(store: Store, config: Config, words: Words, *, now: datetime) -> None:
    """Send the on-call service a message that says it is a trial, and keep that it went.

    That it arrived only who is on call can say. Raises SetupFault when something is not set, or it does not go out.
    """
    if missing(config):
        raise SetupFault(f"Not set yet: {', '.join(missing(config))}. docs/operations.md says what each is for.")
    try:
        await asyncio.to_thread(_deliver, config, config.oncall_mail or "", words.t(TRIAL), True, now)
    except (OSError, smtplib.SMTPException) as error:
        fault = type(error).__name__
        raise SetupFault(f"The trial could not be sent ({fault}). `kindstem doctor` looks at it.") from None
    settings = settings_of(config)
    await store.write(lambda tx: tx.add_alert_trial(settings, now))


def _deliver(config: Config, to: str, text: str, oncall: bool, now: datetime) -> None:
    if config.smtp_url is not None:
        _send(config, _message(config, to, text, now))
        return
    # Whom it would have gone to stands there by what they are: a file in a backup needs no addresses.
    line = f"{now:%Y-%m-%dT%H:%M:%SZ} {'on-call' if oncall else 'reader-or-leader'}: {text}\n"
    opened = os.open(config.alerts, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "a", encoding="utf-8") as file:
        file.write(line)


def _message(config: Config, to: str, text: str, now: datetime) -> EmailMessage:
    sender = config.mail_from or ""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = text
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text + "\n")
    return message


def _send(config: Config, message: EmailMessage) -> None:
    address = urlsplit(config.smtp_url or "")
    host = address.hostname or "localhost"
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, address.port or 465, timeout=_TIMEOUT, context=context)
    else:
        client = smtplib.SMTP(host, address.port or 587, timeout=_TIMEOUT)
    with client:
        client.ehlo()
        if address.scheme == "smtp" and client.has_extn("starttls"):
            client.starttls(context=context)
            client.ehlo()
        elif address.scheme == "smtp" and address.username:
            raise smtplib.SMTPNotSupportedError("a password goes over TLS only")
        if address.username:
            client.login(unquote(address.username), unquote(address.password or ""))
        client.send_message(message)
