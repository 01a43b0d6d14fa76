"""Policy: what the admins of a workspace allow, checked at every use in the words of whoever meets it.

What was set by a newer release, or is damaged, raises UnreadableError at each of these: nothing new begins until it can
be read, and what is under way can be stopped and taken back.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from bot.addresses import host_name, unpasted
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.stored.policies import Policy, Who
from bot.user_groups import UnknownGroupsError
from engine.errors import InputError, Side

ANY_BELOW = "*."        # before the name of a domain: every server whose name ends with it
LEAST_DAYS = 3          # of retention: a migration can be rolled back for 48 hours
MOST_HOSTS = 100        # names for one side
ADMINS_MIGRATE = (
    "In this workspace, only admins and owners may migrate mailboxes. Ask one of them to do it for you, or to change "
    "that in OMM's settings."
)
CHOSEN_MIGRATE = (
    "In this workspace, only people whom its admins have chosen may migrate mailboxes, and you are not among them. Ask "
    "an admin to add you in OMM's settings."
)
GROUPS_UNSAID = (
    "In this workspace, only members of certain user groups may migrate mailboxes, and Slack does not tell OMM who is "
    "in them just now. Please try again in a minute. If it happens again, tell an admin of this workspace."
)


# Who may migrate


def check_may_migrate(services: Services, person: Person) -> None:
    """Raises NotAllowedError unless the admins let them begin migrations, and go on with them. Admins always may."""
    policy = services.policies.load(services.team)
    if policy.who is Who.EVERYONE or person.is_admin:
        return
    if policy.who is Who.ADMINS:
        raise NotAllowedError(ADMINS_MIGRATE)
    if person.id not in policy.people:
        _check_groups(services, person, policy)


def _check_groups(services: Services, person: Person, policy: Policy) -> None:
    """Raises NotAllowedError unless one of the groups that may migrate has them. Whoever is unknown may not."""
    unsaid = False
    for group in policy.groups:
        try:
            if person.id in services.people.groups.members(group):
                return
        except UnknownGroupsError:
            unsaid = True
    raise NotAllowedError(GROUPS_UNSAID if unsaid else CHOSEN_MIGRATE)


# Which servers


class ServerNotAllowedError(NotAllowedError):
    """The admins of the workspace do not allow that server on that `side`."""

    def __init__(self, side: Side, host: str) -> None:
        super().__init__(f"The admins of this workspace do not allow {host} as a {side} server.")
        self.side = side
        self.brief = f"the admins do not allow the {side} server"


def check_servers(policy: Policy, hosts: Mapping[Side, str]) -> None:
    """Raises ServerNotAllowedError for the first host that is not among those that are allowed on its side.

    '' is a host that is not known yet, and is checked when it is.
    """
    allowed = {Side.SOURCE: policy.source_hosts, Side.DESTINATION: policy.destination_hosts}
    for side in Side:
        host, patterns = hosts.get(side, ""), allowed[side]
        if host and patterns and not any(matches(pattern, host) for pattern in patterns):
            raise ServerNotAllowedError(side, host)


def parse_hosts(text: str) -> tuple[str, ...]:
    """The names that were typed, one a line, as they are kept. Raises InputError in an admin's words."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_HOSTS:
        raise InputError(f"Type at most {MOST_HOSTS} names.")
    return tuple(dict.fromkeys(_pattern(line, f"Line {number}") for number, line in lines))


def _pattern(line: str, where: str) -> str:
    """A name, `*.` and a name, or an IP address, as `matches` takes it."""
    typed = unpasted(line)
    if re.search(r"://|/", typed):
        raise InputError(f"{where} is a web address. Type only the server's name, such as mail.example.org.")
    if "@" in typed:
        raise InputError(f"{where} is an e-mail address. Type the name of its server, such as mail.example.org.")
    below, name = (ANY_BELOW, typed[len(ANY_BELOW):]) if typed.startswith(ANY_BELOW) else ("", typed)
    if "*" in name:
        raise InputError(f"{where}: a * stands only at the beginning, as in *.example.org.")
    if re.fullmatch(r"[^:\[\]]+:\d*|\[.*\]:\d*", name):
        raise InputError(f"{where} has a port. Type only the server's name: every port of it is meant.")
    address = _address(name)
    if address is not None and not below:
        return str(address)
    try:
        plain = _name(name)
    except InputError:
        raise InputError(f"{where} is no server name. Type one such as mail.example.org or *.example.org.") from None
    if address is not None or plain.rpartition(".")[2].isdigit():
        raise InputError(f"{where} is no server name. An IP address is typed whole, without a *.")
    return below + plain


def matches(pattern: str, host: str) -> bool:
    """True: the pattern means that host. `*.example.org` means every name below example.org, and not itself.

    Letters of any case and script are compared as DNS does, and IP addresses by their value. An address is below no
    name.
    """
    address = _address(host)
    if address is not None:
        return not pattern.startswith(ANY_BELOW) and _address(pattern) == address
    try:
        name = _name(host)
    except InputError:
        return False
    if pattern.startswith(ANY_BELOW):
        return name.endswith(pattern[1:]) and name != pattern[1:]
    return name == pattern


def _name(text: str) -> str:
    return host_name(text.removesuffix("."))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
