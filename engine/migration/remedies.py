"""What a mailbox's owner can do about an entry of a report: one sentence or two for every reason that the engine gives.

Reasons are words, some with a server's own words in them, so they are known by how they begin or by what they contain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.migration.request import Choice

NOTHING = "Nothing to do."

# The first that is found in a reason counts.
REMEDIES: tuple[tuple[str, str], ...] = (
    # What the destination did not keep of an appointment
    ("is an appointment of its own now",
     "Nothing to do. Whoever changes the series in the new calendar does not change this one."),
    ("stands twice, in the series as well", "Delete it from the series in the new calendar."),
    ("stands as the series has it", "Change it in the new calendar to what it is in the old one."),
    ("UTC is missing", "Enter it in the new calendar by hand."),
    ("which was deleted, is there again|is none that the series has",
     "Compare the new calendar with the old one, and delete what was deleted there."),
    ("and not who invited them",
     "To have later changes of the meeting in the new calendar, ask whoever invited you to send the invitation again."),
    ("does not keep what its people have answered", "Nothing to do. Their answers are in the old calendar."),
    ("its invitations were never sent|alone were never invited",
     "To invite its people, open it in the new calendar and send them an update."),

    # The destination
    ("larger than the destination takes",
     "Ask the destination's administrator to allow larger messages, then retry. Or save what you need from the old "
     "mailbox."),
    ("its folder could not be made|a folder of this name is there already",
     "Rename the folder in the old mailbox, or ask the destination's administrator. Then retry."),
    ("removed at the destination meanwhile", "Retry. The folder is then created again."),
    ("the destination was busy|put it off each time", "Retry later, when the destination is less busy."),
    ("did not say for sure what became of it", "Retry. Only what is missing is sent again."),
    ("could not read its format|found it damaged|one of its properties"
     "|could not read the request for it|the destination refused it",
     "Open the message in the old mailbox and forward it to your new address."),

    # The source
    ("shows only", "Ask the source's provider to repair the mailbox, then retry."),
    ("numbers the messages of this folder anew", "Ask the source's provider to repair the folder, then retry."),
    ("another program is reading this mailbox",
     "Close every other mail program that uses the old mailbox, then retry."),
    ("does not let this",
     "Ask the source's administrator to let this account read it, then retry."),
    ("is lacking, which|are lacking, which",
     "Look at it in the old mailbox. If what is lacking opens there, forward it to your new address."),
    ("protected by rights management",
     "Try whether it opens in the new mailbox. If not, ask its sender to send it to you again."),
    ("give out nothing of this message",
     "Ask the source's administrator to repair the mailbox, then retry."),
    ("archive mailbox is not moved",
     "Move what you need from the archive into a folder of the old mailbox, then retry."),
    ("lies beside the folders is not moved",
     "No mail program shows it there. At the source, have its administrator move it into a folder; then retry."),
    ("journal is not moved|not of this kind",
     "Export what you need from the old mailbox to a file with a mail program, and import it into the new one."),
    ("gives nothing of it|does not give|breaks off each time|does not say where this message ends"
     "|sends more of this message|while it gave other messages",
     "Open the message in the old mailbox. If it opens there, retry. If not, ask the source's provider."),

    # Left out, and good to know
    ("removed at the source meanwhile", "Nothing to do. It is no longer in the old mailbox."),
    ("only shows messages of other folders again", "Nothing to do. The messages are copied with their own folders."),
    ("marked as deleted", "Nothing to do. To copy them, restore them in the old mailbox, then retry."),
    ("shared with this account", "Nothing to do. To copy these folders, migrate their owner's account."),
    ("a little longer than what it gives|put together from its fields",
     "Nothing to do. Compare it with the old mailbox if the message matters."),
    ("does not tell", "Nothing to do. The old server does not tell this to any program."),
    ("labels changed since it was copied",
     "Move it in the new mailbox, or change its categories there, if it matters."),
    ("changed at the source since it was copied", "Change it in the new mailbox as well, if it matters there."),
    ("whether it changed at the source", "Compare it with the old mailbox if it matters."),
    ("removed at the source since", "Nothing to do. Delete in the new mailbox what you do not want there either."),
    ("moved here", "Nothing to do. Move them in the new mailbox if you want them there."),
    ("copied into this mailbox before", "Nothing to do. If you find a message twice, delete one of the two."),
    ("does not know the kind", "Write the number into the new mailbox, among the other numbers of the contact."),
    ("only the old organization knows", "Ask whoever it is for an address, and write it into the new mailbox."),
    ("keep what its owner answered",
     "Nothing to do. Whoever invited you has your answer; the new mailbox shows that of the series."),
    ("of its series that it had not|missing in the whole series",
     "Delete the attachment from that day in the new mailbox, if it matters."),
    ("there by their addresses alone", "To have contacts instead, migrate these, delete the group, and retry."),
    ("group of its own|with contacts and groups as members",
     "Nothing to do. Everybody is in it; put the groups into one another by hand if it matters."),
    ("more members than a group can hold", "Nothing to do. Write to all of these groups to reach everybody."),
    ("another address of the same contact", "Choose the address anew in the group in the new mailbox."),
    ("and is left out", "Add whom you miss to the group in the new mailbox."),
    ("was cut to 255", "Nothing to do. Compare it with the old mailbox if the whole of it matters."),
    ("this migration does not move", "Start another migration of the same mailboxes, for these."),
    ("the journal is not moved",
     "Export what you need from this folder to a file with a mail program, and import it into the new mailbox."),

    ("no longer there: the destination",
     "It is still in the old mailbox. To have it in the new one, ask the destination's administrator for another "
     "retention policy."),
    (r"by itself \(a retention policy\), also",
     "If you need such mail in the new mailbox, ask the destination's administrator for another retention policy."),
    ("replies to old mail go to this address",
     "Send this address to the destination's administrator, who can add it to your new mailbox as a proxy address."),

    ("nobody is told how it goes on", "If somebody should hear of it, assign it anew in the new mailbox."),
    ("it counts as completed when", "Nothing to do. Set the day in the new mailbox if it matters."),
    ("the destination moves it there from", "Nothing to do. Set its day in the new mailbox if it matters."),
    ("for it has not been started", "Nothing to do. Say in the new mailbox how far it is if it matters."),

    # Kept at a rollback
    ("the folder stays", "Move out what you need, then delete the folder by hand."),
    ("so it stays|does not remove it", "Delete it by hand if you do not want it."),
)
# What is said otherwise of what is no mail: it cannot be forwarded.
OF_ITEMS: tuple[tuple[str, str], ...] = (
    ("larger than the destination takes",
     "Ask the destination's administrator to allow larger items, then retry. Or enter it in the new mailbox by hand."),
    ("could not read its format|found it damaged|one of its properties"
     "|could not read the request for it|the destination refused it",
     "Enter it in the new mailbox by hand, as it is in the old one."),
    ("is lacking, which|are lacking, which", "Look at it in the old mailbox, and add what is lacking in the new one."),
    ("give out nothing of this", "Ask the source's administrator to repair the mailbox, then retry."),
    ("gives nothing of it|does not give|breaks off each time",
     "Open it in the old mailbox. If it opens there, retry. If not, ask the source's provider."),
    ("a little longer than what it gives|put together from its fields",
     "Nothing to do. Compare it with the old mailbox if it matters."),
    ("fields that its owner has defined could not be read",
     "Compare it with the old mailbox, and enter what is lacking by hand."),
    ("a part of it is no longer there|parts of it are no longer there",
     "To have all of it, delete what is left of it in the new mailbox, and retry."),
)
OTHERWISE_OF_ITEMS = "Retry. If it fails again, enter it in the new mailbox by hand, as it is in the old one."
OTHERWISE: Mapping[Reason, str] = MappingProxyType({
    Reason.FAILED: "Retry. If it fails again, open the message in the old mailbox and forward it to your new address.",
    Reason.LEFT_OUT: NOTHING,
    Reason.KEPT: "Delete it by hand if you do not want it.",
    Reason.NOTED: NOTHING,
})
SETTINGS = frozenset({Content.COLOURS, Content.INBOX_RULES, Content.OUT_OF_OFFICE})
# What is said of settings. A reason may say itself what to do.
OF_ENTRIES: tuple[tuple[str, str], ...] = (
    ("(?<!or )make it anew|make anew|make the folder and the rule",        # also beside what could be agreed to
     "Make it by hand in the new mailbox, if you still need it."),
    ("migrate again",
     "Start another migration of these contents and agree to it, or set it by hand in the new mailbox."),
    ("no rule of Exchange does|nothing that a rule of Exchange can do",
     "Nothing to do. What it did besides is done by hand in the new mailbox, where it matters."),
    ("; the rule (meets|leaves out|counts) |to Exchange these are no attachments",
     "Nothing to do. If the rule acts on other mail in the new mailbox, change its words there."),
    ("so it is their first line", "Nothing to do. Change the text in the new mailbox if it reads oddly."),
    ("in the organization gets a reply, too",
     "Change the reply for people of the organization in the new mailbox, if they should read another one."),
    ("has no last day, which Exchange needs", "Set its last day in the new mailbox."),
    ("would have been lost for good", "Remove it by hand if you do not want it."),
    ("no room for more rules",
     "Remove rules in the new mailbox, or ask its administrator to raise RulesQuota. Then retry."),
    ("changed at the source since", "Change it in the new mailbox as well, if it matters there."),
    ("lets only the owner|which address of mail the login",
     "Start another migration of it with the mailbox's own login, written as its address. Or set it by hand."),
    ("list of categories .* cannot be read",
     "Open the categories of that mailbox in Outlook and change one of them. Then retry, or add them by hand."),
)
OF_SETTINGS: Mapping[Reason, str] = MappingProxyType({
    Reason.FAILED: "Retry. If it fails again, set it by hand in the new mailbox.",
    Reason.LEFT_OUT: "Nothing to do. If you want the old one, set it by hand in the new mailbox.",
    Reason.KEPT: "Change it by hand if you do not want it.",
    Reason.NOTED: NOTHING,
})
# What a person has not chosen, where a reason says so.
NOT_CHOSEN: Mapping[str, Choice] = MappingProxyType({
    "migrate again with rules that forward": Choice.FORWARDING,
    "migrate again and agree to that": Choice.OUTLOOK_RULES,
})


def remedy(entry: Failure) -> str:
    """What its owner can do about it; it says so where that is nothing."""
    if entry.content in SETTINGS:
        found = (words for pattern, words in OF_ENTRIES if re.search(pattern, entry.reason))
        return next(found, OF_SETTINGS[entry.outcome])
    is_mail = entry.content is Content.MAIL
    rows = REMEDIES if is_mail else (*OF_ITEMS, *REMEDIES)
    known = (words for pattern, words in rows if re.search(pattern, entry.reason))
    otherwise = OTHERWISE[entry.outcome]
    return next(known, otherwise if is_mail or entry.outcome is not Reason.FAILED else OTHERWISE_OF_ITEMS)


def not_chosen(entry: Failure) -> list[Choice]:
    """What its owner would have to choose for it to be carried, where its reason says so."""
    return [choice for words, choice in NOT_CHOSEN.items() if words in entry.reason]
