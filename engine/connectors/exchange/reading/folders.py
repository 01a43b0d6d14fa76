"""The folders of a mailbox: which hold its owner's mail, and which never move.

Folders are known by their distinguished ids and classes, which no language changes ([MS-OXWSCDATA] 2.2.5.10,
[MS-OXOSFLD] 2.2.1). Exchange 2010 has no distinguished ids for Sync Issues and the three folders in it: there they are
known by their entry ids (noted.py). What never moves:

- Recoverable Items and all else beside the top of what its owner sees: not listed at all.
- folders that a program hides from the owner (PidTagAttributeHidden): settings, caches, feeds of other services.
- Sync Issues with its three folders: what a mail program noted of itself.
- RSS feeds: they are fetched anew.
- Search folders: they show the mail of other folders again.
- Folders for the journal; mail folders below them move. Those for contacts, appointments, tasks and notes are other
  contents', but for birthdays: a server makes them of the contacts.
- Contacts that are no one's own: suggestions and addresses that mail programs remember, copies of the directory, buddy
  lists, and what programs of Microsoft's hide among the contacts ([MS-OXOSFLD] 2.2.1).
- The archive mailbox.

Each is named in the report with the number of its items. A folder of a class that nobody knows moves if there is
something in it: what a class says binds no program, and what is no mail is told apart item by item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, CodeError, is_no_folder
from engine.connectors.exchange.read import DISTINGUISHED, FOLDER_PAGE, HIDDEN, IMAP
from engine.connectors.exchange.reading import noted
from engine.connectors.exchange.reading.asking import Asking, Question, raise_read
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.errors import FatalError, RefusedError, RetryableError
from engine.migration.content import Content
from engine.ports.destination import MAIL_CLASS
from engine.ports.source import FolderList, LeftFolder, Role, SourceFolder

INBOX = "INBOX"     # RFC 3501 5.1: the same path as over IMAP, whatever language its owner reads
TOP, OUTBOX, SEARCHES, ARCHIVE = "msgfolderroot", "outbox", "searchfolders", "archivemsgfolderroot"
MAIL = MAIL_CLASS.lower()
ROLES = {**DISTINGUISHED, "archive": Role.ARCHIVE}
# Of folders for something else than mail.
OF_CONTENTS = frozenset({Role.CALENDAR, Role.CONTACTS, Role.TASKS, Role.NOTES})

KEPT_BY_PROGRAMS = "kept by mail programs for themselves; its owner never sees it"
OF_PROGRAMS = "what a mail program noted of itself; it is no mail of its owner's"
SUGGESTIONS = "addresses that mail programs remember by themselves; they are nobody's contacts"
FEEDS = "news feeds, which a mail program fetches anew"
BIRTHDAYS = "birthdays of contacts, which the server enters by itself"
SEARCH = "a search folder, which only shows mail of other folders again"
JOURNAL = "the journal is not moved"
TOP_NAME = "Top of the mailbox"
AT_THE_TOP = "what lies beside the folders is not moved"
IN_THE_ARCHIVE = "the archive mailbox is not moved"
ARCHIVE_UNSEEN = f"{IN_THE_ARCHIVE}; it could not be looked at, so its items are not counted"
NO_ARCHIVE = "ErrorArchiveMailboxNotEnabled"
NEVER = {
    **dict.fromkeys(("syncissues", "conflicts", "localfailures", "serverfailures"), OF_PROGRAMS),
    **dict.fromkeys(
        ("yammerroot", "yammerfeeds", "yammerinbound", "yammeroutbound", "peopleconnect", "adminauditlogs"),
        KEPT_BY_PROGRAMS,
    ),
    **dict.fromkeys(("quickcontacts", "imcontactlist", "externalcontacts", "personmetadata"), KEPT_BY_PROGRAMS),
    "recipientcache": SUGGESTIONS,
    noted.SUGGESTED: SUGGESTIONS,
}                                   # by distinguished id
NEVER_OF_CLASS = {
    "ipf.note.outlookhomepage": FEEDS,      # [MS-OXOSFLD] 2.2.1, RSS Feeds
    "ipf.configuration": KEPT_BY_PROGRAMS,  # Conversation Action Settings, Quick Step Settings
    "ipf.files": KEPT_BY_PROGRAMS,
    "ipf.appointment.birthday": BIRTHDAYS,
    "ipf.contact.recipientcache": SUGGESTIONS,
    **dict.fromkeys(
        (
            "ipf.contact.moc", "ipf.contact.galcontacts", "ipf.contact.peoplecentricconversationbuddies",
            "ipf.contact.organizationalcontacts", "ipf.contact.company",
        ),
        KEPT_BY_PROGRAMS,
    ),
}
SUGGESTED = ("ipf.contact", "Suggested Contacts")       # as Outlook 2010 calls it; in other languages by its entry id
ALONE = "a folder for {}, which this migration does not move"
# Of folders for what moves beside mail. Those for tasks show no flagged mail: search folders do ([MS-OXOSFLD] 2.2.1).
CLASSES = {
    Content.CONTACTS: "ipf.contact", Content.CONTACT_GROUPS: "ipf.contact", Content.CALENDARS: "ipf.appointment",
    Content.TASKS: "ipf.task", Content.NOTES: "ipf.stickynote",
}
NOT_FOR_MAIL = {                            # by class, with all that are derived from it [MS-OXOSFLD] 2.2.1
    "ipf.appointment": ALONE.format("appointments"),
    "ipf.contact": ALONE.format("contacts"),
    "ipf.task": ALONE.format("tasks"),
    "ipf.stickynote": ALONE.format("notes"),
    "ipf.journal": JOURNAL,
}
ENTRY = "0xfff"                     # PidTagEntryId
_FIELDS = (
    '<t:FieldURI FieldURI="folder:ParentFolderId"/><t:FieldURI FieldURI="folder:FolderClass"/>'
    '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:TotalCount"/>'
    f'<t:ExtendedFieldURI PropertyTag="{HIDDEN}" PropertyType="Boolean"/>'
    f'<t:ExtendedFieldURI PropertyTag="{ENTRY}" PropertyType="Binary"/>'
)
_NAME = '<t:FieldURI FieldURI="folder:DistinguishedFolderId"/>'     # since 2013


@dataclass(frozen=True, slots=True)
class _Folder:
    id: str
    parent: str
    name: str
    called: str         # its distinguished id, "" where it has none
    kind: str           # its class, in small letters
    hidden: bool
    search: bool
    items: int

    @property
    def is_mail(self) -> bool:
        """True: it is for mail, by its class; one of a class that nobody knows is if there is something in it."""
        named = _is_a(self.kind, MAIL) or self.kind.startswith(IMAP)
        known = bool(self.other_use or self.never)
        return not self.search and (named or (not known and self.items > 0))

    def is_for(self, content: Content) -> bool:
        """True: by its class, it is for the items of that content, which is not mail."""
        return not self.search and _is_a(self.kind, CLASSES[content])

    @property
    def other_use(self) -> str:
        """Why it stays, where it is for something else than mail; "" where it is not."""
        return next((reason for kind, reason in NOT_FOR_MAIL.items() if _is_a(self.kind, kind)), "")

    @property
    def reason(self) -> str:
        """Why it never moves; "" where nothing of its own speaks against it."""
        suggested = SUGGESTIONS if (self.kind, self.name) == SUGGESTED else ""
        return NEVER.get(self.called) or self.never or suggested or (KEPT_BY_PROGRAMS if self.hidden else "")

    @property
    def never(self) -> str:
        """Why no folder of its class moves; "" where such folders do."""
        return next((reason for kind, reason in NEVER_OF_CLASS.items() if _is_a(self.kind, kind)), "")


def _is_a(kind: str, base: str) -> bool:
    """True: the class is that one or derived from it."""
    return kind == base or kind.startswith(f"{base}.")


def look(asking: Asking) -> tuple[FolderList, int, int]:
    """Every folder for mail, and those that stay; how much mail there is, and how many appointments.

    Raises FatalError, RetryableError.
    """
    standard, below, top = _looked_at(asking)
    found = _Tree(below, top)
    searches = list(_searches(asking, standard.ids.get(SEARCHES)))
    beside = [LeftFolder((TOP_NAME,), standard.at_the_top, AT_THE_TOP)] if standard.at_the_top else []
    left = (*beside, *found.left(), *searches, *_archive(asking, standard.ids.get(ARCHIVE)))
    events = _Tree(below, top, lambda folder: folder.is_for(Content.CALENDARS)).items
    return FolderList(tuple(found.moving()), left=left), found.items, events


def look_at(asking: Asking, *, content: Content) -> FolderList:
    """Every folder for the items of that content, which is not mail, and those that stay.

    Raises FatalError, RetryableError.
    """
    _, below, top = _looked_at(asking)
    found = _Tree(below, top, lambda folder: folder.is_for(content))
    left = tuple(each for each in found.left() if each.counted)
    return FolderList(tuple(found.moving()), left=left)


def _looked_at(asking: Asking) -> tuple[_Standard, list[_Folder], str]:
    """The folders that have a distinguished id, all that its owner sees, and the top of these."""
    standard = _standard(asking)
    top = standard.ids.get(TOP)
    if top is None:
        raise AnswerLostError("The source does not tell where its folders are.")
    return standard, list(_below(asking, top, standard.named)), top


@dataclass(slots=True)
class _Standard:
    """The ids of folders by their distinguished ids, without those that the mailbox has not.

    `named` are distinguished ids by id, or by entry id. `at_the_top` is how many items lie at the top of the mailbox.
    """

    ids: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    at_the_top: int = 0

    def take(self, name: str, folder: etree._Element | None) -> None:
        """Takes up the folder that the server has told for that name."""
        self.ids[name] = _id(folder, "FolderId")
        if self.ids[name]:
            self.named[self.ids[name]] = name
        if name == TOP:
            self.at_the_top = _items(folder)
        if folder is not None:
            self.named |= noted.noted_in(_properties(folder))


def _standard(asking: Asking) -> _Standard:
    """Asks for the folders that have a distinguished id.

    The id of the archive is "" where the server does not say whether there is one.
    """
    names = (TOP, *DISTINGUISHED, OUTBOX, SEARCHES, ARCHIVE)
    ids = "".join(f'<t:DistinguishedFolderId Id="{name}"/>' for name in names)
    body = (
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f'<t:FieldURI FieldURI="folder:TotalCount"/>{noted.URIS}</t:AdditionalProperties>'
        f"</m:FolderShape><m:FolderIds>{ids}</m:FolderIds></m:GetFolder>"
    )
    found = _Standard()
    for name, message in zip(names, asking.all(Question(body, len(names))), strict=True):
        if not isinstance(message, CodeError):
            found.take(name, message.find(f"{MESSAGES}Folders/*"))
        elif name == ARCHIVE and not (is_no_folder(message) or message.code == NO_ARCHIVE):
            found.ids[name] = ""
        elif name != ARCHIVE and (name == TOP or not is_no_folder(message)):
            raise_read(message)
    return found


def _below(asking: Asking, root: str, named: dict[str, str], *, deep: bool = True) -> Iterator[_Folder]:
    """Every folder below another one, page by page. `named` are distinguished ids by id, or by entry id."""
    offset, told = 0, 0
    seen: set[str] = set()
    while True:
        page = asking.read(Question(_page(root, offset, deep=deep, since_2013=asking.since_2013)), _root)
        for element in page.iterfind(f"{TYPES}Folders/*"):
            found = _folder(element, named)
            seen.add(found.id)
            yield found
        if page.get("IncludesLastItemInRange") in ("true", "1"):
            return
        following = page.get("IndexedPagingOffset") or ""
        if not following.isdecimal() or int(following) <= offset or len(seen) == told:
            raise AnswerLostError("The source's answer lacks what was asked for.")
        offset, told = int(following), len(seen)


def _page(root: str, offset: int, *, deep: bool, since_2013: bool) -> str:
    return (
        f'<m:FindFolder Traversal="{"Deep" if deep else "Shallow"}"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"<t:AdditionalProperties>{_FIELDS}{_NAME * since_2013}</t:AdditionalProperties></m:FolderShape>"
        f'<m:IndexedPageFolderView MaxEntriesReturned="{FOLDER_PAGE}" Offset="{offset}" BasePoint="Beginning"/>'
        f"<m:ParentFolderIds><t:FolderId Id={attribute(root)}/></m:ParentFolderIds></m:FindFolder>"
    )


def _root(answer: list[etree._Element | CodeError]) -> etree._Element:
    message = answer[0]
    if isinstance(message, CodeError):
        raise_read(message)
    root = message.find(f"{MESSAGES}RootFolder")
    if root is None or root.get("IncludesLastItemInRange") not in ("true", "1", "false", "0"):
        raise AnswerLostError("The source's answer lacks what was asked for.")
    return root


def _folder(element: etree._Element, named: dict[str, str]) -> _Folder:
    folder_id, properties = _id(element, "FolderId"), _properties(element)
    entry = "".join(properties.get(ENTRY, ()))
    return _Folder(
        id=folder_id,
        parent=_id(element, "ParentFolderId"),
        name=element.findtext(f"{TYPES}DisplayName") or "",
        called=element.findtext(f"{TYPES}DistinguishedFolderId") or named.get(folder_id) or named.get(entry, ""),
        kind=(element.findtext(f"{TYPES}FolderClass") or MAIL_CLASS).lower(),     # [MS-OXOSFLD] 2.2.8
        hidden=properties.get(HIDDEN) in (("true",), ("1",)),
        search=element.tag == f"{TYPES}SearchFolder",
        items=_items(element),
    )


def _properties(element: etree._Element) -> dict[str, tuple[str, ...]]:
    """The values of each extended property that has a tag, by the tag without leading zeros, as in "0xfff"."""
    found = {}
    for one in element.iterfind(f"{TYPES}ExtendedProperty"):
        uri = one.find(f"{TYPES}ExtendedFieldURI")
        digits = "" if uri is None else (uri.get("PropertyTag") or "").lower().removeprefix("0x").lstrip("0")
        found[f"0x{digits}"] = tuple((value.text or "").strip() for value in one.iter(f"{TYPES}Value"))
    return found


def _items(element: etree._Element | None) -> int:
    """How many items a folder holds; 0 where the server does not say."""
    count = "" if element is None else element.findtext(f"{TYPES}TotalCount") or ""
    return int(count) if count.isdecimal() and len(count) < 10 else 0


def _id(element: etree._Element | None, name: str) -> str:
    found = None if element is None else element.find(f"{TYPES}{name}")
    return "" if found is None else found.get("Id") or ""


class _Tree:
    """The folders below the top, with their paths."""

    def __init__(
        self, folders: list[_Folder], top: str, wanted: Callable[[_Folder], bool] = lambda folder: folder.is_mail
    ) -> None:
        """`wanted`: the folder is for what is read."""
        self._top = top
        self._wanted = wanted
        self._by_id = {folder.id: folder for folder in folders}
        self._paths = {folder.id: self._path(folder) for folder in folders}
        self._reasons = {folder.id: self._reason(folder) for folder in folders}

    def _line(self, folder: _Folder) -> list[_Folder]:
        """The folder and those above it, from it to the top; as far as they are known."""
        line: list[_Folder] = []
        at: _Folder | None = folder
        while at is not None and at not in line:
            line.append(at)
            at = self._by_id.get(at.parent)
        return line

    def _path(self, folder: _Folder) -> tuple[str, ...]:
        return tuple(INBOX if each.called == "inbox" else each.name for each in reversed(self._line(folder)))

    def _reason(self, folder: _Folder) -> str:
        """Why a folder stays: for its own reason, or that of one that it lies in."""
        return next((each.reason for each in self._line(folder) if each.reason), "")

    def _moves(self, folder: _Folder) -> bool:
        waits = folder.called != OUTBOX or folder.items > 0     # nobody misses an empty outbox
        return self._wanted(folder) and not self._reasons[folder.id] and waits

    @property
    def items(self) -> int:
        """How many items the folders that move hold together."""
        return sum(folder.items for folder in self._by_id.values() if self._moves(folder))

    def moving(self) -> Iterator[SourceFolder]:
        """The folders that move, and those above them, parents first."""
        moving = [folder for folder in self._by_id.values() if self._moves(folder)]
        needed = {above.id for folder in moving for above in self._line(folder)}
        for folder_id in sorted(needed, key=lambda each: (self._paths[each][:1] != (INBOX,), self._paths[each])):
            folder = self._by_id[folder_id]
            yield SourceFolder(
                self._paths[folder_id], folder_id, self._role(folder), selectable=self._moves(folder)
            )

    def _role(self, folder: _Folder) -> Role | None:
        role = ROLES.get(folder.called)
        return None if role in OF_CONTENTS and not self._wanted(folder) else role     # there it only holds others

    def left(self) -> Iterator[LeftFolder]:
        """The folders that stay, as far as there is something in them."""
        for folder in self._by_id.values():
            wanted = self._wanted(folder)
            other_use = "" if wanted else folder.other_use
            reason = SEARCH if folder.search else self._reasons[folder.id] or other_use
            if reason and folder.items and (folder.kind.startswith(MAIL) or not folder.search):
                of = frozenset(each for each in CLASSES if folder.is_for(each)) if reason == other_use else frozenset()
                yield LeftFolder(self._paths[folder.id], folder.items, reason, counted=wanted, of=of)


def _searches(asking: Asking, root: str | None) -> Iterator[LeftFolder]:
    """The search folders that its owner made, and what each shows; none where they cannot be looked at."""
    for folder in _optional(asking, root, deep=False) or ():
        if folder.search and folder.items and not folder.hidden and folder.kind.startswith(MAIL):
            yield LeftFolder((folder.name,), folder.items, SEARCH, counted=False)


def _archive(asking: Asking, root: str | None) -> Iterator[LeftFolder]:
    """The archive mailbox, by the number of all its items; without a number where it cannot be looked at."""
    if root is None:
        return
    folders = _optional(asking, root)
    items = None if folders is None else sum(folder.items for folder in folders)
    if items != 0:
        reason = ARCHIVE_UNSEEN if items is None else IN_THE_ARCHIVE
        yield LeftFolder(("In-Place Archive",), items, reason, counted=False)


def _optional(asking: Asking, root: str | None, *, deep: bool = True) -> list[_Folder] | None:
    """The folders below one that only the report needs. None: it cannot be looked at, while the mailbox answers.

    An archive may lie in another database, at another server, and under other rights than the mailbox.
    """
    if not root:
        return None
    try:
        return list(_below(asking, root, {}, deep=deep))
    except (FatalError, RefusedError, RetryableError):
        if not asking.answers():
            raise
        return None
