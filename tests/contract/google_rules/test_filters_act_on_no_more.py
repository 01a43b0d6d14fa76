"""What cannot be taken back is done to no mail that Gmail leaves alone: deleting, and sending on."""

from __future__ import annotations

from pathlib import Path

from emulators.google import GoogleEmulator
from engine.migration.request import Choice
from tests.contract.google_rules.account import ME, Json, Moving, filter_, moving_from
from tests.contract.google_rules.test_filters_at_google import google_of_mine

LIST = "a@x.example"
PICTURE = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
    '--b\r\nContent-Type: text/html\r\n\r\n<img src="cid:p">\r\n'
    '--b\r\nContent-Type: image/png; name="p.png"\r\nContent-ID: <p>\r\nContent-Disposition: inline\r\n\r\nx\r\n--b--'
)


def letter(sender: str, subject: str, *, size: int = 0, more: str = "") -> bytes:
    head = f"From: {sender}\r\nTo: {ME}\r\nSubject: {subject}\r\n{more}\r\n"
    return (head + "y" * max(0, size - len(head))).encode()


def meets(google: GoogleEmulator, criteria: Json, raw: bytes) -> bool:
    """Whether Gmail's filter meets the letter."""
    made = google.call("gmail.users.settings.filters.create", ME, body={
        "criteria": criteria, "action": {"addLabelIds": ["STARRED"]}})
    try:
        return bool(google.deliver(ME, raw).filters)
    finally:
        google.call("gmail.users.settings.filters.delete", ME, id=made["id"])


def arrived(moving: Moving, letters: dict[str, bytes]) -> dict[str, tuple[str, ...]]:
    """The folders of those letters, by their subjects."""
    for raw in letters.values():
        moving.at.emulator.deliver(moving.at.address, raw)
    return {message.subject: message.folder for message in moving.at.messages()}


def test_a_filter_deletes_nothing_that_gmail_leaves(tmp_path: Path) -> None:
    """By a domain that begins longer ones, a size up to which mail is, and leaving out sizes, lists, names."""
    asked: list[Json] = [{"from": "t.co"}, {"from": LIST, "size": 5000, "sizeComparison": "smaller"},
                         {"query": f"from:{LIST} -larger:9000"}, {"query": "to:me -list:dev.example.org"},
                         {"query": "to:john@x.example -from:john.doe"},
                         {"query": "from:pic@x.example -has:attachment"}]
    letters = {"t.com": letter("boss@t.com", "t.com"), "community": letter("bob@post.t.community", "community"),
               "larger": letter(LIST, "larger", size=9500),
               "list": letter(LIST, "list", size=9500, more="List-ID: <a.dev.example.org>\r\n"),
               "name": letter("John <john.doe@x.example>", "name", more="Cc: john@x.example\r\n"),
               "picture": letter("pic@x.example", "picture", more=PICTURE)}
    with google_of_mine() as google, moving_from(tmp_path, []) as moving:
        made = zip(asked, ({"t.com", "community"}, {"larger"}, {"larger", "list"}, {"list"}, {"name"},
                           {"picture"}), strict=True)
        met = [name for one, names in made for name in sorted(names) if meets(google, one, letters[name])]
        moving.gmail.has(*(filter_(str(at), one, more=["TRASH"]) for at, one in enumerate(asked)))
        done = moving.migrate()
        names, lines, found = moving.rules.names(), moving.lines(done), arrived(moving, letters)
    assert met == names == []
    assert found == dict.fromkeys(letters, ("Inbox",))
    assert "a domain (“t.co”)" in lines["from:(t.co) → delete it"]
    assert "leaving out mail with files (“attachment”)" in lines["from:pic@x.example -has:attachment → delete it"]
    assert "a size (“4 KB”)" in lines[f"from:({LIST}) smaller:5000 → delete it"]
    assert "make it anew in the new mailbox" in lines[f"from:{LIST} -larger:9000 → delete it"]


def test_mail_that_gmail_leaves_is_not_moved_for_its_size(tmp_path: Path) -> None:
    """Exchange counts whole KB; what is left out is rounded down to these."""
    raw = letter(LIST, "in between", size=1800)
    ask: Json = {"query": f"from:{LIST} -larger:1500"}
    with google_of_mine() as google, moving_from(tmp_path, ["Small"]) as moving:
        met = meets(google, ask, raw)
        moving.gmail.has(filter_("1", ask, labels=["Small"], archive=True))
        moving.migrate()
        found = arrived(moving, {"": raw, "small": letter(LIST, "small")})
    assert not met
    assert found == {"in between": ("Inbox",), "small": ("Small",)}


def test_a_filter_sends_nothing_on_that_gmail_keeps(tmp_path: Path) -> None:
    """Whatever else it does is carried, with a word about what mail that is."""
    with moving_from(tmp_path, ["Shop"]) as moving:
        moving.gmail.has(filter_("1", {"from": "@shop.co"}, labels=["Shop"], forward="books@b.example"),
                         filter_("2", {"subject": "invoice"}, forward="books@b.example"),
                         filter_("3", {"from": LIST}, forward="books@b.example"))
        done = moving.migrate(Choice.FORWARDING)
        names, lines, notes = moving.rules.names(), moving.lines(done), moving.notes(done)
        found = arrived(moving, {"": letter("doctor@shop.com", "Your invoices")})
    by_domain = "Gmail: from @shop.co, .shop.co → forward to books@b.example"
    assert names == ["Gmail: from @shop.co, .shop.co → category Shop",
                     f"Gmail: from {LIST} → forward to books@b.example"]
    assert found == {"Your invoices": ("Inbox",)}
    assert "a domain (“shop.co”)" in lines[by_domain]
    assert "whole words (“invoice”)" in lines["Gmail: subject invoice → forward to books@b.example"]
    assert any("“shop.co”" in words and "at longer ones" in words for words in notes if words != lines[by_domain])
