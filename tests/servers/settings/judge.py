"""What rules, categories and out-of-office settings of a mailbox say in raw XML; none of it goes through the engine."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from emulators.exchange import ExchangeEmulator
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from tests.servers.exchange.pair import Mailbox
from tests.servers.items.judge import Judge
from tests.servers.settings.colour_seeds import COUNTED
from tests.servers.settings.rule_mail import Letter
from tests.servers.settings.rule_planting import Called

Part = tuple[str, ...]
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SHORTCUT = "keyboardShortcut"
_INSIDE = "(inside)"
_CATEGORIES = "{CategoryList.xsd}category"


@dataclass(frozen=True)
class Told:
    """A rule as its mailbox tells it: folders by their paths, the owner as [[me]], people by their SMTP addresses."""

    name: str
    enabled: bool
    in_error: bool
    conditions: tuple[str, ...]
    exceptions: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Set:
    """Out-of-office settings; a reply is its words and its language."""

    state: str
    audience: str
    when: tuple[str, str]
    inside: tuple[str, str]
    outside: tuple[str, str]


@dataclass(frozen=True)
class Categories:
    """A list of categories: attributes of the list, and of each category, with what is inside of it."""

    attributes: Mapping[str, str]
    each: Sequence[Mapping[str, str]]

    def named(self, name: str) -> list[Mapping[str, str]]:
        """Those of a name, whatever its letters."""
        return [one for one in self.each if one["name"].casefold() == name.casefold()]


@dataclass
class Looking:
    """A mailbox by raw requests. `renames` are folders that are called otherwise here than in what is compared."""

    mailbox: Mailbox
    address: str
    renames: Mapping[str, str] = field(default_factory=dict)
    also_me: Sequence[str] = ()

    def asked(self, body: str) -> Any:
        """The answer to a request."""
        sessions = self.mailbox.sessions
        return parse(sessions.ask(envelope(body, version=b"Exchange2013")), sessions.side)

    def folders(self) -> dict[str, str]:
        """The path of each folder, by its id."""
        found = Judge(self.mailbox, []).folders()
        return {key: self._path(path) for path, (key, _) in found.items()}

    def _path(self, path: str) -> str:
        first, slash, rest = path.partition("/")
        return f"{self.renames.get(first, first)}{slash}{rest}"

    def rules(self) -> list[Told]:
        """The rules, in their order."""
        answer, folders = self.asked("<m:GetInboxRules/>"), self.folders()
        return [self._rule(one, folders) for one in answer.iter(f"{TYPES}Rule")]

    def blob(self) -> bool:
        """Whether Outlook has a copy of the rules."""
        return bool(self.asked("<m:GetInboxRules/>").findtext(f".//{MESSAGES}OutlookRuleBlobExists") == "true")

    def _rule(self, one: Any, folders: Mapping[str, str]) -> Told:
        parts = [tuple(self._said(part, folders) for part in one.iterfind(f"{TYPES}{holder}/*"))
                 for holder in ("Conditions", "Exceptions", "Actions")]
        return Told(one.findtext(f"{TYPES}DisplayName"), one.findtext(f"{TYPES}IsEnabled") == "true",
                    one.findtext(f"{TYPES}IsInError") == "true", *parts)

    def _said(self, part: Any, folders: Mapping[str, str]) -> str:
        name = etree.QName(part).localname
        if name == "FolderId":
            return f"folder {folders.get(part.get('Id'), 'nowhere')}"
        if name == "Address":
            return self._person(part)
        inner = [self._said(one, folders) for one in part] or [part.text or ""]
        return f"{name}({', '.join(inner)})"

    def _person(self, part: Any) -> str:
        address = str(part.findtext(f"{TYPES}EmailAddress")).lower()
        if address in (self.address, *self.also_me):
            return "[[me]]"
        routing = part.findtext(f"{TYPES}RoutingType") or "SMTP"
        return f"{part.findtext(f'{TYPES}Name', '').casefold()} <{address}> by {routing}"

    def away(self) -> Set:
        """The out-of-office settings."""
        answer = self.asked(f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{self.address}</t:Address></t:Mailbox>"
                            "</m:GetUserOofSettingsRequest>")
        found = answer.find(f".//{TYPES}OofSettings")
        replies = [found.find(f"{TYPES}{name}") for name in ("InternalReply", "ExternalReply")]
        inside, outside = (((one.findtext(f"{TYPES}Message") or ""), one.get(_LANGUAGE) or "") for one in replies)
        times = [found.findtext(f"{TYPES}Duration/{TYPES}{name}") for name in ("StartTime", "EndTime")]
        return Set(found.findtext(f"{TYPES}OofState"), found.findtext(f"{TYPES}ExternalAudience"),
                   (times[0], times[1]), inside, outside)

    def categories(self) -> Categories | None:
        """The list of categories, if there is one."""
        answer = self.asked(
            '<m:GetUserConfiguration><m:UserConfigurationName Name="CategoryList">'
            '<t:DistinguishedFolderId Id="calendar"/></m:UserConfigurationName>'
            "<m:UserConfigurationProperties>XmlData</m:UserConfigurationProperties>"
            "</m:GetUserConfiguration>")
        data = answer.findtext(f".//{TYPES}XmlData")
        return None if data is None else _categories(etree.fromstring(b64decode(data)))


def _categories(root: Any) -> Categories:
    assert root.tag == "{CategoryList.xsd}categories", root.tag
    assert {one.tag for one in root} <= {_CATEGORIES}, etree.tostring(root)
    inside = ["".join(str(etree.canonicalize(each)) for each in one) for one in root]
    return Categories(dict(root.attrib), [{**one.attrib, _INSIDE: more}
                                          for one, more in zip(root, inside, strict=True)])


def plain(category: Mapping[str, str]) -> dict[str, str]:
    """A category without what Outlook counts."""
    return {name: value for name, value in category.items() if name not in COUNTED}


def merged(source: Categories, own: Categories | None) -> list[dict[str, str]]:
    """What the destination has to have: its owner's, and what they have not, on shortcuts that are free.

    What is inside of a category that moves is not looked at: nobody has said that there may be anything.
    """
    found = [dict(one) for one in own.each] if own else []
    names = {one["name"].casefold() for one in found}
    taken = {one.get(_SHORTCUT, "0") for one in found} - {"0"}
    for one in source.each:
        if one["name"].casefold() not in names:
            shortcut = one.get(_SHORTCUT, "0")
            known = {key: value for key, value in one.items() if key != _INSIDE}
            found.append({**known, _SHORTCUT: "0" if shortcut in taken else shortcut})
    return found


def same_categories(here: Categories, wanted: Iterable[Mapping[str, str]]) -> list[tuple[object, object]]:
    """(what there is, what there has to be) of each name where they differ; shortcuts that are unset are 0."""
    def apart(each: Iterable[Mapping[str, str]]) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for one in each:
            found.setdefault(one["name"], []).append({_SHORTCUT: "0", **plain(one)})
        return found

    now, then = apart(here.each), apart(wanted)
    for name, each in now.items():
        for one, due in zip(each, then.get(name, ()), strict=False):
            due.setdefault(_INSIDE, one[_INSIDE])
    return [(now.get(name), then.get(name)) for name in sorted({*now, *then}) if now.get(name) != then.get(name)]


def normal(dump: str) -> str:
    """A dump whose list of categories is written in one way, as XML may be in several."""
    def told(found: re.Match[str]) -> str:
        return str(etree.canonicalize(b64decode(found[1]).decode()))
    return re.sub(r"(?<=configuration CategoryList None )(\S+)", told, dump)


Outcome = Mapping[str, list[tuple[str, bool, tuple[str, ...], str]]]


@dataclass(frozen=True)
class Arrived:
    """What became of mail: of each message where it lies and how it is marked, and what was sent on because of it."""

    lies: Outcome
    sent: Counter[tuple[str, tuple[str, ...], str]]

    def on(self) -> int:
        """How many messages rules sent on."""
        return sum(many for (kind, _, _), many in self.sent.items() if kind.startswith("rule "))


def delivered(emulator: ExchangeEmulator, looking: Looking, called: Called, letters: Sequence[Letter]) -> Arrived:
    """Lets mail arrive, looks what becomes of it, and puts everything back as it was."""
    before, owner = emulator.copied(), {"me": called.me, "alias": called.alias}
    try:
        for one in letters:
            emulator.deliver(called.me, one.to(owner))
        lies: dict[str, list[tuple[str, bool, tuple[str, ...], str]]] = {one.subject: [] for one in letters}
        for found in emulator.messages(called.me):
            if found.subject in lies:
                path = looking._path("/".join(found.folder))
                lies[found.subject].append((path, found.is_read, tuple(found.categories), found.importance))
        mine = [one for one in emulator.outgoing() if one.mailbox == called.me]
        me = (looking.address, *looking.also_me)
        sent = Counter((one.kind, tuple("[[me]]" if to.lower() in me else to for to in one.recipients), one.subject)
                       for one in mine)
        return Arrived({subject: sorted(where) for subject, where in lies.items()}, sent)
    finally:
        emulator.put_back(before)


def otherwise(one: Arrived, other: Arrived) -> list[tuple[str, object, object]]:
    """(subject, there, here) of each message of which it differs where it lies, how it is marked, who got it."""
    lies = [(subject, where, other.lies.get(subject)) for subject, where in one.lies.items()
            if where != other.lies.get(subject)]
    return lies + [(str(sent), one.sent[sent], other.sent[sent]) for sent in sorted({*one.sent, *other.sent})
                   if one.sent[sent] != other.sent[sent]]
