"""E-mail by SMTP, with the standard library in a thread: TLS from the start with `smtps`, STARTTLS when it is offered.

The Message-ID is made of the message's own id, so a second attempt is the same mail to whoever looks.
"""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from app.core.clock import now
from app.core.outbound import trusted
from app.core.threads import Threads
from app.services.messages.channels.outcome import OFF, SEND_SECONDS, TIMEOUT, Letter, Outcome, Result, refused, retry
from app.settings import Settings

SOCKET_SECONDS = 10.0
_threads = Threads("email", 8)


async def send(letter: Letter, settings: Settings) -> Outcome:
    """Hand one mail to the server; never raises for what the server does."""
    if not settings.smtp_url:
        return OFF
    mail = compose(letter, settings)
    try:
        return await _threads.run(lambda: _deliver(mail, settings.smtp_url), SEND_SECONDS)
    except TimeoutError:
        return TIMEOUT


def compose(letter: Letter, settings: Settings) -> EmailMessage:
    """The mail."""
    host = urlsplit(settings.smtp_url).hostname or "localhost"
    sender = settings.smtp_from or f"hotline@{host}"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, letter.address, letter.title
    mail["Message-ID"] = f"<{letter.uid}@{sender.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(now())
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    return mail


def _deliver(mail: EmailMessage, url: str) -> Outcome:
    try:
        with _connect(url) as server:
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return (refused if min(codes) >= 500 else retry)(f"smtp-{codes[0]}")
    except smtplib.SMTPDataError as error:
        return (refused if error.smtp_code >= 500 else retry)(f"smtp-{error.smtp_code}")
    except smtplib.SMTPResponseException as error:  # greeting, login, sender: somebody will mend it
        return retry(f"smtp-{error.smtp_code}")
    except TimeoutError:
        return TIMEOUT
    except (smtplib.SMTPException, OSError):
        return retry("smtp-unreachable")
    return Outcome(Result.SENT)


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "smtps"
    tls = trusted()
    server: smtplib.SMTP = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=SOCKET_SECONDS, context=tls)
        if secure
        else smtplib.SMTP(host, parts.port or 25, timeout=SOCKET_SECONDS)
    )
    try:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server
