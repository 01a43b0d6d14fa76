"""Hosts that are not public, as somebody may write them, and a resolver that knows them. Nobody is asked."""

from __future__ import annotations

import re
import socket

SPELLED = (
    # IPv4: RFC 6890 has these networks; inet_aton(3) has the spellings
    "127.0.0.1", "127.1", "127.0.1", "127.127.127.127", "2130706433", "0x7f000001", "0x7F.0.0.1", "0x7f.1",
    "017700000001", "0177.0.0.1", "0177.1", "00000177.0.0.0x1", "127.0.0.1.", "127.1.", "0", "0.0.0.0", "0x0", "00.0",
    "10.0.0.1", "10.1", "167772161", "0xA000001", "012.1", "172.16.0.1", "172.31.255.254", "0xac.0x10.1",
    "192.168.1.1", "192.168.257", "3232235777", "0300.0250.1.1", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "169.254.43518", "168.63.129.16", "192.0.0.192", "100.64.0.1", "100.127.255.254",
    "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # IPv6, bare and in brackets: loopback, unspecified, link-local with a zone, unique local, and what wraps IPv4
    "::1", "[::1]", "[::1]:993", "[0:0:0:0:0:0:0:1]", "[::]", "[fe80::1]", "fe80::1%lo", "[fe80::1%25lo]", "[fc00::1]",
    "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::10.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::10.0.0.1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:db8::1]", "[::ffff:0:127.0.0.1]",
    # Names that lead there
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost", "intranet",
    "mail.intern.example.", "metadata.google.internal", "127.0.0.1.nip.io", "10-0-0-1.nip.io",
    "169.254.169.254.xip.example", "a9fea9fe.nip.io",
    # Letters and dots of other scripts (UTS 46 makes them ASCII), and of full width
    "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1", "\u2460\u2461\u2466.0.0.1", "\u0661\u0662\u0667.0.0.1", "\u06f1\u06f2\u06f7.0.0.1",
    "loc\u00adalhost", "local\u200bhost", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    "127\uff610\uff610\uff611",
    # Ports, users, paths and marks
    "127.0.0.1:993", "localhost:22", "localhost:6379", "imaps://127.0.0.1", "https://localhost/EWS/Exchange.asmx",
    "https://127.0.0.1:8443", "mail.example.org@127.0.0.1", "mail.example.org:993@localhost",
    "https://mail.example.org@localhost/", "127.0.0.1#mail.example.org", "127.0.0.1?mail.example.org",
    "127.0.0.1/mail.example.org", "127.0.0.1\\@mail.example.org", "mail.example.org\\@127.0.0.1",
    "<https://127.0.0.1|mail.example.org>", "<http://localhost/|mail.example.org>", "<mailto:a@localhost|localhost>",
    "//127.0.0.1", "http://127.0.0.1", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "unix:///run/redis.sock",
    "127.0.0.1%00.example.org", "127.0.0.1\x00.example.org", "127.0.0.1 .example.org", "127.0.0.1\r\nx",
    "%6c%6fcalhost", "%31%32%37.0.0.1",
)
NAMES = {
    "localhost": "127.0.0.1", "localhost.localdomain": "127.0.0.1", "ip6-localhost": "::1", "intranet": "10.1.2.3",
    "mail.intern.example": "192.168.7.7", "metadata.google.internal": "169.254.169.254",
    "a9fea9fe.nip.io": "169.254.169.254",
}
IN_A_NAME = re.compile(r"(\d+)[.-](\d+)[.-](\d+)[.-](\d+)\.(nip\.io|xip\.example)")


def resolved(host: str, port: int) -> list[str]:
    """What a machine's resolver makes of a host: a number in any spelling, or a name that it knows."""
    name = host.removesuffix(".").lower()
    if found := IN_A_NAME.fullmatch(name):
        return [".".join(found.groups()[:4])]
    if name in NAMES:
        return [NAMES[name]]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]).partition("%")[0] for entry in found]
