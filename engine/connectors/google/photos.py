"""Where Google keeps the pictures that its answers name."""

from __future__ import annotations

from urllib.parse import urlsplit

# Pictures of people are at lh3.googleusercontent.com (people.v1, Photo.url); older ones at ggpht.com.
HOSTS = ("googleusercontent.com", "ggpht.com", "google.com", "googleapis.com")


def is_googles(url: str, base: str) -> bool:
    """True: an address that OMM may ask. `base` is where Google's interfaces are for this installation."""
    try:
        parts, ours = urlsplit(url), urlsplit(base)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
        return True
    is_theirs = any(host == one or host.endswith(f".{one}") for one in HOSTS)
    return parts.scheme == "https" and port in (None, 443) and parts.username is None and is_theirs
