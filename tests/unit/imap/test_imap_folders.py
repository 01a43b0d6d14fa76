"""From LIST rows to the tree a person knows."""

from __future__ import annotations

import pytest

from engine.connectors.imap.folders import folder_list
from engine.connectors.imap.names import Row
from engine.connectors.imap.session import Namespaces
from engine.ports.source import FolderList, Role, SourceFolder, VirtualFolder


def row(raw: bytes, *attributes: bytes, separator: bytes = b"/") -> Row:
    return Row(raw, separator, frozenset(attributes))


def listed(*rows: Row, namespaces: Namespaces | None = None, utf8: bool = False) -> FolderList:
    """The tree of those rows. A virtual folder holds as many messages as its name has bytes."""
    return folder_list(rows, namespaces or Namespaces(), utf8=utf8, count=len)


def roles(found: FolderList) -> dict[tuple[str, ...], Role]:
    return {folder.path: folder.role for folder in found.folders if folder.role}


def test_inbox_comes_once_and_first() -> None:
    """INBOX ignores case, is listed once and stands before all others."""
    found = listed(row(b"A"), row(b"Inbox"), row(b"INBOX"), row(b"inbox/x"))

    assert [folder.path for folder in found.folders] == [("INBOX",), ("INBOX", "x"), ("A",)]
    assert roles(found) == {("INBOX",): Role.INBOX}


def test_parents_come_before_children() -> None:
    """Whatever the server's order, a folder's parent is listed before it."""
    found = listed(row(b"b/c/d"), row(b"b"), row(b"INBOX"), row(b"b/c"), row(b"b "))

    seen: set[tuple[str, ...]] = set()
    for folder in found.folders:
        assert len(folder.path) == 1 or folder.path[:-1] in seen
        seen.add(folder.path)


def test_missing_parents_are_added() -> None:
    """A level that the server does not list becomes a folder that holds only folders."""
    found = listed(row(b"INBOX"), row(b"a/b/c"))

    assert found.folders[1:] == (
        SourceFolder(("a",), "a", None, selectable=False),
        SourceFolder(("a", "b"), "a/b", None, selectable=False),
        SourceFolder(("a", "b", "c"), "a/b/c"),
    )


@pytest.mark.parametrize("attribute", [b"\\noselect", b"\\nonexistent"])
def test_folders_that_hold_only_folders(attribute: bytes) -> None:
    """A folder that cannot be opened is kept for its children, and never plays a role."""
    found = listed(row(b"Archive", attribute), row(b"Archive/2020"))

    assert [(f.path, f.selectable, f.role) for f in found.folders] == [
        (("Archive",), False, None), (("Archive", "2020"), True, None),
    ]


def test_personal_prefix_is_taken_off() -> None:
    """Courier's INBOX. is not part of the names; the reference keeps it."""
    found = listed(
        row(b"INBOX", separator=b"."), row(b"INBOX.Sent", separator=b"."), row(b"INBOX.a.b", separator=b"."),
        namespaces=Namespaces((b"INBOX.",)),
    )

    assert [(f.path, f.ref) for f in found.folders] == [
        (("INBOX",), "INBOX"), (("Sent",), "INBOX.Sent"), (("a",), "INBOX.a"), (("a", "b"), "INBOX.a.b"),
    ]
    assert roles(found)["Sent",] is Role.SENT


def test_other_peoples_folders_are_left_alone() -> None:
    """Other users' and shared namespaces are not the owner's to move; a personal one inside them is."""
    found = listed(
        row(b"INBOX"), row(b"user"), row(b"user/bob/x"), row(b"Shared Folders/y"), row(b"users"), row(b"user/me/z"),
        namespaces=Namespaces((b"", b"user/me/"), (b"user/", b"Shared Folders/")),
    )

    assert [f.path for f in found.folders if f.selectable] == [("INBOX",), ("user", "me", "z"), ("users",)]


def test_flat_namespaces() -> None:
    """Without a separator a name is one name, whatever is in it."""
    found = listed(row(b"a/b", separator=b""), row(b"INBOX", separator=b""))

    assert [f.path for f in found.folders] == [("INBOX",), ("a/b",)]


def test_names_that_decode_alike_stay_two_folders() -> None:
    """Two names of the server that read the same are two folders with two paths."""
    found = listed(row(b"caf&AOk-"), row("café".encode()))

    assert len({f.path for f in found.folders}) == len({f.ref for f in found.folders}) == 2


def test_one_mailbox_under_two_spellings() -> None:
    """`a` and `a/` are the same mailbox."""
    assert [f.path for f in listed(row(b"a"), row(b"a/", b"\\noselect")).folders] == [("a",)]


def test_a_folder_called_like_the_inbox() -> None:
    """A folder INBOX.INBOX is not the inbox, and is not lost."""
    found = listed(
        row(b"INBOX", separator=b"."), row(b"INBOX.INBOX", separator=b"."), namespaces=Namespaces((b"INBOX.",))
    )

    assert [f.path for f in found.folders] == [("INBOX",), ("INBOX", "INBOX")]


def test_special_use_wins_over_names() -> None:
    """The folder the server marks has the role; one that is only called so keeps its name without it."""
    found = listed(row(b"Sent"), row(b"Gesendet", b"\\sent"), row(b"Entw&APw-rfe"), row(b"Papierkorb"))

    assert roles(found) == {
        ("Gesendet",): Role.SENT, ("Entwürfe",): Role.DRAFTS, ("Papierkorb",): Role.DELETED,
    }


def test_the_better_known_name_wins() -> None:
    """Of several folders that could be the one for sent mail, one is, always the same."""
    found = listed(row(b"Sent Messages"), row(b"INBOX/Sent"), row(b"Sent Items"), row(b"Sent"))

    assert roles(found) == {("Sent",): Role.SENT}


def test_children_of_the_inbox_play_roles_deeper_ones_do_not() -> None:
    """INBOX/Trash is the trash; Projects/Trash is a project's."""
    found = listed(row(b"INBOX"), row(b"INBOX/Trash"), row(b"Projects/Drafts"), row(b"[Gmail]/Spam"))

    assert roles(found) == {("INBOX",): Role.INBOX, ("INBOX", "Trash"): Role.DELETED, ("[Gmail]", "Spam"): Role.JUNK}


def test_virtual_folders_are_counted_and_left_out() -> None:
    """Starred and important only show messages of other folders; all mail also holds what is archived."""
    found = listed(
        row(b"INBOX"), row(b"[Gmail]", b"\\noselect"), row(b"[Gmail]/All", b"\\all"),
        row(b"[Gmail]/Star", b"\\flagged"), row(b"[Gmail]/Imp", b"\\important"), row(b"[Gmail]/Sent", b"\\sent"),
    )

    assert found.virtual == (
        VirtualFolder(("[Gmail]", "Imp"), 11),
        VirtualFolder(("[Gmail]", "Star"), 12),
    )
    assert [(f.path, f.everything) for f in found.folders] == [
        (("INBOX",), False), (("[Gmail]",), False), (("[Gmail]", "All"), True), (("[Gmail]", "Sent"), False),
    ]


def test_xlist_translates_the_inbox() -> None:
    """XLIST calls INBOX by its local name; it opens as INBOX."""
    found = listed(row(b"Posteingang", b"\\inbox"), row(b"Alle", b"\\allmail"), row(b"Spam", b"\\spam"))

    assert [(f.path, f.ref, f.role) for f in found.folders] == [
        (("INBOX",), "INBOX", Role.INBOX), (("Alle",), "Alle", None), (("Spam",), "Spam", Role.JUNK),
    ]
    assert [f.path for f in found.folders if f.everything] == [("Alle",)]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Éléments envoyés", Role.SENT), ("ENTWÜRFE", Role.DRAFTS), ("Correo no deseado", Role.JUNK),
        ("Удаленные", Role.DELETED), ("已发送邮件", Role.SENT), ("Απεσταλμένα", Role.SENT), ("下書き", Role.DRAFTS),
        ("Odstraněná pošta", Role.DELETED), ("Arkisto", Role.ARCHIVE),
        ("E\u0301le\u0301ments supprime\u0301s", Role.DELETED),
    ],
)
def test_roles_in_many_languages(name: str, role: Role) -> None:
    """Names are recognised in many languages, in any case and normal form."""
    assert role in roles(listed(row(name.encode()), utf8=True)).values()
