"""What a sticky note has that is not written as a field of its own, and why: all of a message but the allow-list."""

from __future__ import annotations

from engine.connectors.exchange.typed.left_behind import BY_PROPERTY
from engine.connectors.exchange.typed.left_of_items import with_all

OTHERS = "notes have none; it is of mail, which the element is made for, or of other kinds of items"
LEFT = with_all({
    BY_PROPERTY: ("DateTimeReceived", "IsDraft", "IsRead", "IconIndex"),
    OTHERS: (
        "InReplyTo", "InternetMessageHeaders", "ReminderDueBy", "ReminderIsSet", "ReminderNextTime",
        "ReminderMinutesBeforeStart", "Flag", "Sender", "ToRecipients", "CcRecipients", "BccRecipients",
        "IsReadReceiptRequested", "IsDeliveryReceiptRequested", "ConversationIndex", "ConversationTopic", "From",
        "InternetMessageId", "IsResponseRequested", "References", "ReplyTo", "ReceivedBy", "ReceivedRepresenting",
        "ApprovalRequestData", "VotingInformation", "ReminderMessageData", "MessageSafety", "SenderSMTPAddress",
        "MailboxGuids", "MailboxGuid",
    ),
})
