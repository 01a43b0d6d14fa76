"""Visits: one request of somebody who has signed in, to a page of ours, and whether it comes from that page."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlsplit

from flask import Response, redirect, render_template_string, request

from bot.people import Person
from bot.services import Services
from web.pages import with_headers
from web.who import SignedIn

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")        # 256 bits, as secrets.token_urlsafe spells them
NONCE = re.compile(r"[A-Za-z0-9_-]{43}")
COOKIE = "omm-page"
OURS = frozenset({"same-origin", "none"})       # none: the page was sent again by the person (Fetch Metadata, W3C)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who has signed in. `token` names the page; `nonce` is the browser's own."""

    services: Services
    who: SignedIn
    person: Person
    token: str
    nonce: str

    @property
    def csrf(self) -> str:
        """What the page's form carries: bound to the browser, the person and the page."""
        return sha256("\0".join((self.nonce, self.who.team, self.who.user, self.token)).encode()).hexdigest()


def address(proxies: int) -> str:
    """The address of the browser. Whatever stands further left in X-Forwarded-For, anybody may have written."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return (hops[-proxies:][0] if proxies and hops else request.remote_addr or "")[:64]


def visit(services: Services, who: SignedIn, token: str) -> Visit:
    """The request that is answered now. Raises UnknownPersonError where Slack does not say who somebody is."""
    held = request.cookies.get(named(services, COOKIE), "")
    return Visit(services, who, _person(services, who), token, held if NONCE.fullmatch(held) else _nonce())


def _nonce() -> str:
    return secrets.token_urlsafe(32)


def _person(services: Services, who: SignedIn) -> Person:
    """Whoever has signed in; of another workspace nothing is asked, as they can do nothing here."""
    return services.people.look(who.user) if who.team == services.team else Person(who.user, who.team, (who.team,))


def kept(visit: Visit, response: Response) -> Response:
    """The answer, with the browser's nonce; no page elsewhere has it sent with a POST (SameSite, RFC 6265bis)."""
    set_cookie(visit.services, response, COOKIE, visit.nonce, 3600)
    return response


def set_cookie(services: Services, response: Response, name: str, value: str, seconds: int) -> None:
    """Gives the browser a cookie that no script reads."""
    response.set_cookie(
        named(services, name), value, path="/", httponly=True, samesite="Lax", max_age=seconds,
        secure=_is_secure(services),
    )


def named(services: Services, name: str) -> str:
    """What a cookie is called: with a prefix by which a browser takes it from this host alone, over TLS.

    RFC 6265bis, 4.1.3.2.
    """
    return f"__Host-{name}" if _is_secure(services) else name


def _is_secure(services: Services) -> bool:
    return services.consents_at.startswith("https://")


def is_from_the_page(visit: Visit) -> bool:
    """True: the browser says nothing else of where it comes from, and it carries what only the page has.

    Our pages ask for no referrer, so browsers send `null` for their origin (Fetch, "append a request Origin header").
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    ours = urlsplit(visit.services.consents_at)
    is_ours = (site is None or site in OURS) and origin in ("null", f"{ours.scheme}://{ours.netloc}")
    return is_ours and compare_digest(request.form.get("csrf", "").encode(), visit.csrf.encode())


def said(words: str) -> str:
    """A paragraph with those words."""
    return render_template_string("<p>{{ words }}</p>", words=words)


def sent_to(where: str) -> Response:
    """Sends the browser on, and has it forget from where."""
    answer = redirect(where, 303)
    return with_headers(Response(answer.get_data(), answer.status_code, headers=answer.headers))
