"""What a message has beside its MIME, as the elements and properties of CreateItem. MAPI properties: [MS-OXPROPS]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

from engine.connectors.exchange.soap import text
from engine.ports.beside import Beside, Reminder, Verb
from engine.ports.items import Marks

POST = "IPM.POST"                   # a class is compared in capitals
MEETING = "IPM.SCHEDULE.MEETING"    # [MS-OXOCAL] 2.2.5; IPM.Schedule.Inquiry, say, is none
REPORT = "REPORT."                  # [MS-OXCMAIL] 2.2.3
VERBS = MappingProxyType({Verb.REPLIED: 102, Verb.REPLIED_TO_ALL: 103, Verb.FORWARDED: 104})
REPLIED_ICON, FORWARDED_ICON = 261, 262     # PidTagIconIndex 0x1080 [MS-OXOMSG] 2.2.1.10
COMPLETE, FLAGGED = 1, 2                    # PidTagFlagStatus 0x1090 [MS-OXOFLAG] 2.2.1.1
TASK, COMMON = "Task", "Common"
START, DUE, REQUEST = "0x8104", "0x8105", "0x8530"      # PidLidTaskStartDate, -DueDate; PidLidFlagRequest
REMINDS, REMINDER, RINGS = "0x8503", "0x8502", "0x8560"   # PidLidReminderSet, -Time, -SignalTime [MS-OXORMDR] 2.2.1
Property = tuple[str, str, str]             # tag, type, value


def is_post(beside: Beside) -> bool:
    """True: it is a post, which Exchange has an element of its own for ([MS-OXWSPOST])."""
    upper = beside.item_class.upper()
    return upper == POST or upper.startswith(f"{POST}.")


def made_of_mime(item_class: str) -> bool:
    """True: a server makes the class of the MIME itself, and none other may be said: a meeting message, or a report."""
    upper = item_class.upper()
    return upper == MEETING or upper.startswith((f"{MEETING}.", REPORT))


def before_body(beside: Beside) -> str:
    """What stands between the MIME and the categories."""
    named = beside.item_class.upper() not in ("", "IPM.NOTE") and not made_of_mime(beside.item_class)
    return _element("ItemClass", beside.item_class if named else "") + _element("Sensitivity", beside.sensitivity)


def behind_categories(beside: Beside) -> str:
    """What stands between the categories and the properties."""
    return _element("Importance", beside.importance)


def _element(name: str, value: str) -> str:
    return f"<t:{name}>{text(value)}</t:{name}>" if value else ""


def properties(marks: Marks, beside: Beside) -> Iterator[Property]:
    """Reply state and flag, as far as no element says the latter."""
    verb = beside.verb or (Verb.REPLIED if marks.answered else Verb.FORWARDED if marks.forwarded else None)
    if verb is not None:
        icon = FORWARDED_ICON if verb is Verb.FORWARDED else REPLIED_ICON
        yield "0x1080", "Integer", str(icon)
        yield "0x1081", "Integer", str(VERBS[verb])
        if beside.acted is not None:
            yield "0x1082", "SystemTime", utc(beside.acted)      # PidTagLastVerbExecutionTime
    complete = beside.follow_up is not None and beside.follow_up.complete
    if (marks.flagged or complete) and not flag(beside):
        yield "0x1090", "Integer", str(COMPLETE if complete else FLAGGED)


def named_properties(beside: Beside) -> str:
    """What no tag has: what a flag asks for, the dates that its element does not take, and a reminder."""
    return _asked_for(beside) + _reminder(beside.reminder)


def _asked_for(beside: Beside) -> str:
    """What a flag asks for, and its dates where it has not both: the element takes both or none."""
    found = beside.follow_up
    if found is None:
        return ""
    dates = "" if flag(beside) else "".join(
        _named(TASK, number, "SystemTime", utc(date))
        for number, date in ((START, found.start), (DUE, found.due)) if date is not None
    )
    return dates + (_named(COMMON, REQUEST, "String", text(found.request)) if found.request else "")


def _reminder(found: Reminder | None) -> str:
    if found is None:
        return ""
    dates = ((REMINDER, found.due), (RINGS, found.rings))
    return _named(COMMON, REMINDS, "Boolean", "true") + "".join(
        _named(COMMON, number, "SystemTime", utc(date)) for number, date in dates if date is not None
    )


def _named(property_set: str, number: str, kind: str, value: str) -> str:
    uri = f'DistinguishedPropertySetId="{property_set}" PropertyId="{int(number, 16)}" PropertyType="{kind}"'
    return f"<t:ExtendedProperty><t:ExtendedFieldURI {uri}/><t:Value>{value}</t:Value></t:ExtendedProperty>"


def flag(beside: Beside) -> str:
    """The Flag element, where there are the dates that it wants; else "" ([MS-OXWSCORE] R2002, R2005, R2008)."""
    found = beside.follow_up
    if found is None:
        return ""
    if found.complete:
        return _flag("Complete", CompleteDate=found.completed) if found.completed is not None else ""
    both = found.start is not None and found.due is not None
    return _flag("Flagged", StartDate=found.start, DueDate=found.due) if both else ""


def _flag(status: str, **dates: datetime | None) -> str:
    inner = "".join(f"<t:{name}>{utc(date)}</t:{name}>" for name, date in dates.items() if date is not None)
    return f"<t:Flag><t:FlagStatus>{status}</t:FlagStatus>{inner}</t:Flag>"


def hidden_recipients(beside: Beside) -> str:
    """BccRecipients: a server leaves them out of the MIME that it renders."""
    people = "".join(
        f"<t:Mailbox>{_element('Name', name)}<t:EmailAddress>{text(address)}</t:EmailAddress></t:Mailbox>"
        for name, address in beside.bcc
    )
    return f"<t:BccRecipients>{people}</t:BccRecipients>" if people else ""


def utc(date: datetime) -> str:
    """A time in UTC as XML has it, to the second."""
    return f"{date.isoformat(timespec='seconds')[:-6]}Z"
