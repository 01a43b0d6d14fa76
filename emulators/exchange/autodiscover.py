r"""Autodiscover V2: where a mailbox is served, told in JSON to whoever asks, without signing in.

GET /autodiscover/autodiscover.json?Email=ADDRESS&Protocol=Ews, or with the address behind /v1.0/ in the path, as
Microsoft's own scripts ask (CSS-Exchange, Get-ProtocolEndpointViaAutoDv2). Seen of Exchange Server: the two answers
`{"Protocol":"Ews","Url":...}` and those of ActiveSync (sys4/automx#44), and 400 with ErrorCode InvalidProtocol
(mailcow-dockerized#636); recorded of Exchange Online: `jsonerror: true`, and apostrophes written as \u0027.
Assumption: the codes and words of the other errors, that Protocol is told as the server spells it, that Exchange 2010
has no such page (404), and that of a mailbox elsewhere there is nothing but a redirection (302).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from emulators.exchange.settings import RANK, Settings

_PAGE = "/autodiscover/autodiscover.json"
_PLACES = {"ActiveSync": "/Microsoft-Server-ActiveSync", "Ews": "/EWS/Exchange.asmx"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its HTTP status, body and further headers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def is_asked(target: str) -> bool:
    """Whether a request target, in any case of letters, is that of Autodiscover V2."""
    path = urlsplit(target).path.lower()
    return path == _PAGE or path.startswith(f"{_PAGE}/")


def answer(target: str, settings: Settings, *, primary: str | None, here: str) -> Told:
    """The answer to a request target; `primary` is the address of the mailbox it asks for, `here` our own origin."""
    if settings.server.rank < RANK["Exchange2013"] or not settings.autodiscover_v2:
        return Told(404)
    asked = {name.lower(): value for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True)}
    protocol, address = asked.get("protocol", ""), address_in(target)
    name = next((one for one in _PLACES if one.lower() == protocol.lower()), None)
    if name is None or "@" not in address:
        return _refused(protocol, name)
    origin = _elsewhere(settings, address)
    if origin is not None:
        return Told(302, headers={"Location": _location(origin, address, protocol, asked.get("redirectcount", ""))})
    if primary is None:
        return _error(404, "UserNotFound", "The given user is not found")
    return _json(200, {"Protocol": name, "Url": (settings.external_url or here) + _PLACES[name]})


def _refused(protocol: str, name: str | None) -> Told:
    """What is said of a protocol that is not there or not known, else of an address that is none."""
    if not protocol:
        return _error(400, "MandatoryParameterMissing",
                      "A valid value must be provided for the query parameter 'Protocol'")
    if name is None:
        return _error(400, "InvalidProtocol", f"The given protocol value '{protocol}' is invalid. "
                                              f"Supported values are '{','.join(_PLACES)}'")
    return _error(400, "InvalidUserId", "A valid smtp address must be provided")


def address_in(target: str) -> str:
    """The address that a request target asks for: behind /v1.0/ in the path, else the query's Email; else nothing."""
    parts = urlsplit(target)
    version, _, address = parts.path[len(_PAGE):].lstrip("/").partition("/")
    if version.lower() == "v1.0" and address:
        return unquote(address).strip()
    found = {name.lower(): value for name, value in parse_qsl(parts.query)}
    return found.get("email", "").strip()


def _elsewhere(settings: Settings, address: str) -> str | None:
    """The origin that a redirection names for an address, or for all of its domain."""
    known, wanted = settings.autodiscover_elsewhere, address.lower()
    return known.get(wanted) or known.get(wanted.partition("@")[2])


def _location(origin: str, address: str, protocol: str, count: str) -> str:
    """Where a redirection leads; RedirectCount counts them, as Outlook's requests show (email-autodiscover#4)."""
    query = urlencode({"Protocol": protocol, "RedirectCount": (int(count) if count.isdecimal() else 0) + 1})
    return f"{origin}{_PAGE}/v1.0/{quote(address, safe='@')}?{query}"


def _error(status: int, code: str, words: str) -> Told:
    told = _json(status, {"ErrorCode": code, "ErrorMessage": words})
    return Told(status, told.body, {**told.headers, "jsonerror": "true"})


def _json(status: int, said: Mapping[str, str]) -> Told:
    body = json.dumps(said, separators=(",", ":")).replace("'", "\\u0027")
    return Told(status, body.encode(), {"Content-Type": "application/json; charset=utf-8"})
