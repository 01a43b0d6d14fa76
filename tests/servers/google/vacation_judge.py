"""Whether the out-of-office of an Exchange mailbox says what the vacation responder of a Gmail account said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engine.connectors.exchange.soap import TYPES
from tests.servers.google.arrived import Reader, folded, moment, words
from tests.servers.google.truth.filters import Vacation
from tests.servers.world import ADDRESS


def settings(reader: Reader) -> Any:
    """The out-of-office settings, as raw XML."""
    answer = reader.asked(f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{ADDRESS}</t:Address></t:Mailbox>"
                          "</m:GetUserOofSettingsRequest>")
    return answer.find(f".//{TYPES}OofSettings")


def state(one: Vacation, now: datetime) -> str:
    """What it has to be: on by a schedule where there is a last day, for good where there is none; off when over."""
    if not one.on or (one.end is not None and one.end <= now):
        return "Disabled"
    return "Scheduled" if one.end is not None or (one.start is not None and one.start > now) else "Enabled"


def audience(one: Vacation) -> str:
    """Who outside of the organization is answered."""
    return "None" if one.domain_only else "Known" if one.contacts_only else "All"


def wrong(reader: Reader, one: Vacation, now: datetime) -> list[str]:
    """Whatever is otherwise, in words."""
    return [f"{name} is {was!r}, not {due!r}" for name, was, due in _compared(reader, one, now) if was != due]


def _compared(reader: Reader, one: Vacation, now: datetime) -> Iterator[tuple[str, object, object]]:
    there = settings(reader)
    due = state(one, now)
    yield "OofState", there.findtext(f"{TYPES}OofState"), due
    yield "ExternalAudience", there.findtext(f"{TYPES}ExternalAudience"), audience(one)
    if due == "Scheduled" and one.end is not None:
        times = [moment(there.findtext(f"{TYPES}Duration/{TYPES}{name}")) for name in ("StartTime", "EndTime")]
        yield "EndTime", times[1], one.end
        yield "StartTime", times[0] if one.start else None, one.start
    text = words(one.html) if one.html else folded(one.text)
    for name in ("InternalReply", "ExternalReply"):
        said = words(there.findtext(f"{TYPES}{name}/{TYPES}Message") or "")
        yield name, said, f"{one.subject} {text}".strip()


def without(dump: str) -> str:
    """A dump without settings that say nothing: those that were never set are told in the same way."""
    empty = ("<t:OofState>Disabled<", "<t:InternalReply/><t:ExternalReply/>")
    return "\n".join(line for line in dump.splitlines()
                     if not (line.strip().startswith("setting out of office=") and all(one in line for one in empty)))
