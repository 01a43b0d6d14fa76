"""What inbox rules do with mail, as ews-javascript-api shows them: a reading of its own (MS-OXWSRULES 2.2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.google.rules_judge import BIN, INBOX, Lies
from tests.servers.google.truth.filters import Letter, mime, subject

Told = Mapping[str, Any]        # of a rule, as settings.cjs prints it
KIB = 1024


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter that arrives, by what rules look at."""

    letter: Letter
    number: int

    def has(self, name: str, wanted: Any) -> bool:
        """True: it meets a condition. Raises KeyError for one that nobody has read here."""
        return PREDICATES[name](self, wanted)

    def holds(self, text: str, some: Sequence[str]) -> bool:
        """True: one of these is in the text, in whatever case."""
        return any(one.casefold() in text.casefold() for one in some)

    def is_one(self, address: str, some: Sequence[str]) -> bool:
        """True: it is one of these addresses."""
        return address.casefold() in {one.casefold() for one in some}


PREDICATES: Mapping[str, Callable[[Mail, Any], bool]] = {
    "FromAddresses": lambda mail, some: mail.is_one(mail.letter.sender, some),
    "SentToAddresses": lambda mail, some: any(mail.is_one(one, some) for one in (mail.letter.to, mail.letter.cc)),
    "ContainsSenderStrings": lambda mail, some: mail.holds(mail.letter.sender, some),
    "ContainsSubjectStrings": lambda mail, some: mail.holds(subject(mail.letter, mail.number), some),
    "ContainsHeaderStrings": lambda mail, some: mail.holds(f"List-ID: <{mail.letter.list_id}>", some),
    "HasAttachments": lambda mail, wanted: bool(mail.letter.file) == wanted,
    "MinimumSize": lambda mail, least: len(mime(mail.letter, mail.number)) >= least * KIB,
    "MaximumSize": lambda mail, most: len(mime(mail.letter, mail.number)) <= most * KIB,
}


@dataclass
class Rules:
    """The rules of a mailbox. `folders`: (id, id of its parent, name) of each of its folders."""

    told: Sequence[Told]
    folders: Sequence[tuple[str, str, str]]

    def path(self, folder: str) -> tuple[str, ...]:
        """The names of a folder and of those that it is in."""
        by_id = {key: (parent, name) for key, parent, name in self.folders}
        found: tuple[str, ...] = ()
        while folder in by_id:
            folder, name = by_id[folder]
            found = (name, *found)
        return found

    def met(self, mail: Mail) -> Iterator[Told]:
        """The actions of rules that it meets, in their order, up to one after which there are no more."""
        for rule in sorted(self.told, key=lambda one: one["priority"]):
            if all(mail.has(*one) for one in rule["conditions"].items()) and not any(
                    mail.has(*one) for one in rule["exceptions"].items()):
                yield rule["actions"]
                if rule["actions"].get("StopProcessingRules"):
                    return

    def done(self, mail: Mail) -> tuple[list[Lies], frozenset[str]]:
        """Where a letter lies then, how it is marked, and to whom it was sent on."""
        acts = list(self.met(mail))
        places = [BIN if one.get("Delete") else self.path(one["MoveToFolder"]) for one in acts
                  if one.get("Delete") or one.get("MoveToFolder")]
        categories = frozenset(each for one in acts for each in one.get("AssignCategories", ()))
        read = any(one.get("MarkAsRead") for one in acts)
        sent = frozenset(each for one in acts for each in one.get("RedirectToRecipients", ()))
        return [Lies(each, categories, read) for each in places or [INBOX]], sent
