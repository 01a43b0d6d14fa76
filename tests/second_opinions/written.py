"""What other clients write of every kind, and what raw SOAP then shows of it."""

from __future__ import annotations

from lxml import etree

from tests.contract.exchange_emulator.soap import NS, Mailbox, distinguished, local, reference

Named = tuple[str, str, str]        # the folder, the element and the subject of an item
Says = dict[str, list[str]]         # the texts at a path of element names below it, in order
FOLDERS = ("inbox", "calendar", "contacts", "tasks")

# What each client writes; below it, what only some of them can say.
COMMON: dict[Named, Says] = {
    ("inbox", "Message", "Written"): {
        "Body": ["Ein Stück"], "Importance": ["High"], "IsRead": ["true"], "From/Mailbox/Name": ["Ann Müller"],
        "From/Mailbox/EmailAddress": ["ann@example.com"], "ToRecipients/Mailbox/EmailAddress": ["bob@example.com"],
        "CcRecipients/Mailbox/EmailAddress": ["cy@example.com"], "HasAttachments": ["true"],
        "Attachments/FileAttachment/Name": ["plan.txt"],
    },
    ("calendar", "CalendarItem", "Visit"): {
        "Start": ["2024-04-02T12:00:00Z"], "End": ["2024-04-02T13:30:00Z"], "Location": ["Roof"],
        "ReminderIsSet": ["true"], "ReminderMinutesBeforeStart": ["30"],
        "Categories/String": ["Blue"], "Body": ["Bring cake"], "CalendarItemType": ["Single"],
        "MyResponseType": ["Organizer"], "TimeZone": ["(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"],
    },
    ("calendar", "CalendarItem", "Holiday"): {"IsAllDayEvent": ["true"], "Duration": ["P1D"]},
    ("calendar", "CalendarItem", "Round"): {
        "CalendarItemType": ["RecurringMaster"], "Start": ["2024-03-25T08:00:00Z"],
        "Recurrence/WeeklyRecurrence/DaysOfWeek": ["Monday"],
        "Recurrence/NumberedRecurrence/NumberOfOccurrences": ["4"],
        "LastOccurrence/Start": ["2024-04-15T07:00:00Z"],
        "ModifiedOccurrences/Occurrence/OriginalStart": ["2024-04-01T07:00:00Z"],
        "ModifiedOccurrences/Occurrence/Start": ["2024-04-02T09:00:00Z"],
        "DeletedOccurrences/DeletedOccurrence/Start": ["2024-04-08T07:00:00Z"],
    },
    ("contacts", "Contact", "Ann Müller"): {
        "DisplayName": ["Ann Müller"], "GivenName": ["Ann"], "Surname": ["Müller"], "CompanyName": ["Example"],
        "EmailAddresses/Entry": ["ann@example.com"], "PhoneNumbers/Entry": ["+49 30 1"],
        "PhysicalAddresses/Entry/City": ["Łódź"], "Birthday": ["1970-02-03T00:00:00Z"], "Body": ["A friend"],
    },
    ("contacts", "DistributionList", "Team"): {
        "DisplayName": ["Team"], "Members/Member/Mailbox/EmailAddress": ["ann@example.com", "bob@example.com"],
    },
    ("tasks", "Task", "Read"): {
        "Status": ["Completed"], "PercentComplete": ["100"], "IsComplete": ["true"],
    },
    ("tasks", "Task", "Write"): {
        "Status": ["InProgress"], "PercentComplete": ["40"], "IsComplete": ["false"],
        "DueDate": ["2024-04-05T00:00:00Z"],
    },
}  # fmt: skip
_ANN = ("contacts", "Contact", "Ann Müller")
_PEOPLE: Says = {
    "LegacyFreeBusyStatus": ["OOF"], "IsMeeting": ["true"],
    "RequiredAttendees/Attendee/Mailbox/EmailAddress": ["guest@example.net"],
    "OptionalAttendees/Attendee/Mailbox/EmailAddress": ["maybe@example.net"],
}  # fmt: skip
_BY_ELEMENTS: dict[Named, Says] = {
    ("inbox", "Message", "Written"): {
        "BccRecipients/Mailbox/EmailAddress": ["dan@example.com"], "Categories/String": ["Blue"],
    },
    ("inbox", "PostItem", "Posted"): {"Body": ["For all"]},
    ("calendar", "CalendarItem", "Visit"): _PEOPLE,
    ("calendar", "CalendarItem", "Holiday"): {"Start": ["2024-03-31T22:00:00Z"]},
    ("calendar", "CalendarItem", "Review"): {"MyResponseType": ["Accept"]},
    _ANN: {"FileAs": ["Müller, Ann"], "FileAsMapping": ["LastCommaFirst"]},
}  # fmt: skip
ONLY: dict[str, dict[Named, Says]] = {
    # Where a client sets Status after the date of completion, the task is completed now (MS-OXWSTASK_R67002).
    "ews-javascript-api": _BY_ELEMENTS | {("tasks", "Task", "Read"): {"CompleteDate": ["2024-03-02T00:00:00Z"]}},
    # A day without a time is one just before noon to it.
    "exchangelib": _BY_ELEMENTS | {
        _ANN: {**_BY_ELEMENTS[_ANN], "Birthday": ["1970-02-03T11:59:00Z"]},
    },
    # Without a zone in the mailbox's settings it takes the one of London for whole days. It knows free and busy alone.
    "DavMail": {
        ("inbox", "Message", "Written"): {
            "DateTimeReceived": ["2019-03-05T10:20:30Z"], "Flag/FlagStatus": ["Flagged"], "IsDraft": ["false"],
        },
        ("calendar", "CalendarItem", "Visit"): {
            "UID": ["put-visit@example.org"], "LegacyFreeBusyStatus": ["Busy"],
        },
        ("calendar", "CalendarItem", "Holiday"): {"Start": ["2024-03-31T23:00:00Z"]},
        ("calendar", "CalendarItem", "Round"): {"UID": ["put-round@example.org"]},
        _ANN: {"FileAs": ["Ann Müller"]},
    },
}  # fmt: skip
SEEN = [
    ["Round", "2024-03-25T08:00:00Z", "Occurrence"], ["Round", "2024-04-15T07:00:00Z", "Occurrence"],
    ["Round, moved", "2024-04-02T09:00:00Z", "Exception"],
]  # fmt: skip


def wanted(client: str) -> dict[Named, Says]:
    """All that a client writes."""
    return {name: COMMON.get(name, {}) | ONLY[client].get(name, {}) for name in {**COMMON, **ONLY[client]}}


def texts(item: etree._Element, path: str) -> list[str]:
    """The texts at a path of element names below an item, without the white space around them."""
    return [(one.text or "").strip() for one in item.iterfind("/".join(f"t:{name}" for name in path.split("/")), NS)]


def held(mailbox: Mailbox) -> dict[Named, etree._Element]:
    """Every item of a mailbox as raw SOAP shows it."""
    found = {}
    for folder in FOLDERS:
        answer = mailbox.call(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            f"<m:ParentFolderIds>{distinguished(folder)}</m:ParentFolderIds></m:FindItem>"
        ).ok()
        for one in answer.all(".//t:Items/*/t:ItemId"):
            item = mailbox.item(reference(one))
            found[folder, local(item), item.findtext("t:Subject", "", NS)] = item
    return found


def differences(items: dict[Named, etree._Element], client: str) -> list[str]:
    """One line for each item that is on one side only, and each text that is not as the client wrote it."""
    expected = wanted(client)
    found = [f"{name} is there on one side only" for name in sorted(items.keys() ^ expected.keys())]
    for name in items.keys() & expected.keys():
        for path, want in expected[name].items():
            there = texts(items[name], path)
            if there != want:
                found.append(f"{name}: {path}: {want} has become {there}")
    return found
