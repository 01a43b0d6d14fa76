"""A setting that no product file names: words by key, kept in the dictionary of a user configuration.

It stands in the place of Content.OUT_OF_OFFICE in engines that tests build. A value with commas is a list: what the
source has more is added to it. Any other value that the mailbox has is its owner's, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from engine.connectors.exchange.errors import outcome_of_request
from engine.connectors.exchange.read import ask_one
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import TYPES, envelope, parse, single
from engine.contents import contents
from engine.errors import GoneError, OmmError
from engine.migration.content import Content
from engine.ports.items import DONE, Outcome
from engine.ports.settings import Entry
from engine.settings.plan import OWNERS, LeftOut
from engine.settings.way import SettingWay

CONFIGURATION = '<%s:UserConfigurationName Name="Toy"><t:DistinguishedFolderId Id="inbox"/></%s:UserConfigurationName>'


def merged(there: Entry | None, wanted: Entry) -> Entry | LeftOut:
    """A list with what it lacks behind what it has."""
    if there is None:
        return wanted
    if "," not in there.value:
        return OWNERS
    has = there.value.split(",")
    more = [word for word in wanted.value.split(",") if word not in has]
    return Entry(there.key, there.name, ",".join((*has, *more)))


TOY = SettingWay(Content.OUT_OF_OFFICE, merged)
WAYS = contents(TOY)


@dataclass(frozen=True)
class ToySettings:
    """The toy of an Exchange mailbox. Its dictionary is written whole, so it is read before each change."""

    sessions: Sessions

    def read(self) -> list[Entry]:
        return [Entry(key, key, value) for key, value in (self._there() or {}).items()]

    def _there(self) -> dict[str, str] | None:
        body = envelope(
            f"<m:GetUserConfiguration>{CONFIGURATION % ('m', 'm')}<m:UserConfigurationProperties>Dictionary"
            "</m:UserConfigurationProperties></m:GetUserConfiguration>"
        )
        try:
            found = ask_one(self.sessions, body)
        except GoneError:
            return None
        return dict(_pair(entry) for entry in found.iter(f"{TYPES}DictionaryEntry"))

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return self._changed({entry.key: entry.value for entry in add}, len(add))

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        were = {entry.key: entry.value for entry in before}
        return self._changed({entry.key: were.get(entry.key) for entry in ours}, len(ours))

    def _changed(self, values: Mapping[str, str | None], count: int) -> list[Outcome]:
        try:
            there = self._there()
            now = {**(there or {}), **values}
            body = _written("Create" if there is None else "Update", now)
            single(parse(self.sessions.post(body, len(body))))
        except OmmError as error:
            return [outcome_of_request(error, count)] * count
        return [DONE] * count


def _pair(entry: etree._Element) -> tuple[str, str]:
    key, value = (value.text or "" for value in entry.iter(f"{TYPES}Value"))
    return key, value


def _written(verb: str, values: Mapping[str, str | None]) -> bytes:
    entries = "".join(
        f"<t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>{escape(key)}</t:Value></t:DictionaryKey>"
        f"<t:DictionaryValue><t:Type>String</t:Type><t:Value>{escape(value)}</t:Value></t:DictionaryValue>"
        "</t:DictionaryEntry>"
        for key, value in values.items() if value is not None
    )
    return envelope(
        f"<m:{verb}UserConfiguration><m:UserConfiguration>{CONFIGURATION % ('t', 't')}"
        f"<t:Dictionary>{entries}</t:Dictionary></m:UserConfiguration></m:{verb}UserConfiguration>"
    )
