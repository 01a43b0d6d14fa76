"""The primary address of the mailbox that a login opens: some requests name the mailbox by nothing else."""

from __future__ import annotations

from engine.connectors.exchange.reading.asking import ON_2010
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import TYPES, envelope, parse, text
from engine.errors import RefusedError


def own_address(sessions: Sessions) -> str:
    """The address, by what the login is called and what the directory has under that name.

    A login need be no address: it may be a name in a domain, or a user principal name. Where the directory has several
    people under it, it is the one whose address begins with that name. "" where it has nobody, or several of them: a
    wrong one would be refused, for nobody may ask for these things of somebody else. Raises FatalError, RetryableError.
    """
    owner = sessions.owner
    name = owner.rpartition("\\")[2].partition("@")[0].lower()
    for words in dict.fromkeys((owner, name)):
        found = _resolved(sessions, words)
        same = [one for one in found if one.lower() == owner.lower()]
        named = [one for one in found if one.partition("@")[0].lower() == name]
        for some in (same, named, found):
            if len(some) == 1:
                return some[0]
    return owner if "@" in owner else ""


def _resolved(sessions: Sessions, words: str) -> list[str]:
    """The primary addresses of all whom the directory has under those words (ResolveNames, at most 100 people)."""
    body = envelope(
        '<m:ResolveNames ReturnFullContactData="false" SearchScope="ActiveDirectory">'
        f"<m:UnresolvedEntry>{text(words)}</m:UnresolvedEntry></m:ResolveNames>", version=ON_2010,
    )
    try:
        answer = parse(sessions.ask(body), sessions.side)
    except RefusedError:
        return []
    found = (one.findtext(f"{TYPES}Mailbox/{TYPES}EmailAddress") or "" for one in answer.iter(f"{TYPES}Resolution"))
    return [one for one in dict.fromkeys(found) if "@" in one and not one.startswith("/")]
