"""What docs/fidelity.md says of Google's contacts and tasks, beside Google's discovery documents and what is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import googleapiclient
import pytest

from engine.connectors.google.contacts.listed import FIELDS
from tests.servers.outcomes import table

NOTES = "all others go into the notes"
# What becomes of each field of a person (people.v1, Person).
CONTACTS = {
    "names": "their fields, as they sound as well (Yomi); of a contact without a name that of the person's own profile",
    "nicknames": f"the first is the nickname, and initials are initials; a maiden name goes into the notes; {NOTES}",
    "emailAddresses": f"the primary one and two more, with their names; {NOTES}",
    "phoneNumbers": f"under the keys that Exchange 2013 has for their types, two private and two of work; {NOTES}",
    "addresses": f"one at home, at work and elsewhere; mail goes to the primary one; {NOTES}",
    "organizations": f"the primary one: company, title, department, office; what it is beside, and {NOTES}",
    "birthdays": "the birthday; without a year, in words or from before 1602, in the notes",
    "events": f"an anniversary with its year is the wedding anniversary; {NOTES}",
    "relations": f"spouse or partner, manager, assistant, children, who has referred them; {NOTES}",
    "urls": f"a page of work or for all, one at home, one of FTP; {NOTES}",
    "imClients, sipAddresses": f"three; the notes say of which service each is; {NOTES}",
    "biographies": "the notes, in text or HTML",
    "photos": "the picture that the owner has given the contact, up to 720 pixels wide",
    "memberships": "labels are categories and contact groups; the star is a category",
    "occupations": f"the first is the profession; {NOTES}",
    "genders, interests, locales, locations": f"the properties that classic Outlook shows, and the notes; {NOTES}",
    "externalIds": "account, customer, organization and network have properties of their own, and the notes; "
                   "all others go into the notes",
    "calendarUrls": "that of free and busy times has a property; all of them go into the notes",
    "miscKeywords": f"what came from Outlook goes back to where it was there; {NOTES}",
    "skills, userDefined": "the notes, each in a line with its name",
    "clientData": "what programs keep beside a contact stays, and is named",
    "fileAses": "the list of contacts does not tell it; a contact is filed under its name",
    "etag, metadata, resourceName": "Google's own, by which a contact is known again and found to have changed",
    "ageRange, ageRanges, coverPhotos, taglines": "of the person's own profile, and none of the contact",
    "braggingRights, relationshipInterests, relationshipStatuses, residences": "Google gives these no more",
}
# And of each field of a task (tasks.v1, Task).
TASKS = {
    "title": "the subject; of one that is cut after 255 characters all of it is in the text",
    "notes": "the text",
    "due": "the day on which it is due; Google tells no time of day",
    "status, completed": "whether and when it was completed",
    "parent": "the subject names what a sub-task is a part of: “Trip › Tickets”",
    "position": "tasks are created in their order, and have it for programs that sort by it (PidLidTaskOrdinal)",
    "links": "lines of the text",
    "assignmentInfo": "its link is in the text, and the report names where it was assigned",
    "hidden": "what was cleared from a list arrives as well",
    "deleted": "a deleted task stays",
    "updated": "by which a task is found to have changed",
    "etag, id, kind, selfLink, webViewLink": "Google's own; links to Google's page of a task are not carried",
}
LEFT = (
    "fileAses", "etag", "resourceName", "ageRange", "ageRanges", "coverPhotos", "taglines", "braggingRights",
    "relationshipInterests", "relationshipStatuses", "residences",
)
BOTH = pytest.mark.parametrize(("name", "schema", "document", "rows"), [
    ("people.v1", "Person", "google contacts", CONTACTS), ("tasks.v1", "Task", "google tasks", TASKS),
], ids=["contacts", "tasks"])


def properties(name: str, schema: str) -> set[str]:
    """The fields that a discovery document has."""
    found = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / f"{name}.json"
    whole: dict[str, Any] = json.loads(found.read_text())
    return set(whole["schemas"][schema]["properties"])


@BOTH
def test_the_document_says_what_becomes_of_each_field(
    name: str, schema: str, document: str, rows: Mapping[str, str]
) -> None:
    """Of all that Google may tell, each once."""
    told, shown = [each for row in rows for each in row.split(", ")], table("fidelity", document)

    assert sorted(told) == sorted(properties(name, schema))
    for named, outcome in rows.items():
        shown.saw(named, outcome)
    shown.holds_only(rows)


def test_every_field_is_asked_for_that_the_document_says_to_arrive() -> None:
    """And no other: Google refuses the whole question for one that it does not know."""
    assert set(FIELDS) == properties("people.v1", "Person") - set(LEFT)
