"""The folders that rules file into are those of mail, whether LIST or the Gmail API tells the labels."""

from __future__ import annotations

from engine.connectors.google.filters.places import Places
from engine.connectors.google.mail.folders import mailbox_of
from engine.connectors.imap.names import Row

LABELS = {
    "Work": b"Work", "Work/Deep": b"Work/Deep", "Travail/Réunions": b"Travail/R&AOk-unions", "A&B": b"A&-B",
    "日語": b"&ZeWKng-", "Gone/Below": b"Gone/Below", "INBOX/Sub": b"INBOX/Sub", " padded ": b" padded ",
}
GMAILS = {
    b"[Gmail]/All Mail": b"\\all", b"[Gmail]/Trash": b"\\trash", b"[Gmail]/Spam": b"\\junk",
    b"[Gmail]/Sent Mail": b"\\sent", b"[Gmail]/Drafts": b"\\drafts", b"[Gmail]/Starred": b"\\flagged",
}


def test_both_ways_lead_to_the_same_folders() -> None:
    """By their paths and by what tags of items name; in modified UTF-7 the API tells nothing."""
    rows = [Row(b"INBOX", b"/", frozenset()), Row(b"[Gmail]", b"/", frozenset({b"\\noselect"}))]
    rows += [Row(raw, b"/", frozenset()) for raw in LABELS.values()]
    rows += [Row(raw, b"/", frozenset({use})) for raw, use in GMAILS.items()]
    listed, told = mailbox_of(rows, utf8=False), Places(LABELS).mailbox
    of_mail = {(one.path, one.role, one.known_as, one.selectable) for one in listed.shown}
    of_rules = {(one.path, one.role, one.known_as, one.selectable) for one in told.shown}
    own = {one for one in of_rules if one[0][0] != "[Gmail]"}

    assert own <= of_mail
    assert {path for path, *_ in own} == {path for path, *_ in of_mail if path[0] != "[Gmail]"}
    assert told.archive in told.shown
    assert (told.archive.path, told.archive.known_as) == (listed.archive.path, listed.archive.known_as)
