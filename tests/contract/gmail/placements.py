"""Where each message of Gmail belongs, by the rule that people are told.

A draft is with the drafts. What was sent, and is not in the inbox, is with what was sent. What is in the inbox is in
the inbox. Else it is in the folder of one label: of the only deepest one; of several as deep, of the one with the
shortest path, then of the first by the alphabet. What has no label is archived. All other labels are categories. A star
is a flag; important and muted are nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.servers.gmail.account import Label, System

INBOX, SENT, DRAFTS, DELETED, JUNK, ARCHIVE = "(inbox)", "(sent)", "(drafts)", "(deleted)", "(junk)", "(archive)"
SECRET = ("Secret", "Work/Hidden")          # labels that are not shown in IMAP
NESTED = ("Work", "Work/Projects", "Work/Projects/Atlas", "Kunden/Nord", "Kunden/Süd", "旅行/2023")
ODD = (
    "Inbox/Later", "Sent", "Archive", "Papierkorb", "Drafts", "Trash", "\\Wichtig", "Müller, Söhne; Co", "R&D", "2023",
)
PLAIN = ("Family", "Alpha", "Bravo")
EMPTY = ("Someday", "Archiv/2009")


@dataclass(frozen=True, slots=True)
class Placement:
    """Labels, and what they should mean. `folder` is a path of the owner's, or one of the names in parentheses."""

    labels: tuple[Label, ...]
    folder: str
    categories: tuple[str, ...] = ()
    flagged: bool = False


PLACEMENTS = (
    Placement((System.INBOX,), INBOX),
    Placement((System.INBOX, "Work"), INBOX, ("Work",)),
    Placement((System.INBOX, System.STARRED, System.IMPORTANT), INBOX, (), flagged=True),
    Placement((System.INBOX, "Work/Projects", "Family"), INBOX, ("Family", "Work/Projects")),
    Placement((System.SENT,), SENT),
    Placement((System.SENT, "Work"), SENT, ("Work",)),
    Placement((System.SENT, System.INBOX), INBOX),
    Placement((System.SENT, System.INBOX, "Work"), INBOX, ("Work",)),
    Placement((System.DRAFT,), DRAFTS),
    Placement((System.DRAFT, "Work"), DRAFTS, ("Work",)),
    Placement((System.DRAFT, System.INBOX), DRAFTS),
    Placement((System.DRAFT, System.SENT), DRAFTS),
    Placement((), ARCHIVE),
    Placement((System.STARRED,), ARCHIVE, (), flagged=True),
    Placement((System.IMPORTANT, System.MUTED), ARCHIVE),
    Placement(("Work",), "Work"),
    Placement(("Work", System.STARRED, System.MUTED), "Work", (), flagged=True),
    Placement(("Work", "Work/Projects"), "Work/Projects", ("Work",)),
    Placement(("Work", "Work/Projects", "Work/Projects/Atlas"), "Work/Projects/Atlas", ("Work", "Work/Projects")),
    Placement(("Family", "Kunden/Nord"), "Kunden/Nord", ("Family",)),
    Placement(("Family", "Work"), "Work", ("Family",)),
    Placement(("Alpha", "Bravo"), "Alpha", ("Bravo",)),
    Placement(("Kunden/Nord", "Kunden/Süd"), "Kunden/Süd", ("Kunden/Nord",)),
    Placement(("Alpha", "Kunden/Nord", "Kunden/Süd"), "Kunden/Süd", ("Alpha", "Kunden/Nord")),
    Placement(("旅行/2023", "Family"), "旅行/2023", ("Family",)),
    Placement(("Inbox/Later",), "Inbox/Later"),
    Placement(("Sent",), "Sent"),
    Placement((System.INBOX, "Sent"), INBOX, ("Sent",)),
    Placement(("Archive",), "Archive"),
    Placement(("Papierkorb",), "Papierkorb"),
    Placement(("Drafts", System.SENT), SENT, ("Drafts",)),
    Placement(("Trash",), "Trash"),
    Placement(("\\Wichtig",), "\\Wichtig"),
    Placement((System.INBOX, "\\Wichtig"), INBOX, ("\\Wichtig",)),
    Placement(("Müller, Söhne; Co",), "Müller, Söhne; Co"),
    Placement((System.INBOX, "Müller, Söhne; Co"), INBOX, ("Müller- Söhne- Co",)),
    Placement(("R&D",), "R&D"),
    Placement(("2023", "R&D"), "R&D", ("2023",)),
    Placement(("Secret",), ARCHIVE, ("Secret",)),
    Placement(("Work/Hidden", "Work"), "Work", ("Work/Hidden",)),
    Placement((System.TRASH,), DELETED),
    Placement((System.TRASH, "Work", "Work/Projects"), DELETED, ("Work", "Work/Projects")),
    Placement((System.TRASH, System.SENT, System.STARRED), DELETED, (), flagged=True),
    Placement((System.SPAM,), JUNK),
    Placement((System.SPAM, "Family"), JUNK, ("Family",)),
    Placement((System.SPAM, "Secret"), JUNK, ("Secret",)),
)
