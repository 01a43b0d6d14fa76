"""What a rule of Exchange does to more mail than a filter of Gmail, in words for the filter's owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.connectors.google.filters.clauses import Clause, Kind
from engine.words import listed

BY: Mapping[Kind, str] = MappingProxyType({
    Kind.WORDS: "whole words ({})", Kind.DOMAIN: "a domain ({})", Kind.SIZE: "a size ({})",
    Kind.LIST: "leaving out a mailing list ({})", Kind.ATTACHED: "leaving out mail with files ({})",
})
ALSO: Mapping[Kind, str] = MappingProxyType({
    Kind.WORDS: "mail with longer words that these are part of", Kind.DOMAIN: "mail of longer domains that begin alike",
    Kind.SIZE: "mail that had another size when it was sent", Kind.LIST: "mail of lists below that one",
    Kind.ATTACHED: "mail with pictures in its text",
})
TOLD: Mapping[Kind, str] = MappingProxyType({
    Kind.WORDS: "Gmail meets {} as whole words, whatever signs are between them; the rule meets it as it is written, "
                "and also within longer words",
    Kind.DOMAIN: "Gmail looks for {} in names, too, and in all of an address; the rule meets addresses at that domain, "
                 "at those below it, and at longer ones that begin alike, as example.community does beside example.com",
    Kind.LIST: "Gmail leaves out mail of {} and of lists below it; the rule leaves out that of the very list alone",
    Kind.ATTACHED: "what Gmail leaves out with {} may be mail whose pictures stand in its text; to Exchange these are "
                   "no attachments",
    Kind.SIZE: "Gmail counts the bytes of mail as it was sent; the rule counts those of mail as the new mailbox keeps "
               "it, where attachments are smaller and texts may be larger, so that its {} are not quite the same",
})


@dataclass(frozen=True, slots=True)
class Loosely:
    """What clauses ask that Exchange finds in more mail: words of the owner's, by kinds, of which there is one."""

    words: Mapping[Kind, Sequence[str]]

    def of(self, sentence: str) -> str:
        """A sentence with two gaps: by what mail is found, and what else is found with it."""
        by = listed([BY[kind].format(listed(_quoted(words))) for kind, words in self.words.items()])
        return sentence.format(by, listed([ALSO[kind] for kind in self.words]))

    @property
    def told(self) -> Iterator[str]:
        """What is to be said where other mail is moved or marked."""
        return (TOLD[kind].format(listed(_quoted(words))) for kind, words in self.words.items())


def loosely(clauses: Iterable[Clause]) -> Loosely | None:
    """What those ask so; None: nothing."""
    found: dict[Kind, dict[str, None]] = {}
    for clause in clauses:
        for one in clause.loose:
            found.setdefault(one.kind, {})[one.words] = None
    return Loosely({kind: tuple(words) for kind, words in found.items()}) if found else None


def _quoted(words: Iterable[str]) -> list[str]:
    return [f"“{word}”" for word in words]
