"""From a letter to the bytes of a message (RFC 5322, RFC 2045 to 2047), the same every time."""

from __future__ import annotations

import html
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.text import MIMEText
from email.policy import SMTP, compat32
from email.utils import format_datetime, formataddr, parseaddr
from hashlib import sha256

from emulators.sample_mailbox.attachments import content
from emulators.sample_mailbox.letter import Kind, Letter


def message_id(letter: Letter) -> str:
    """The Message-ID, made from what the letter says."""
    digest = sha256(f"{letter.subject}|{letter.date}|{letter.folder}".encode()).hexdigest()[:24]
    domain = parseaddr(letter.sender)[1].partition("@")[2]
    return f"<{digest}@{domain}>"


def compose(letter: Letter) -> bytes:
    """The message, with line feeds as Maildir keeps them."""
    if letter.raw:
        return _raw(letter)
    if letter.charset != "utf-8":
        return _in_charset(letter)
    message = EmailMessage(policy=SMTP.clone(linesep="\n"))
    message["From"], message["To"], message["Subject"] = letter.sender, letter.to, letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = message_id(letter)
    message["User-Agent"] = "Letterbox 3.2"
    message.set_content(letter.text)
    _add_html(message, letter)
    _add_files(message, letter)
    _fix_boundaries(message, letter)
    return message.as_bytes()


def _add_html(message: EmailMessage, letter: Letter) -> None:
    if not letter.html:
        return
    inline = [each for each in letter.attachments if each.inline]
    paragraphs = "".join(f"<p>{html.escape(part)}</p>\n" for part in letter.text.strip().split("\n\n"))
    pictures = "".join(f'<p><img src="cid:{each.name}@letterbox" alt=""></p>\n' for each in inline)
    message.add_alternative(f"<html><body>\n{paragraphs}{pictures}</body></html>\n", subtype="html")
    for each in inline:
        message.get_payload()[1].add_related(      # type: ignore[union-attr, index]  # the HTML part
            content(each), "image", "png", cid=f"<{each.name}@letterbox>", filename=each.name
        )


def _add_files(message: EmailMessage, letter: Letter) -> None:
    for each in letter.attachments:
        if each.inline:
            continue
        main, _, sub = each.kind.value.partition("/")
        if each.kind in (Kind.TEXT, Kind.TABLE):
            message.add_attachment(each.content, subtype=sub, filename=each.name)
        else:
            message.add_attachment(content(each), main, sub, filename=each.name)


def _fix_boundaries(message: Message, letter: Letter) -> None:
    digest = sha256(message_id(letter).encode()).hexdigest()
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{digest[:20]}_{number}")


def _in_charset(letter: Letter) -> bytes:
    """As the programs of their time wrote it: one text part in the charset of the language."""
    message = MIMEText(letter.text, "plain", letter.charset, policy=compat32)
    for name, value in _headers(letter).items():
        message[name] = _encoded(name, value, letter.charset)
    return message.as_bytes()


def _encoded(name: str, value: str, charset: str) -> str:
    if name in ("From", "To") and value:
        return formataddr(parseaddr(value), charset)
    return value if value.isascii() else Header(value, charset, header_name=name).encode()


def _raw(letter: Letter) -> bytes:
    """With headers and text in 8 bits and no word about it, as some programs still do."""
    lines = [f"{name}: {value}" for name, value in _headers(letter).items()]
    return ("\n".join(lines) + "\n\n" + letter.text).encode(letter.charset, "replace")


def _headers(letter: Letter) -> dict[str, str]:
    return {
        "From": letter.sender,
        "To": letter.to,
        "Subject": letter.subject,
        "Date": format_datetime(letter.date),
        "Message-ID": message_id(letter),
    }
