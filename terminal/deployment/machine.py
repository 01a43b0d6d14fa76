"""What is on this machine: the keys, the settings file, the settings, the servers that people may name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import wiring
from engine.store.key_file import SETTING, KeyFile
from engine.words import number
from terminal.deployment.line import Line, right, warning, wrong
from wiring import environment

KEYS, FILE, SETTINGS, HOSTS = "keys", "settings file", "settings", "private servers"
HERE = "so people can reach what listens on this machine alone."
LINK = "where many clouds give the machine's own credentials to whoever asks."
DANGEROUS = {
    ip_network("127.0.0.0/8"): HERE, ip_network("0.0.0.0/8"): HERE, ip_network("::1/128"): HERE,
    ip_network("169.254.0.0/16"): LINK, ip_network("fe80::/10"): LINK,
    # docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    ip_network("fd00:ec2::254/128"): LINK,
}
MAPPED = 96                 # bits before the IPv4 address in an IPv6 one
WIDE = {4: 16, 6: 64}       # bits of a network: with fewer, it is more than one house has


def keys(chosen: wiring.Settings) -> Iterator[Line]:
    """Where they are, who can read them, and how many there are. Raises InputError, in words that say what to do."""
    found = wiring.keys(chosen)
    count = len(found.names())
    if chosen.environ.get(SETTING, "").strip():
        yield right(KEYS, f"{SETTING} holds {number(count, 'key')}. Keep a copy apart from the backups of the store.")
    else:
        file = KeyFile(chosen.config_dir)
        owner = file.path.stat().st_uid
        if owner != os.geteuid():
            yield wrong(KEYS, f"{file.path} belongs to another user.", "Make it that of the programs (chown).")
        else:
            yield right(KEYS, f"{number(count, 'key')} in {file.path}, which its user alone can read, apart from the "
                              "data. Keep a copy apart from the backups of the store.")
    if count > 1:
        yield warning(KEYS, "an old key is still there.", "omm admin rotate-key --check says what it is needed for.")


def settings_file(chosen: wiring.Settings) -> Iterator[Line]:
    """Whether others can read the file that the settings are in. The environment alone needs none."""
    name = os.environ.get("OMM_ENV_FILE", environment.ENV_FILE).strip()
    path = Path(name)
    if not name or not path.exists():
        yield right(FILE, "none; the settings are in the environment.")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield wrong(FILE, f"{path} can be read by others, and holds tokens.", f"chmod 600 {path}")
    else:
        yield right(FILE, f"{path}, which its user alone can read.")


def settings(chosen: wiring.Settings) -> Iterator[Line]:
    """Settings that nothing reads. Those that cannot be used have been refused before."""
    found = [warning(SETTINGS, words) for words in environment.unknown(chosen.environ)]
    yield from found or [right(SETTINGS, "each can be used.")]


def hosts(chosen: wiring.Settings) -> Iterator[Line]:
    """What OMM_ALLOWED_HOSTS opens to whoever may migrate."""
    if not chosen.allowed_hosts:
        yield right(HOSTS, "none; people can name servers with public addresses only (OMM_ALLOWED_HOSTS).")
        return
    networks = [network for host in sorted(chosen.allowed_hosts) if (network := _network(host)) is not None]
    yield right(HOSTS, f"OMM_ALLOWED_HOSTS names {len(chosen.allowed_hosts)}.")
    yield from _opened(networks)


def _opened(networks: Iterable[IPv4Network | IPv6Network]) -> Iterator[Line]:
    for network in networks:
        risky = [why for each, why in DANGEROUS.items() if each.version == network.version and each.overlaps(network)]
        if risky:
            yield wrong(HOSTS, f"OMM_ALLOWED_HOSTS opens {network}, {risky[0]}", "Name the mail servers themselves.")
        elif network.prefixlen < WIDE[network.version]:
            yield warning(HOSTS, f"OMM_ALLOWED_HOSTS opens {network}, {network.num_addresses:,} addresses.",
                          "Name the mail servers themselves, or a smaller network.")


def _network(host: str) -> IPv4Network | IPv6Network | None:
    """What a name or an address stands for as far as it says that itself: `localhost` does (RFC 6761 §6.3)."""
    name = host.rstrip(".").casefold()
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Network("127.0.0.0/8")
    try:
        network = ip_network(host, strict=False)
    except ValueError:
        return None
    return _mapped(network) if isinstance(network, IPv6Network) else network


def _mapped(network: IPv6Network) -> IPv4Network | IPv6Network:
    """The network of IPv4 whose addresses these are (RFC 4291 §2.5.5.2); itself for all others."""
    inside = network.network_address.ipv4_mapped
    if inside is None or network.prefixlen < MAPPED:
        return network
    return IPv4Network((inside, network.prefixlen - MAPPED))
