"""One message of each kind that mail programs trip over, made by hand."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

RECEIVED = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)
BORDER = b"----=_hard"


@dataclass(frozen=True, slots=True)
class Hard:
    """A message, and when the source received it. `copies` of it are alike in everything."""

    mime: bytes
    received: datetime = RECEIVED
    copies: int = 1


def letter(
    subject: str, body: bytes = b"Hello.\r\n", *, more: bytes = b"", date: bytes = b"Sun, 17 May 2020 08:29:00 +0000"
) -> bytes:
    """A message that is hard in what it is given and in nothing else."""
    name = subject.replace(" ", "-").encode("ascii", "replace")
    return b"".join((
        b"From: Ann <ann@example.net>\r\nTo: claire@example.org\r\nSubject: ", subject.encode(), b"\r\n",
        b"Date: " + date + b"\r\n" if date else b"", b"Message-ID: <", name, b"@hard.example>\r\n", more, b"\r\n", body,
    ))


def mixed(subject: str, *parts: bytes, kind: bytes = b"mixed", end: bytes = b"--" + BORDER + b"--\r\n") -> bytes:
    """A message of several parts, each with its headers."""
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/%b; boundary=\"%b\"\r\n" % (kind, BORDER)
    return letter(subject, b"".join(b"--" + BORDER + b"\r\n" + part + b"\r\n" for part in parts) + end, more=head)


def part(kind: bytes, data: bytes, *, name: bytes = b"", encoding: bytes = b"base64") -> bytes:
    """A part; `name` makes it an attachment."""
    place = b'Content-Disposition: attachment; filename="%b"\r\n' % name if name else b""
    body = base64.encodebytes(data).replace(b"\n", b"\r\n") if encoding == b"base64" else data
    return b"Content-Type: %b\r\nContent-Transfer-Encoding: %b\r\n%b\r\n%b" % (kind, encoding, place, body)


def _typed(kind: bytes, encoding: bytes = b"8bit") -> bytes:
    return b"MIME-Version: 1.0\r\nContent-Type: %b\r\nContent-Transfer-Encoding: %b\r\n" % (kind, encoding)


# Kinds that take more than a line


def _nested(depth: int) -> bytes:
    """Parts within parts."""
    inner = b"Content-Type: text/plain\r\n\r\nAt the bottom.\r\n"
    for level in range(depth):
        border = b"b%d" % level
        inner = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n%b\r\n--%b--\r\n" % (
            border, border, inner, border,
        )
    head, _, body = inner.partition(b"\r\n\r\n")
    return letter("500 nested parts", body, more=b"MIME-Version: 1.0\r\n" + head + b"\r\n")


def _forwarded(depth: int) -> bytes:
    """A message in a message in a message."""
    inner = letter("the first")
    for level in range(depth):
        inner = letter(f"forwarded {level + 1}", inner, more=_typed(b"message/rfc822"))
    return inner


def _large(subject: str, size: int) -> bytes:
    page = b"".join(random.Random(n).randbytes(38).hex().encode() + b"\r\n" for n in range(1000))
    return letter(subject, page * (size // len(page)), more=_typed(b"application/octet-stream", b"base64"))


def _winmail() -> bytes:
    """An attachment as Outlook makes them: TNEF's signature, and then what only Outlook knows ([MS-OXTNEF] 2.1.3)."""
    tnef = bytes.fromhex("789f3e22") + random.Random(7).randbytes(5000)
    return mixed("winmail.dat", b"Content-Type: text/plain\r\n\r\nSee below.",
                 part(b'application/ms-tnef; name="winmail.dat"', tnef, name=b"winmail.dat"))


SIGNED_PART = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Trailing spaces   \r\n\tand a tab\t\r\nFrom here on: na\xc3\xafve r\xc3\xa9sum\xc3\xa9\r\n- -- \r\n.\r\n"
)
PGP_SIGNATURE = (
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\niHUEABYKAB0WIQRHhcmFjdGVyLXN0YW5kLWluLWZvci1hAKCRBhLXNpZ25hdHVyZQ==\r\n"
    b"=hard\r\n-----END PGP SIGNATURE-----\r\n"
)


def _pgp_signed() -> bytes:
    return mixed("PGP signed", SIGNED_PART, b"Content-Type: application/pgp-signature\r\n\r\n" + PGP_SIGNATURE,
                 kind=b'signed; micalg=pgp-sha256; protocol="application/pgp-signature"')


@dataclass(frozen=True)
class Signer:
    """Somebody with a key and a certificate, who signs and reads S/MIME (RFC 8551)."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def certificate(self) -> x509.Certificate:
        """Signed by themselves."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ann")])
        begin = datetime.now(UTC) - timedelta(days=1)
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(7).not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
            .sign(self.key, hashes.SHA256())
        )

    def signed(self) -> bytes:
        """A message with a detached signature."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(SIGNED_PART)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes, pkcs7.PKCS7Options.Binary]
        signature = builder.sign(serialization.Encoding.DER, options)
        return mixed("SMIME signed", SIGNED_PART,
                     part(b"application/pkcs7-signature; name=smime.p7s", signature, name=b"smime.p7s"),
                     kind=b'signed; protocol="application/pkcs7-signature"; micalg=sha-256')

    def verify(self, mime: bytes) -> None:
        """Raises InvalidSignature when the signed part is not what was signed."""
        _, content, attached, _ = mime.split(b"--" + BORDER)
        signature = base64.b64decode(attached.partition(b"\r\n\r\n")[2])[-256:]     # SignerInfo's last field, RFC 5652
        content = content.removeprefix(b"\r\n").removesuffix(b"\r\n")
        self.key.public_key().verify(signature, content, padding.PKCS1v15(), hashes.SHA256())

    def encrypted(self) -> bytes:
        """A message that only this person can read."""
        builder = pkcs7.PKCS7EnvelopeBuilder().set_data(SIGNED_PART).add_recipient(self.certificate)
        data = builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
        body = base64.encodebytes(data).replace(b"\n", b"\r\n")
        kind = b'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
        return letter("SMIME encrypted", body, more=_typed(kind, b"base64"))

    def read(self, mime: bytes) -> bytes:
        """What is in such a message."""
        data = base64.b64decode(mime.partition(b"\r\n\r\n")[2])
        return pkcs7.pkcs7_decrypt_der(data, self.certificate, self.key, [])


# All of them

_HEADER = b"".join(b"X-Trace-%d: %d\r\n" % (n, n) for n in range(5000))
_PLAIN: dict[str, bytes] = {
    "0 bytes": b"",
    "an empty line and nothing else": b"\r\n",
    "no headers": b"\r\nA text without any header.\r\n",
    "no headers and no empty line": b"just a text",
    "headers and no body": letter("headers alone", b"").removesuffix(b"\r\n"),
    "no Message-ID": letter("nameless").replace(b"Message-ID: <nameless@hard.example>\r\n", b""),
    "two Message-IDs, two Subjects, two From": letter(
        "the first", more=b"Message-ID: <b@hard.example>\r\nSubject: the second\r\nFrom: Bob <bob@example.net>\r\n"
    ),
    "NUL bytes in header and body": letter("nul", b"a\0b\0\0c\r\n", more=b"X-Nul: a\0b\r\n"),
    "bare CR": letter("bare CR", b"one\rtwo\r\rthree\r\n", more=b"X-Cr: a\rb\r\n"),
    "bare LF": letter("bare LF", b"one\ntwo\n\nthree\n").replace(b"\r\n", b"\n"),
    "CRLF, LF and CR mixed": letter("all three", b"one\r\ntwo\nthree\rfour\r\n\nfive\n\r\n"),
    "no line end at its end": letter("unfinished", b"no end"),
    "lines of 100 KB": letter(
        "long lines", (b"x" * 100_000 + b"\r\n") * 3, more=b"X-Long: " + b"y" * 100_000 + b"\r\n"
    ),
    "raw Latin-1 in headers": letter("caf\u00e9").replace("caf\u00e9".encode(), b"caf\xe9 \xfcber"),
    "invalid UTF-8 in headers": letter("odd", more=b"X-Odd: \xc3\x28 \xff\xfe \xed\xa0\x80\r\n").replace(
        b"Subject: odd", b"Subject: \xe2\x28\xa1 odd"
    ),
    "raw UTF-8 in headers": letter("Привет, 会議 🎉"),
    "encoded words that are broken": letter(
        "=?utf-8?B?Zm9v?= =?nonsense?Q?=zz?= =?utf-8?B?!!!?= =?iso-2022-jp?B?GyRC?="
    ),
    "control characters in headers": letter("bell \x07 and escape \x1b[31m", more=b"X-Ctl: \x01\x02\x7f\r\n"),
    "a subject of 50,000 characters": letter("s" * 50_000),
    "a header that is no header": letter("odd lines", more=b"this line has no colon\r\n: nor a name\r\n folded\r\n"),
    "5,000 headers": letter("many headers", more=_HEADER),
    "5,000 recipients": letter(
        "a round robin", more=b"Cc: " + b",\r\n ".join(b"a%d@example.net" % n for n in range(5000)) + b"\r\n"
    ),
    "500 nested parts": _nested(500),
    "base64 that is broken": mixed(
        "bad base64", b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=a.png\r\n\r\n!!!not base64!!!\r\nZm9v=====\r\nZ"
    ),
    "quoted-printable that is broken": letter(
        "bad qp", b"a =ZZ b =\r\n= =4\r\n", more=_typed(b"text/plain", b"quoted-printable")
    ),
    "parts without an end": mixed("no end", part(b"text/plain", b"cut off"), end=b""),
    "parts without a boundary": letter(
        "no boundary", b"--x\r\n\r\na\r\n--x--\r\n", more=_typed(b"multipart/mixed")
    ),
    "a boundary that does not occur": letter(
        "lost", b"--other\r\n\r\na\r\n", more=_typed(b"multipart/mixed; boundary=this")
    ),
    "text before, between and after the parts": mixed(
        "around", part(b"text/plain", b"a"), end=b"--" + BORDER + b"--\r\nepilogue"
    ),
    "winmail.dat": _winmail(),
    "PGP, signed": _pgp_signed(),
    "PGP, in the text": letter(
        "inline", b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n- -- \r\nme  \r\n" + PGP_SIGNATURE
    ),
    "message/rfc822 in message/rfc822": _forwarded(3),
    "an attachment in 8 bits (binary)": mixed(
        "binary", part(b"application/octet-stream", bytes(range(1, 256)) * 20, name=b"all.bin", encoding=b"binary")
    ),
    "uuencoded in the text": letter("uu", b"begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n"),
    "UTF-16 text": letter("wide", "Grüße".encode("utf-16"), more=_typed(b"text/plain; charset=utf-16")),
    "ISO-2022-JP text": letter(
        "jis", "会議".encode("iso-2022-jp"), more=_typed(b"text/plain; charset=iso-2022-jp", b"7bit")
    ),
    "a character set that nobody knows": letter(
        "x-unknown", b"\x80\x81", more=_typed(b"text/plain; charset=x-mac-klingon")
    ),
    "lines of dots, and “From ” at a line's start": letter("dots", b".\r\n..\r\nFrom me to you\r\n>From him\r\n"),
    "a “From ” line before the headers": b"From ann@example.net Sun May 17 08:29:00 2020\r\n" + letter("mbox"),
    "text that looks like an IMAP answer": letter(
        "imap", b")\r\n* 2 FETCH (UID 2 BODY[] {3}\r\nabc)\r\nA1 OK done\r\n"
    ),
    "text that looks like base64 and XML": letter("xml", b"]]></t:MimeContent>&amp;<x>\r\nZm9v\r\n"),
    "a calendar invitation": letter(
        "invitation", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20200517T090000Z\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n", more=_typed(b"text/calendar; method=REQUEST"),
    ),
    "a request for a receipt": letter("receipt", more=b"Disposition-Notification-To: ann@example.net\r\n"
                                                      b"Return-Receipt-To: ann@example.net\r\n"),
    "no Date": letter("undated", date=b""),
    "a Date that is none": letter("the day after", date=b"the day after tomorrow, 25:99"),
    "a Date in 1970": letter("old", date=b"Thu, 01 Jan 1970 00:00:00 +0000"),
    "a Date in 2100": letter("new", date=b"Fri, 31 Dec 2100 23:59:59 +0000"),
    "a Date in the year 1": letter("ancient", date=b"Mon, 01 Jan 0001 00:00:00 +0000"),
    "a Date with a zone of +9999": letter("far", date=b"Sun, 17 May 2020 08:29:00 +9999"),
}


def hard_messages(signer: Signer) -> dict[str, Hard]:
    """Every kind, with what it is called in the document."""
    found = {kind: Hard(mime) for kind, mime in _PLAIN.items()}
    return found | {
        "S/MIME, signed": Hard(signer.signed()),
        "S/MIME, encrypted": Hard(signer.encrypted()),
        "received in 1970": Hard(letter("received long ago"), datetime(1970, 1, 2, tzinfo=UTC)),
        "received in 2100": Hard(letter("received in time"), datetime(2100, 12, 31, tzinfo=UTC)),
        "identical twins": Hard(letter("twins"), copies=2),
        "identical triplets without Message-ID": Hard(
            letter("triplets").replace(b"Message-ID: <triplets@hard.example>\r\n", b""), copies=3
        ),
        "identical twins of 0 bytes, of another day": Hard(b"", RECEIVED + timedelta(days=1), copies=2),
        "40 MB": Hard(_large("Plans", 40_000_000)),
    }


def too_large(limit: int) -> bytes:
    """A message over the limit."""
    return _large("Too large", limit + 100_000)
