"""Which folders of an Exchange mailbox move, by what a server says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Question
from engine.connectors.exchange.reading.folders import (
    ARCHIVE,
    ARCHIVE_UNSEEN,
    IN_THE_ARCHIVE,
    NO_ARCHIVE,
    SEARCH,
    look,
)
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.errors import RetryableError, Side
from engine.ports.source import LeftFolder, Role

NAMESPACES = f'xmlns:m="{MESSAGES[1:-1]}" xmlns:t="{TYPES[1:-1]}"'


def folder(
    folder_id: str, parent: str, *, name: str = "", kind: str = "IPF.Note", items: int = 0, called: str = "",
    element: str = "Folder", hidden: bool = False,
) -> str:
    told = f"<t:DistinguishedFolderId>{called}</t:DistinguishedFolderId>" if called else ""
    uri = '<t:ExtendedFieldURI PropertyTag="0x10f4" PropertyType="Boolean"/>'
    seen = f"<t:ExtendedProperty>{uri}<t:Value>{str(hidden).lower()}</t:Value></t:ExtendedProperty>"
    return (
        f'<t:{element}><t:FolderId Id="{folder_id}"/><t:ParentFolderId Id="{parent}"/><t:FolderClass>{kind}'
        f"</t:FolderClass><t:DisplayName>{name or folder_id}</t:DisplayName><t:TotalCount>{items}</t:TotalCount>"
        f"{seen}{told}</t:{element}>"
    )


def answer(inner: str) -> Any:
    return etree.fromstring(f"<m:A {NAMESPACES}>{inner}</m:A>")


@dataclass
class Server:
    """Answers for the folders below each root, a few a page; standard folders have their distinguished ids as ids."""

    below: dict[str, list[str]]
    at_the_top: int = 0
    missing: tuple[str, ...] = ()
    away: dict[str, str] = field(default_factory=dict)      # the code that a standard folder is answered for with
    page: int = 2
    since_2013: bool = True
    pages: int = field(default=0)

    def all(self, question: Question) -> list[Any]:
        names = [part.partition('"')[0] for part in question.body.split('DistinguishedFolderId Id="')[1:]]
        return [
            CodeError("ErrorFolderNotFound", side=Side.SOURCE) if name in self.missing
            else CodeError(self.away[name], side=Side.SOURCE) if name in self.away else answer(
                f'<m:Folders><t:Folder><t:FolderId Id="{name}"/>'
                f"<t:TotalCount>{self.at_the_top if name == TOP else 0}</t:TotalCount></t:Folder></m:Folders>"
            ) for name in names
        ]

    def read(self, question: Question, taken: Callable[[list[Any]], Any]) -> Any:
        self.pages += 1
        root = question.body.partition('ParentFolderIds><t:FolderId Id="')[2].partition('"')[0]
        offset = int(question.body.partition('Offset="')[2].partition('"')[0])
        found = self.below.get(root, [])
        last = offset + self.page >= len(found)
        return taken([answer(
            f'<m:RootFolder IncludesLastItemInRange="{str(last).lower()}" IndexedPagingOffset="{offset + self.page}">'
            f'<t:Folders>{"".join(found[offset : offset + self.page])}</t:Folders></m:RootFolder>'
        )])


TOP = "msgfolderroot"
BORN = [
    folder("inbox", TOP, name="Posteingang", items=3),
    folder("sentitems", TOP, name="Gesendet", items=1),
]


def seen(server: Server) -> Any:
    return look(server)[0]      # type: ignore[arg-type]  # all that is asked of it


def test_every_page_is_asked_for() -> None:
    """A mailbox may have more folders than one answer holds."""
    server = Server({TOP: [*BORN, *(folder(f"f{n}", TOP) for n in range(7))]})

    assert len(seen(server).folders) == 9
    assert server.pages > 4


class NeverDone(Server):
    """Says after each page that there is more, and tells the same folders again."""

    def read(self, question: Question, taken: Callable[[list[Any]], Any]) -> Any:
        self.pages += 1
        assert self.pages < 100
        return taken([answer(
            f'<m:RootFolder IncludesLastItemInRange="false" IndexedPagingOffset="{self.pages}"><t:Folders>'
            f'{"".join(self.below[TOP])}</t:Folders></m:RootFolder>'
        )])


@pytest.mark.parametrize("told", [[], BORN], ids=["none", "the same"])
def test_folders_that_never_end_are_given_up(told: list[str]) -> None:
    """It is not asked for ever, and what it told is not taken for all."""
    with pytest.raises(RetryableError):
        seen(NeverDone({TOP: told}))


def test_messages_beside_the_folders_are_named() -> None:
    """No mail program shows the top of a mailbox; a restore or an import may have put something there."""
    (left,) = seen(Server({TOP: BORN}, at_the_top=2)).left

    assert (left.path, left.items, left.counted) == (("Top of the mailbox",), 2, True)
    assert seen(Server({TOP: BORN})).left == ()


def test_roles_are_known_without_the_words_of_a_language() -> None:
    """And the inbox has one path in every language."""
    found = seen(Server({TOP: [*BORN, folder("x", "inbox", name="Büro")]})).folders

    assert [(each.path, each.role) for each in found] == [
        (("INBOX",), Role.INBOX), (("INBOX", "Büro"), None), (("Gesendet",), Role.SENT),
    ]


def test_mail_below_a_folder_of_another_kind_moves() -> None:
    """The folder above it is made, and nothing in it is taken for mail."""
    found = seen(Server({TOP: [
        folder("calendar", TOP, kind="IPF.Appointment", items=9), folder("deep", "calendar", items=2),
        folder("tasks", TOP, kind="IPF.Task", items=4),
    ]})).folders

    assert [(each.path, each.selectable) for each in found] == [(("calendar",), False), (("calendar", "deep"), True)]


def test_a_folder_of_a_class_that_nobody_knows_moves_if_there_is_something_in_it() -> None:
    """Unless a program hides it; then it is named."""
    found = seen(Server({TOP: [
        folder("a", TOP, kind="IPF", items=1), folder("b", TOP, kind="IPF.Custom"),
        folder("c", TOP, kind="IPF.Appointments", items=2), folder("d", TOP, kind="X", items=3, hidden=True),
    ]}))

    assert [each.path for each in found.folders] == [("a",), ("c",)]
    assert [(each.path, each.items, each.counted) for each in found.left] == [(("d",), 3, True)]


def test_what_a_program_hides_is_named_whatever_it_is_for() -> None:
    """As no mail of its owner's, where its class is not one for mail."""
    found = seen(Server({TOP: [folder("cache", TOP, kind="IPF.Contact.RecipientCache", items=3, hidden=True)]}))

    assert [(each.path, each.items, each.counted) for each in found.left] == [(("cache",), 3, False)]


def test_folders_of_imap_and_without_a_class_are_for_mail() -> None:
    """And so are those of a class that is derived from that of mail; letters of either size."""
    found = seen(Server({TOP: [
        folder("a", TOP, kind="IPF.Imap"), folder("b", TOP, kind=""), folder("c", TOP, kind="ipf.note.custom"),
        folder("d", TOP, kind="IPF.Notebook"),
    ]})).folders

    assert [each.path for each in found] == [("a",), ("b",), ("c",)]


def test_an_outbox_moves_only_while_something_waits_in_it() -> None:
    """At the new place it is a folder like any other, and nothing is sent."""
    empty = Server({TOP: [folder("outbox", TOP)]})
    waiting = Server({TOP: [folder("outbox", TOP, items=1)]})

    assert [each.path for each in seen(empty).folders] == []
    assert [(each.path, each.role) for each in seen(waiting).folders] == [(("outbox",), None)]


def test_what_lies_below_a_folder_that_stays_stays_with_it() -> None:
    """Named with its own number, and counted where it is mail."""
    found = seen(Server({TOP: [
        folder("feeds", TOP, kind="IPF.Note.OutlookHomepage"), folder("news", "feeds", items=5),
        folder("log", TOP, kind="IPF.Journal", items=7), folder("own", TOP, hidden=True, items=2),
    ]}))

    assert found.folders == ()
    assert [(each.path, each.items, each.counted) for each in found.left] == [
        (("feeds", "news"), 5, True), (("log",), 7, False), (("own",), 2, True),
    ]
    assert found.left_out == 7


def test_search_folders_and_the_archive_are_mentioned_and_not_counted() -> None:
    """The owner's own search folders, that is: a program's have another class, or are hidden."""
    found = seen(Server({
        TOP: BORN,
        "searchfolders": [
            folder("Unread", "searchfolders", items=4, element="SearchFolder"),
            folder("Reminders", "searchfolders", kind="Outlook.Reminder", items=9, element="SearchFolder"),
            folder("Hidden", "searchfolders", items=9, element="SearchFolder", hidden=True),
        ],
        ARCHIVE: [folder("a", ARCHIVE, items=2), folder("b", "a", items=3)],
    }))

    assert found.left == (
        LeftFolder(("Unread",), 4, SEARCH, counted=False),
        LeftFolder(("In-Place Archive",), 5, IN_THE_ARCHIVE, counted=False),
    )
    assert found.left_out == 0


def test_a_mailbox_without_an_archive_and_with_few_standard_folders_is_read() -> None:
    """Only the top must be there."""
    found = seen(Server({TOP: BORN}, missing=(ARCHIVE, "searchfolders", "junkemail", "outbox"), since_2013=False))

    assert len(found.folders) == 2


@pytest.mark.parametrize("code", ["ErrorServerBusy", "ErrorAccessDenied", "ErrorGetRemoteArchiveFolderFailed"])
def test_an_archive_that_the_server_does_not_open_is_named(code: str) -> None:
    """Without a number, and it keeps nothing back."""
    found = seen(Server({TOP: BORN}, away={ARCHIVE: code}))

    assert len(found.folders) == 2
    assert found.left == (LeftFolder(("In-Place Archive",), None, ARCHIVE_UNSEEN, counted=False),)
    assert found.left_out == 0


def test_of_a_mailbox_without_an_archive_nothing_is_said() -> None:
    """The server says that none is enabled."""
    assert seen(Server({TOP: BORN}, away={ARCHIVE: NO_ARCHIVE})).left == ()
