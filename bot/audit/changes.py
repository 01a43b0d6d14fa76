"""Changes: what was changed in the settings of a workspace, in words for its audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.stored.policies import Passwords, Policy, Who

NONE, NO_LIMIT = "none", "no limit"
WHO: Mapping[Who, str] = MappingProxyType({
    Who.EVERYONE: "everyone", Who.CHOSEN: "user groups and named people", Who.ADMINS: "admins only",
})
WHERE_TYPED: Mapping[Passwords, str] = MappingProxyType({
    Passwords.FORM: "in forms in Slack", Passwords.PAGE: "only on the private page",
})


def changed_settings(before: Policy, after: Policy) -> str:
    """What was changed from what to what, but for servers; '' for nothing else."""
    return "; ".join(_changed(before, after, _SETTINGS))


def changed_hosts(before: Policy, after: Policy) -> str:
    """The same of the servers, which the audit keeps encrypted."""
    return "; ".join(_changed(before, after, _HOSTS))


def _changed(before: Policy, after: Policy, named: Mapping[str, tuple[str, Callable[[Any], str]]]) -> Iterator[str]:
    for field, (name, said) in named.items():
        was, is_now = getattr(before, field), getattr(after, field)
        if was != is_now:
            yield f"{name}: {said(was)} → {said(is_now)}"


def _people(ids: Sequence[str]) -> str:
    return ", ".join(f"<@{each}>" for each in ids) or NONE


def _groups(ids: Sequence[str]) -> str:
    return ", ".join(f"<!subteam^{each}>" for each in ids) or NONE


def _channel(channel_id: str) -> str:
    return f"<#{channel_id}>" if channel_id else NONE


def _number(limit: int | None) -> str:
    return NO_LIMIT if limit is None else f"{limit:,}"


def _days(days: int | None) -> str:
    return "as the operator has set" if days is None else f"{days:,} days"


def _yes(given: bool) -> str:  # noqa: FBT001 - a setting's value
    return "yes" if given else "no"


_SETTINGS: Mapping[str, tuple[str, Callable[[Any], str]]] = MappingProxyType({
    "who": ("who may migrate", lambda who: WHO[who]),
    "groups": ("user groups that may migrate", _groups),
    "people": ("people who may migrate", _people),
    "passwords": ("where passwords are typed", lambda where: WHERE_TYPED[where]),
    "most": ("migrations at work at once", _number),
    "most_with_a_host": ("of them with one server", _number),
    "most_of_a_person": ("of them of one person", _number),
    "second_person": ("a second person approves rollbacks", _yes),
    "retention_days": ("migrations are kept", _days),
    "audit_channel": ("channel of the audit", _channel),
    "service_accounts": ("admins who may use service accounts", _people),
    "tells_owner": ("the owner of such a mailbox is told", _yes),
})
_HOSTS: Mapping[str, tuple[str, Callable[[Any], str]]] = MappingProxyType({
    "source_hosts": ("source servers", lambda names: ", ".join(names) or "any"),
    "destination_hosts": ("destination servers", lambda names: ", ".join(names) or "any"),
})
