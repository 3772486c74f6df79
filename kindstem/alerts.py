"""The mail that says nothing: that somebody should sign in now, and not why."""

import asyncio
import logging
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from kindstem.config import Config
from kindstem.domain import Mail
from kindstem.store import Store
from kindstem.words import Words

TEXT: Final = "work.alert.push"
GIVE_UP: Final = timedelta(hours=24)
"""An alert older than this is not mailed any more; it stands on the first screen until somebody has seen it."""

_AT_ONCE: Final = 50
_TIMEOUT: Final = 20
_LATER: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))

log = logging.getLogger("kindstem.alerts")


async def send_due(store: Store, config: Config, words: Words, *, now: datetime) -> int:
    """Send the mails whose moment has come, and give how many went out.

    Subject and text are one fixed sentence: a mail lies readable on other people's servers, so it holds no name, no
    number and no link. What cannot be sent is tried again for a day.
    """
    due = await store.read(lambda r: r.mails_due(now, limit=_AT_ONCE))
    sent = 0
    for mail in due:
        if config.smtp_url is None or now - mail.made_at > GIVE_UP:
            await _done(store, mail, now)
            continue
        try:
            await asyncio.to_thread(_send, config, _message(config, mail, words, now))
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


def _message(config: Config, mail: Mail, words: Words, now: datetime) -> EmailMessage:
    sender = config.mail_from or ""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.address
    message["Subject"] = words.t(TEXT)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.t(TEXT) + "\n")
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
