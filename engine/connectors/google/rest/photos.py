"""Where Google keeps the pictures that its answers name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Pictures of people are at lh3.googleusercontent.com (people.v1, Photo.url); older ones at ggpht.com.
HOSTS = ("googleusercontent.com", "ggpht.com", "google.com", "googleapis.com")


# What a library of ours takes for an address (RFC 3986, RFC 1034 3.5): anything else makes it raise, with the address.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"https?://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:[/?#][!-~]*)?")


def is_googles(url: str, base: str) -> bool:
    """True: an address that OMM may ask. `base` is where Google's interfaces are for this installation."""
    if not _ADDRESS.fullmatch(url):
        return False
    try:
        parts, ours = urlsplit(url), urlsplit(base)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
        return True
    is_theirs = any(host == one or host.endswith(f".{one}") for one in HOSTS)
    return parts.scheme == "https" and port in (None, 443) and parts.username is None and is_theirs
