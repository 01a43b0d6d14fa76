"""What an app asks a person for, and what comes of it: a code, or a page that leads nowhere.

By developers.google.com/identity/protocols/oauth2/web-server and …/oauth2/native-app. Stricter than Google: `state` has
to be there, no parameter comes twice, none is there that those pages and …/openid-connect do not name, and the response
type is `code` alone.
"""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from emulators.google.clients import Client
from emulators.google.errors import PageError, SentBackError
from emulators.google.people import Person
from emulators.google.scopes import SIGN_IN, told, unknown, whole
from emulators.google.settings import ISSUER
from emulators.google.state import State

NEEDED = ("client_id", "redirect_uri", "response_type", "scope", "state")
PARAMETERS = (*NEEDED, "access_type", "include_granted_scopes", "enable_granular_consent", "login_hint", "prompt",
              "code_challenge", "code_challenge_method", "nonce", "hd")
CHOICES = {"response_type": ("code",), "access_type": ("online", "offline"),
           "include_granted_scopes": ("true", "false"), "enable_granular_consent": ("true", "false"),
           "code_challenge_method": ("S256", "plain")}
PROMPTS = {"none", "consent", "select_account"}
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")      # RFC 7636, 4.1; a challenge by S256 has 43 of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorization request; checked. `scopes` are as the app named them, `domain` is whose people are offered."""

    client: Client
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    offline: bool
    include_granted: bool
    hint: str
    domain: str
    prompts: frozenset[str]
    challenge: str
    method: str
    nonce: str

    @property
    def wanted(self) -> frozenset[str]:
        """The scopes as Google names them."""
        return whole(self.scopes)


@dataclass(slots=True, kw_only=True)
class Code:
    """What somebody has allowed, until it is exchanged. `offline`: with a refresh token. `given` is what it became."""

    person: Person
    asked: Asked
    scopes: frozenset[str]
    offline: bool
    born: float
    spent: bool = False
    given: list[str] = field(default_factory=list, repr=False)


class Authorization:
    """The authorization endpoint without its pages."""

    def __init__(self, state: State) -> None:
        """Nobody has been asked yet."""
        self._state = state
        self.codes: dict[str, Code] = {}

    def asked(self, given: Mapping[str, list[str]]) -> Asked:
        """The request. Raises PageError: the person sees it, and goes nowhere."""
        values = _single(given)
        client = self._state.client(values.get("client_id", ""))
        if not client.leads_back(values.get("redirect_uri", ""), any_path=self._state.settings.loopback_paths):
            raise PageError(400, "redirect_uri_mismatch", "The app's address to come back to is not registered.")
        for name in NEEDED:
            if not values.get(name):
                raise PageError(400, "invalid_request", f"Missing required parameter: {name}")
        _check_choices(values)
        if bad := unknown(values["scope"].split()):
            raise PageError(400, "invalid_scope", f"Some requested scopes were invalid. {{invalid={bad}}}")
        return _checked(client, values)

    def choose(self, asked: Asked, person: Person) -> bool:
        """Whether somebody is to be asked for their consent. Raises PageError for one who may not have the app."""
        settings = self._state.settings
        if settings.audience == "internal" and person.domain != settings.organization:
            raise PageError(403, "org_internal", f"{settings.app_name} is for people of its organization alone.")
        if settings.audience == "external" and settings.publishing == "testing" and not person.test_user:
            raise PageError(403, "access_denied", f"{settings.app_name} has not completed the Google verification"
                            " process. It is being tested, and open to its testers alone.")
        if person.admin_blocks:
            raise PageError(400, "admin_policy_enforced", "The administrator of your organization blocks this app.")
        new = asked.wanted - self._approved(person)
        first_offline = asked.offline and (person.address, asked.client.id) not in self._state.ledger.offline
        return bool(new) or first_offline or "consent" in asked.prompts

    def _approved(self, person: Person) -> frozenset[str]:
        return self._state.ledger.approved.get(person.address, frozenset())

    def boxes(self, asked: Asked) -> list[str]:
        """The scopes that can be left out one by one; none when there is only one to allow.

        By developers.google.com/identity/protocols/oauth2/resources/granular-permissions, which leaves what is for
        signing in out of it.
        """
        optional = sorted(asked.wanted - SIGN_IN)
        return optional if len(asked.wanted) > 1 else []

    def allow(self, asked: Asked, person: Person, ticked: Collection[str], *, consented: bool = True) -> str:
        """The address to go back to with a code. Raises SentBackError when nothing at all is allowed."""
        boxes = set(self.boxes(asked))
        granted = frozenset(one for one in asked.wanted if one not in boxes or one in ticked)
        if not granted:
            raise SentBackError("access_denied")
        approved = self._state.ledger.approved
        approved[person.address] = self._approved(person) | granted
        scopes = approved[person.address] if asked.include_granted else granted
        code = f"4/0A{secrets.token_urlsafe(52)}"
        self.codes[code] = Code(person=person, asked=asked, scopes=scopes, born=self._state.clock(),
                                offline=asked.offline and consented)
        said = {"code": code, "scope": told(scopes), "authuser": "0"}
        said |= {"hd": person.domain} if person.domain else {}
        return self.back(asked, **said, prompt="consent" if consented else "none")

    def back(self, asked: Asked, **said: str) -> str:
        """Where the browser goes."""
        issuer = {"iss": ISSUER} if self._state.settings.names_issuer else {}
        query = urlencode({"state": asked.state, **issuer, **said})
        return f"{asked.redirect_uri}{'&' if '?' in asked.redirect_uri else '?'}{query}"


def _single(given: Mapping[str, list[str]]) -> dict[str, str]:
    for name, values in given.items():
        if name not in PARAMETERS:
            raise PageError(400, "invalid_request", f"Parameter not allowed for this message type: {name}")
        if len(values) != 1:
            raise PageError(400, "invalid_request", f"OAuth 2 parameters can only have a single value: {name}")
    return {name: values[0] for name, values in given.items()}


def _check_choices(values: Mapping[str, str]) -> None:
    for name, choices in CHOICES.items():
        if name in values and values[name] not in choices:
            code = "unsupported_response_type" if name == "response_type" else "invalid_request"
            raise PageError(400, code, f"Invalid {name}: {values[name]}")
    prompts = set(values.get("prompt", "").split())
    if prompts - PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise PageError(400, "invalid_request", f"Invalid prompt: {values['prompt']}")
    challenge, method = values.get("code_challenge"), values.get("code_challenge_method", "plain")
    if challenge is None and "code_challenge_method" in values:
        raise PageError(400, "invalid_request", "Missing required parameter: code_challenge")
    if challenge is not None and not (VERIFIER.fullmatch(challenge) and (method == "plain" or len(challenge) == 43)):
        raise PageError(400, "invalid_request", "Invalid code_challenge")


def _checked(client: Client, values: Mapping[str, str]) -> Asked:
    return Asked(
        client=client, redirect_uri=values["redirect_uri"], state=values["state"],
        scopes=tuple(values["scope"].split()), nonce=values.get("nonce", ""),
        offline=values.get("access_type") == "offline",
        include_granted=values.get("include_granted_scopes") == "true",
        hint=values.get("login_hint", ""), domain=values.get("hd", ""),
        prompts=frozenset(values.get("prompt", "").split()),
        challenge=values.get("code_challenge", ""), method=values.get("code_challenge_method", "plain"),
    )
