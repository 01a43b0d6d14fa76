"""What somebody can do about what is no mail."""

from __future__ import annotations

import re

import pytest

from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.migration.remedies import remedy

OTHERS = (Content.CONTACTS, Content.CONTACT_GROUPS, Content.CALENDARS, Content.TASKS, Content.NOTES)
REASONS = {     # what reports of these contents say
    "refused": (Reason.FAILED, "the destination refused it (ErrorInvalidValueForProperty: The value is invalid.)"),
    "damaged": (Reason.FAILED, "The source can give out nothing of this item: it says that it is damaged."),
    "too large": (Reason.FAILED, "larger than the destination takes"),
    "nobody knows": (Reason.FAILED, "something that no row of the table names"),
}


@pytest.mark.parametrize("reason", REASONS)
def test_nobody_is_told_to_forward_a_contact_as_a_message(reason: str) -> None:
    """What somebody can do about a contact, a group, an appointment, a task or a note is not about messages."""
    outcome, words = REASONS[reason]

    said = {content.value: remedy(Failure(content, "Folder", "it", words, outcome)) for content in OTHERS}
    assert {name: one for name, one in said.items() if re.search(r"\bmessages?\b", one)} == {}
