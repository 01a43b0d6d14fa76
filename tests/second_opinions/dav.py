"""CalDAV and CardDAV (RFC 4791, RFC 6352), as much as it takes to read everything in a collection."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml import etree

DAV = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "A": "urn:ietf:params:xml:ns:carddav"}
_NAMES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in DAV.items())
_EVERYTHING = f"<D:propfind {_NAMES}><D:prop><D:getetag/></D:prop></D:propfind>"
# What lists a collection, at which depth; the report that gets of it what is listed, and the element that holds that.
CALENDAR = ("PROPFIND", _EVERYTHING, "C:calendar-multiget", "C:calendar-data")
CONTACTS = ("PROPFIND", _EVERYTHING, "A:addressbook-multiget", "A:address-data")
TASKS = ("REPORT", f'<C:calendar-query {_NAMES}><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR">'
         '<C:comp-filter name="VTODO"/></C:comp-filter></C:filter></C:calendar-query>', *CALENDAR[2:])
AT_ONCE = 100
LONGEST = 600       # seconds that an answer may take


def authorization(login: str, password: str) -> str:
    """The value of the Authorization header."""
    return f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"


def resources(port: int, login: str, password: str, collection: str, kind: tuple[str, str, str, str]) -> list[str]:
    """What is in a collection below the user's own, each as iCalendar or vCard with lines unfolded.

    Fails where something is listed and cannot be got.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        def ask(method: str, body: str, depth: str) -> etree._Element:
            connection.request(method, quote(f"/users/{login}/{collection}/"), body.encode(), {
                "Authorization": authorization(login, password), "Depth": depth,
                "Content-Type": "text/xml; charset=utf-8"})
            answer = connection.getresponse()
            data = answer.read()
            assert answer.status == 207, (answer.status, data[:2000])
            return etree.fromstring(data)

        method, listing, report, data = kind
        hrefs = [str(one.text) for one in ask(method, listing, "1").iterfind("D:response/D:href", DAV)]
        names = [one for one in hrefs if not one.endswith("/")]
        found = [ask("REPORT", _wanted(report, data, part), "0") for part in _parts(names)]
        return [one for part in found for one in _told(part, data)]
    finally:
        connection.close()


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))


def _wanted(report: str, data: str, names: Sequence[str]) -> str:
    wanted = "".join(f"<D:href>{escape(one)}</D:href>" for one in names)
    return f"<{report} {_NAMES}><D:prop><{data}/></D:prop>{wanted}</{report}>"


def _told(answer: etree._Element, data: str) -> Iterator[str]:
    for response in answer.iterfind("D:response", DAV):
        found = response.find(f".//{data}", DAV)
        assert found is not None, etree.tostring(response)
        yield "".join(str(words) for words in found.itertext()).replace("\r\n", "\n").replace("\n ", "")
