"""What contacts, groups, tasks and notes of two mailboxes say in raw XML; none of it goes through the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from engine.connectors.exchange.tags import PROPERTY_NAME, TAG_FIELD
from engine.items.tags import UNFINISHED
from tests.servers.exchange.pair import Mailbox
from tests.servers.items.seeds import COMMON, TASK, Seed, named

Facts = dict[str, list[str]]
Found = dict[str, list[Facts]]
CLASSES = {"Contact": "IPF.Contact", "DistributionList": "IPF.Contact", "Task": "IPF.Task", "Message": "IPF.StickyNote"}
# What a mailbox numbers, dates and sums by itself, so that no client can write it: read-only in [MS-OXWSCORE] 2.2.4.24
# (ItemId, ParentFolderId, Size, DateTimeReceived, DateTimeSent, DateTimeCreated, LastModifiedName, LastModifiedTime,
# ConversationId, WebClientReadFormQueryString, the AttachmentId of attachments), in [MS-OXWSMSG] 2.2.4.1
# (InternetMessageId, ConversationIndex), and how often a task was changed ([MS-OXWSTASK] 2.2.4.3, ChangeCount).
COMPUTED = frozenset(
    {
        "ItemId",
        "ParentFolderId",
        "Size",
        "DateTimeReceived",
        "DateTimeSent",
        "DateTimeCreated",
        "LastModifiedName",
        "LastModifiedTime",
        "ConversationId",
        "WebClientReadFormQueryString",
        "AttachmentId",
        "InternetMessageId",
        "ConversationIndex",
        "ChangeCount",
    }
)
# Tasks: PidLidTaskStatus, -PercentComplete, -TaskStartDate, -TaskDueDate, -TaskDateCompleted, -TaskComplete,
# -TaskFRecurring; PidLidReminderSet ([MS-OXPROPS]). PidTagIconIndex.
_ALWAYS = {
    "tag:0x1080": "Integer",
    **{
        named(TASK, number): kind
        for number, kind in (
            (0x8101, "Integer"),
            (0x8102, "Double"),
            (0x8104, "SystemTime"),
            (0x8105, "SystemTime"),
            (0x810F, "SystemTime"),
            (0x811C, "Boolean"),
            (0x8126, "Boolean"),
        )
    },
    named(COMMON, 0x8503): "Boolean",
}
# A message that is attached travels by its MIME, which a server renders anew; what it renders is no draft.
RENDERED = frozenset({"InternetMessageHeaders", "IsDraft", "ResponseObjects"})
_REMINDER = "0x8503"     # PidLidReminderSet
_AT_ONCE = 100
_NAMESPACES = re.compile(r' xmlns:\w+="[^"]*"')


def uri(path: str, kind: str) -> str:
    """The ExtendedFieldURI of a property by its path."""
    if path.startswith("tag:"):
        return f'<t:ExtendedFieldURI PropertyTag="{path[4:]}" PropertyType="{kind}"/>'
    where, _, what = path.partition("/")
    name, _, value = what.partition(":")
    given = f'PropertyName="{value}"' if name == "name" else f'PropertyId="{value}"'
    return f'<t:ExtendedFieldURI PropertySetId="{where.strip("{}")}" {given} PropertyType="{kind}"/>'


def shape(seeds: Sequence[Seed]) -> str:
    """All properties, and the MAPI properties that seeds have."""
    asked = _ALWAYS | {path: value[0] for seed in seeds for path, value in seed.properties.items()}
    more = TAG_FIELD + "".join(uri(path, kind) for path, kind in sorted(asked.items()))
    return (
        "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>"
        f"{more}</t:AdditionalProperties></m:ItemShape>"
    )


class Judge:
    """A mailbox, looked at by raw requests; `names` are put in the place of others, of the owner's old address."""

    def __init__(
        self,
        mailbox: Mailbox,
        seeds: Sequence[Seed],
        names: Mapping[str, str] | None = None,
        version: str = "Exchange2016",
    ) -> None:
        """Judge what a mailbox has of the kinds that seeds are."""
        self._mailbox, self._names, self._version = mailbox, names or {}, version.encode()
        self._shape = shape(seeds)
        self.kinds = {seed.kind for seed in seeds}

    def asked(self, body: str) -> Any:
        """The answer to a request of the version that knows what seeds hold."""
        sessions = self._mailbox.sessions
        return parse(sessions.ask(envelope(body, version=self._version)), sessions.side)

    def folders(self) -> dict[str, tuple[str, str]]:
        """(id, class) of each folder, by its path."""
        answer = self.asked(
            '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>'
            '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
        )
        found = {one.find(f"{TYPES}FolderId").get("Id"): one for one in answer.iterfind(f".//{TYPES}Folders/*")}

        def path(one: Any) -> str:
            above, name = found.get(one.find(f"{TYPES}ParentFolderId").get("Id")), one.findtext(f"{TYPES}DisplayName")
            return name if above is None else f"{path(above)}/{name}"

        return {path(one): (key, one.findtext(f"{TYPES}FolderClass") or "") for key, one in found.items()}

    def ids(self, kind: str) -> dict[str, str]:
        """The path of each item of a kind, by its id, in whatever folder of its class it lies."""
        found: dict[str, str] = {}
        for path, (folder, folder_class) in self.folders().items():
            if folder_class.startswith(CLASSES[kind]):
                found |= {
                    one.find(f"{TYPES}ItemId").get("Id"): path
                    for one in self._listed(folder)
                    if etree.QName(one).localname == kind
                }
        return found

    def _listed(self, folder: str) -> Iterator[Any]:
        """What lies in a folder; a server may give fewer at once than it is asked for."""
        offset, more = "0", True
        while more:
            answer = self.asked(
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
                f'<m:IndexedPageItemView MaxEntriesReturned="500" Offset="{offset}" BasePoint="Beginning"/>'
                f'<m:ParentFolderIds><t:FolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>'
            )
            root = answer.find(f".//{MESSAGES}RootFolder")
            yield from root.iterfind(f"{TYPES}Items/*")
            offset, more = root.get("IndexedPagingOffset"), root.get("IncludesLastItemInRange") != "true"

    def named(self, kind: str) -> dict[str, list[str]]:
        """The ids of the items of a kind, by their subjects."""
        found: dict[str, list[str]] = {}
        for one, raw in self._raw(list(self.ids(kind))):
            found.setdefault(raw.findtext(f"{TYPES}Subject") or "", []).append(one)
        return found

    def _raw(self, ids: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            wanted = "".join(f'<t:ItemId Id="{one}"/>' for one in part)
            answer = self.asked(f"<m:GetItem>{self._shape}<m:ItemIds>{wanted}</m:ItemIds></m:GetItem>")
            assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, etree.tostring(answer)
            yield from zip(part, answer.iterfind(f".//{MESSAGES}Items/*"), strict=True)

    def all(self) -> Found:
        """Of each item what it says of itself, by its kind and subject; those of one subject are sorted."""
        paths = {one: path for kind in sorted(self.kinds) for one, path in self.ids(kind).items()}
        raw = list(self._raw(list(paths)))
        subjects = {one: item.findtext(f"{TYPES}Subject") or "" for one, item in raw}
        files = self._files([one.get("Id") for _, item in raw for one in item.iter(f"{TYPES}AttachmentId")])
        found: Found = {}
        for one, item in raw:
            kind = etree.QName(item).localname
            found.setdefault(f"{kind}: {subjects[one]}", []).append(
                {"place": [paths[one]]} | self._facts(item, files, subjects)
            )
        return {name: sorted(each, key=lambda facts: str(sorted(facts.items()))) for name, each in found.items()}

    def _facts(self, item: Any, files: Mapping[str, str], subjects: Mapping[str, str]) -> Facts:
        found: Facts = {"files": sorted(files[one.get("Id")] for one in item.iter(f"{TYPES}AttachmentId"))}
        for holder in item.findall(f"{TYPES}Attachments"):
            item.remove(holder)
        for holder in item.findall(f"{TYPES}Members"):
            found["Members"] = sorted({member(one, subjects) for one in holder})
            item.remove(holder)
        for one in [each for each in item.iter() if etree.QName(each).localname in COMPUTED]:
            one.getparent().remove(one)
        for one in item:
            name = _name(one)
            if name == _REMINDER and one.findtext(f"{TYPES}Value") == "false":
                continue        # none is the same
            if name != PROPERTY_NAME:
                found.setdefault(name, []).append(self._renamed(one))
            elif (one.findtext(f"{TYPES}Value") or "").endswith(UNFINISHED):
                found["unfinished"] = ["yes"]
        return found

    def _renamed(self, one: Any) -> str:
        raw = _NAMESPACES.sub("", etree.tostring(one, method="c14n").decode())
        for old, new in self._names.items():
            raw = raw.replace(old, new)
        return raw

    def _files(self, ids: Sequence[str]) -> dict[str, str]:
        """What is attached, each by its id."""
        told: list[str] = []
        for start in range(0, len(ids), _AT_ONCE):
            wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in ids[start : start + _AT_ONCE])
            answer = self.asked(f"<m:GetAttachment><m:AttachmentIds>{wanted}</m:AttachmentIds></m:GetAttachment>")
            held = list(answer.iterfind(f".//{MESSAGES}Attachments/*"))
            for each in [each for one in held for each in one.iter() if _is_left_out(each)]:
                each.getparent().remove(each)
            told += [self._renamed(one) for one in held]
        return dict(zip(ids, told, strict=True))

    def expanded(self) -> dict[str, set[str]]:
        """Whom a message to each group would reach, by the group's name: ExpandDL, and what is within it.

        The parts of a group that was split are one; so are groups of one name.
        """
        named_ = self.named("DistributionList")
        found: dict[str, set[str]] = {}
        for name, ids in named_.items():
            for one in ids:
                found.setdefault(name, set()).update(self._reached(one, set()))
        return found

    def _reached(self, group: str, seen: set[str]) -> set[str]:
        if group in seen:
            return set()
        seen.add(group)
        answer = self.asked(f'<m:ExpandDL><m:Mailbox><t:ItemId Id="{group}"/></m:Mailbox></m:ExpandDL>')
        found: set[str] = set()
        for one in answer.iterfind(f".//{MESSAGES}DLExpansion/{TYPES}Mailbox"):
            within = one.find(f"{TYPES}ItemId")
            if one.findtext(f"{TYPES}MailboxType") == "PrivateDL":
                found |= set() if within is None else self._reached(within.get("Id"), seen)
            elif address := one.findtext(f"{TYPES}EmailAddress"):
                found.add(address)
        return found


def _is_left_out(one: Any) -> bool:
    """Whether that part of an attachment is the mailbox's own."""
    name, above = etree.QName(one).localname, one.getparent()
    return name in COMPUTED or (name in RENDERED and above is not None and etree.QName(above).localname == "Message")


def _name(one: Any) -> str:
    """What a fact is called: its element, or the property by its number or name."""
    if etree.QName(one).localname != "ExtendedProperty":
        return str(etree.QName(one).localname)
    given = one[0]
    return str(given.get("PropertyName") or given.get("PropertyTag") or f"0x{int(given.get('PropertyId')):04x}")


def member(one: Any, subjects: Mapping[str, str]) -> str:
    """A member in words: name, address, routing, type, whether it is there, and the item that it refers to."""
    mailbox = one.find(f"{TYPES}Mailbox")
    of = mailbox.find(f"{TYPES}ItemId")
    words = [
        mailbox.findtext(f"{TYPES}{name}") or "" for name in ("Name", "EmailAddress", "RoutingType", "MailboxType")
    ]
    status = one.findtext(f"{TYPES}Status") or ""
    return " | ".join((*words, status, "" if of is None else f"-> {subjects.get(of.get('Id'), '?')}"))


def differences(there: Found, here: Found) -> list[tuple[str, str, list[str] | None, list[str] | None]]:
    """(item, field, what it was, what it is) of whatever is otherwise; the field is "" of an item that is not there."""
    found: list[tuple[str, str, list[str] | None, list[str] | None]] = []
    for name, each in there.items():
        others = here.get(name, [])
        if len(each) != len(others):
            found.append((name, "", [str(len(each))], [str(len(others))]))
            continue
        for old, new in zip(each, others, strict=True):
            found += [
                (name, field, old.get(field), new.get(field))
                for field in sorted({*old, *new})
                if old.get(field) != new.get(field)
            ]
    return found
