"""Google's files: whether each is there, is of the right kind, and leads back to us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from engine.errors import InputError
from terminal.deployment.line import Line, right, untried, warning, wrong
from wiring.google import CALLBACK, DESKTOP, SERVICE, WEB, google_settings

GMAIL = "Gmail"
FOR = {
    WEB: "people in Slack consent",
    DESKTOP: "whoever types omm consents",
    SERVICE: "omm opens any mailbox of a Workspace domain",
}


def is_set_up(environ: Mapping[str, str]) -> bool:
    """True: one of Google's files is named."""
    return any(environ.get(name, "").strip() for name in FOR)


def files(environ: Mapping[str, str]) -> Iterator[Line]:
    """A line for each of the three files."""
    for name in FOR:
        yield _file(environ, name)


def _file(environ: Mapping[str, str], name: str) -> Line:
    named = environ.get(name, "").strip()
    if not named:
        return untried(GMAIL, f"{name} is not set. It is needed only where {FOR[name]}.")
    try:
        found = google_settings({key: environ[key] for key in (name, "OMM_PUBLIC_URL") if key in environ})
    except InputError as error:
        return wrong(GMAIL, str(error))
    if name == WEB and not environ.get("OMM_PUBLIC_URL", "").strip():
        return warning(GMAIL, f"{name} is right, but OMM_PUBLIC_URL is not set, so that nobody can come back.",
                       f"Set it. The redirect URI of the client must be it, with {CALLBACK} behind it.")
    with suppress(OSError):
        if Path(named).expanduser().stat().st_mode & 0o077:
            return warning(GMAIL, f"the file of {name} can be read by others on this machine.", f"chmod 600 {named}")
    back = f", and leads back to {found.callback}" if name == WEB else ""
    return right(GMAIL, f"{name} is right{back}. With it, {FOR[name]}.")
