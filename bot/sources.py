"""Sources: the kinds of account that a mailbox can be moved from, as the form offers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.contents import CONTENTS
from engine.migration.request import Content


@dataclass(frozen=True, slots=True)
class Source:
    """One kind. `scheme` is what engine.account calls it; `by_port` and `by_typed` are the schemes that a port and
    the beginning of a pasted address stand for instead. `has` is what such an account can give.
    """

    key: str
    name: str
    scheme: str
    has: tuple[Content, ...]
    example: str
    hint: str
    upgraded: str = ""      # the scheme to try at a port that does not speak TLS from the start
    by_port: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    by_typed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def contents(self) -> tuple[Content, ...]:
        """What both such an account and we can do, in the order of the steps."""
        return tuple(content for content in Content if content in self.has and content in CONTENTS)


IMAP = Source(
    key="imap",
    name="IMAP (all folders)",
    scheme="imaps",
    has=(Content.MAIL,),
    example="imap.example.org",
    hint="The help pages of your present provider name it. Add a port, as in imap.example.org:143, only if they do. "
         "The connection is always encrypted.",
    upgraded="imap+starttls",
    by_port=MappingProxyType({143: "imap+starttls"}),
    by_typed=MappingProxyType({"imaps": "imaps", "imap+starttls": "imap+starttls"}),
)
POP3 = Source(
    key="pop3",
    name="POP3 (inbox only)",
    scheme="pop3s",
    has=(Content.MAIL,),
    example="pop.example.org",
    hint="The help pages of your present provider name it. Add a port, as in pop.example.org:110, only if they do. "
         "The connection is always encrypted. POP3 gives only the mail in the inbox. Some providers mark or delete "
         "mail after POP3 access: check their settings first.",
    upgraded="pop3+starttls",
    by_port=MappingProxyType({110: "pop3+starttls"}),
    by_typed=MappingProxyType({"pop3s": "pop3s", "pop3+starttls": "pop3+starttls"}),
)
SOURCES: Mapping[str, Source] = MappingProxyType({source.key: source for source in (IMAP, POP3)})


def find(key: str) -> Source:
    """The kind called `key`; the first one when there is none."""
    return SOURCES.get(key, IMAP)
