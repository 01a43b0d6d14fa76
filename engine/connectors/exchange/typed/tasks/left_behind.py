"""What a task has that is not written as a field of its own, and why: all of the schema but the allow-list."""

from __future__ import annotations

from engine.connectors.exchange.typed.left_behind import BY_PROPERTY, OF_THE_CONTENT, OF_THE_MAILBOX
from engine.connectors.exchange.typed.left_of_items import with_all

OTHERS = "tasks have none; it is of other kinds of items"
ASSIGNED = "it is of an assigned task, which arrives as a task of its own, and the report says so"
LEFT = with_all({
    OF_THE_MAILBOX: ("DateTimeReceived", "IsDraft", "IconIndex", "ChangeCount"),
    OF_THE_CONTENT: ("IsComplete", "IsRecurring", "StatusDescription"),
    BY_PROPERTY: ("ReminderNextTime", "IsTeamTask", "Owner", "Delegator"),
    ASSIGNED: ("AssignedTime", "DelegationState", "IsAssignmentEditable"),
    OTHERS: ("InReplyTo", "InternetMessageHeaders", "Flag"),
})
