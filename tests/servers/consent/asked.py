"""Google as far as consent goes, in memory, and people who are asked there.

    google = AskedConsent()                     # as Services.consenting
    back = google.consents(url, "ann@gmail.com")        # somebody is sent to that address, and allows everything
    google.alive                                # what was granted, and not given back, by its address
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.consent.consents import CALLBACK
from engine.errors import Cause, FatalError, RetryableError, Side
from engine.migration.content import Content
from engine.ports.consent import Asked, Grant
from engine.store.vault import Secret

PAGE = "https://accounts.google.example/o/oauth2/v2/auth"


@dataclass(frozen=True)
class Code:
    """What a code of Google's stands for."""

    address: str
    challenge: str
    missing: frozenset[Content] = frozenset()


@dataclass
class AskedConsent:
    """Fills in Consenting. `is_away`: True: nothing is exchanged and nothing is given back.
    `fails_to_revoke`: True: only the latter.

    `revoked` are secrets that were given back, and `exchanged` counts how often each code came.
    """

    is_away: bool = False
    fails_to_revoke: bool = False
    codes: dict[str, Code] = field(default_factory=dict)
    exchanged: Counter[str] = field(default_factory=Counter)
    granted: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    verifiers: list[str] = field(default_factory=list)

    @property
    def alive(self) -> list[str]:
        """The accounts of grants that were not given back."""
        return [json.loads(secret)["address"] for secret in self.granted.values() if secret not in self.revoked]

    @property
    def page(self) -> str:
        """As Consenting says."""
        return PAGE

    def ask(self, *, state: str, contents: Collection[Content], login: str = "") -> Asked:
        """As Consenting says."""
        verifier = secrets.token_urlsafe(48)
        self.verifiers.append(verifier)
        query = {"state": state, "code_challenge": _challenge(verifier), "scope": " ".join(sorted(contents))}
        return Asked(f"{PAGE}?{urlencode(query | ({'login_hint': login} if login else {}))}", Secret(verifier))

    def exchange(self, *, code: Secret, verifier: Secret, contents: Collection[Content]) -> Grant:
        """As Consenting says. A code that comes twice takes back what it stood for (RFC 6749, 4.1.2)."""
        if self.is_away:
            raise RetryableError("Google does not answer.")
        known = self.codes.get(str(code))
        self.exchanged[str(code)] += 1
        if self.exchanged[str(code)] > 1 and str(code) in self.granted:
            self.revoked.append(self.granted[str(code)])
        if known is None or known.challenge != _challenge(verifier) or self.exchanged[str(code)] > 1:
            raise FatalError("Google did not take it.", cause=Cause.CONSENT, side=Side.SOURCE)
        secret = json.dumps({"address": known.address, "token": secrets.token_urlsafe(20)})
        self.granted[str(code)] = secret
        return Grant(known.address, Secret(secret), known.missing & frozenset(contents))

    def revoke(self, secret: Secret) -> None:
        """As Consenting says."""
        if self.is_away or self.fails_to_revoke:
            raise RetryableError("Google does not answer.")
        self.revoked.append(str(secret))

    # As engine.ports.consent.Returning

    def account(self, secret: str) -> str:
        """As Returning says."""
        return str(json.loads(secret).get("address", "")) if secret.startswith('{"address"') else ""

    def give_back(self, secret: Secret) -> None:
        """As Returning says."""
        self.revoke(secret)

    # What people do there. Each returns the address to which Google sends their browser.

    def consents(self, url: str, address: str, *, missing: frozenset[Content] = frozenset()) -> str:
        """They allow everything but what is `missing`."""
        asked = parse_qs(urlsplit(url).query)
        code = f"4/0{secrets.token_urlsafe(24)}"
        self.codes[code] = Code(address, asked["code_challenge"][0], missing)
        return f"{CALLBACK}?{urlencode({'state': asked['state'][0], 'code': code, 'scope': 'openid'})}"

    def refuses(self, url: str) -> str:
        """They press Cancel."""
        state = parse_qs(urlsplit(url).query)["state"][0]
        return f"{CALLBACK}?{urlencode({'error': 'access_denied', 'state': state})}"


def _challenge(verifier: str) -> str:
    return sha256(verifier.encode()).hexdigest()
