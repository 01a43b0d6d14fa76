"""CalDAV and CardDAV (RFC 4791, RFC 6352), as much as it takes to read everything in a collection."""

from __future__ import annotations

import base64
from http.client import HTTPConnection

from lxml import etree

DAV = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "A": "urn:ietf:params:xml:ns:carddav"}
_NAMES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in DAV.items())
_EVERYTHING = f"<D:propfind {_NAMES}><D:prop><D:getetag/></D:prop></D:propfind>"
CALENDAR, CONTACTS = ("C:calendar-multiget", "C:calendar-data"), ("A:addressbook-multiget", "A:address-data")


def authorization(login: str, password: str) -> str:
    """The value of the Authorization header."""
    return f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"


def resources(port: int, login: str, password: str, collection: str, report: tuple[str, str]) -> list[str]:
    """What is in a collection below the user's own, each as iCalendar or vCard with lines unfolded."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        def ask(method: str, body: str, depth: str) -> etree._Element:
            connection.request(method, f"/users/{login}/{collection}/", body.encode(), {
                "Authorization": authorization(login, password), "Depth": depth,
                "Content-Type": "text/xml; charset=utf-8"})
            answer = connection.getresponse()
            data = answer.read()
            assert answer.status == 207, (answer.status, data[:2000])
            return etree.fromstring(data)

        hrefs = [str(one.text) for one in ask("PROPFIND", _EVERYTHING, "1").iterfind("D:response/D:href", DAV)]
        wanted = "".join(f"<D:href>{one}</D:href>" for one in hrefs if not one.endswith("/"))
        name, data = report
        found = ask("REPORT", f"<{name} {_NAMES}><D:prop><{data}/></D:prop>{wanted}</{name}>", "0")
        return ["".join(str(words) for words in one.itertext()).replace("\r\n", "\n").replace("\n ", "")
                for one in found.iterfind(f".//{data}", DAV)]
    finally:
        connection.close()
