"""Whether a delivered message meets the conditions of a rule (the page of each element; MS-OXORULE 2.2.1.3.1.9).

All conditions must hold; of several words or addresses in one condition, one suffices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from emulators.exchange import body, moments
from emulators.exchange.item import Item
from emulators.exchange.mime import Content, addresses
from emulators.exchange.soap import is_true, local, t

_FLAG_WORDS = {"followup": "Follow up", "fyi": "For Your Information", "donotforward": "Do not Forward",
               "noresponsenecessary": "No Response Necessary", "replytoall": "Reply to All"}


@dataclass(frozen=True)
class Delivered:
    """A message on its way into a mailbox: the item it will be, its MIME, and the address of the owner."""

    item: Item
    content: Content
    owner: str

    def named(self, *headers: str) -> list[tuple[str, str]]:
        """The names and addresses in these headers."""
        return [found for name in headers for found in addresses(self.content.headers.get(name))]

    def to(self, *headers: str) -> list[str]:
        """The addresses in these headers, in lower case."""
        return [address.lower() for _, address in self.named(*headers)]

    @property
    def sender(self) -> str:
        """The address of the author, in lower case; empty when there is none."""
        return next(iter(self.to("from") or self.to("sender")), "")

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return body.as_text(self.item, self.content)

    @cached_property
    def headers(self) -> str:
        """All headers, one a line."""
        return "\n".join(f"{name}: {value}" for name, value in self.content.all_headers())

    def header(self, name: str) -> str:
        """One header in lower case."""
        return self.content.headers.get(name).strip().lower()


def fits(mail: Delivered, conditions: Sequence[etree._Element], exceptions: Sequence[etree._Element]) -> bool:
    """Whether every condition holds and no exception does."""
    return all(_PREDICATES[local(one)](mail, one) for one in conditions) and \
        not any(_PREDICATES[local(one)](mail, one) for one in exceptions)


_Predicate = Callable[[Delivered, etree._Element], bool]


def _words(read: Callable[[Delivered], Sequence[str]]) -> _Predicate:
    """One of the strings is contained, whatever its case, in what `read` finds."""
    def holds(mail: Delivered, part: etree._Element) -> bool:
        found = [words.casefold() for words in read(mail)]
        return any((one.text or "").casefold() in words for one in part for words in found)
    return holds


def _equal(read: Callable[[Delivered], Sequence[str]]) -> _Predicate:
    """One of the strings or addresses is, whatever its case, among those that `read` finds."""
    def holds(mail: Delivered, part: etree._Element) -> bool:
        found = {words.casefold() for words in read(mail)}
        return any((one.findtext(t("EmailAddress")) or one.text or "").casefold() in found for one in part)
    return holds


def _is(read: Callable[[Delivered], object]) -> _Predicate:
    return lambda mail, part: bool(read(mail)) == is_true(part.text)


def _class(*beginnings: str, ending: str = "") -> _Predicate:
    def found(mail: Delivered) -> bool:
        upper = mail.item.item_class.upper()
        return upper.startswith(beginnings) and upper.endswith(ending)
    return _is(found)


def _meeting(beginning: str, *methods: str) -> _Predicate:
    """By class, or by the method of the calendar, where a message was not read as a meeting message."""
    def found(mail: Delivered) -> bool:
        parts = [part for part in mail.content.message.walk() if part.get_content_type() == "text/calendar"]
        given = [str(part.get_param("method", "")).upper() for part in parts]
        return mail.item.item_class.upper().startswith(beginning) or any(one in methods for one in given)
    return _is(found)


def _people(*headers: str) -> Callable[[Delivered], Sequence[str]]:
    return lambda mail: [words for pair in mail.named(*headers) for words in pair]


def _flagged(mail: Delivered, part: etree._Element) -> bool:
    """X-Message-Flag holds the flag request ([MS-OXCMAIL] 2.1.3.2.18, PidLidFlagRequest)."""
    wanted = (part.text or "").lower()
    found = mail.header("x-message-flag")
    return bool(found) if wanted == "any" else found == _FLAG_WORDS.get(wanted, wanted).lower()


def _only_to_me(mail: Delivered) -> bool:
    return mail.to("to", "cc") == [mail.owner] and mail.to("to") == [mail.owner]


def _within_dates(mail: Delivered, part: etree._Element) -> bool:
    start, end = part.findtext(t("StartDateTime")), part.findtext(t("EndDateTime"))
    return (start is None or moments.moment(start) <= mail.item.received) and \
        (end is None or mail.item.received <= moments.moment(end))


def _within_sizes(mail: Delivered, part: etree._Element) -> bool:
    """The limits are kilobytes (page of the element MinimumSize)."""
    low, high = part.findtext(t("MinimumSize")), part.findtext(t("MaximumSize"))
    return (low is None or int(low) * 1024 <= mail.item.size) and (high is None or mail.item.size <= int(high) * 1024)


def _encrypted(mail: Delivered) -> bool:
    kind = mail.header("content-type")
    return "pkcs7-mime" in kind and "signed-data" not in kind


def _signed(mail: Delivered) -> bool:
    kind = mail.header("content-type")
    return kind.startswith("multipart/signed") or ("pkcs7-mime" in kind and "signed-data" in kind)


_PREDICATES: dict[str, _Predicate] = {
    "Categories": _equal(lambda mail: mail.item.categories),
    "ContainsBodyStrings": _words(lambda mail: [mail.text]),
    "ContainsHeaderStrings": _words(lambda mail: [mail.headers]),
    "ContainsRecipientStrings": _words(_people("to", "cc")),
    "ContainsSenderStrings": _words(_people("from", "sender")),
    "ContainsSubjectOrBodyStrings": _words(lambda mail: [mail.item.subject, mail.text]),
    "ContainsSubjectStrings": _words(lambda mail: [mail.item.subject]),
    "FlaggedForAction": _flagged,
    "FromAddresses": _equal(lambda mail: [mail.sender]),
    "HasAttachments": _is(lambda mail: mail.item.attachments),
    "Importance": lambda mail, part: mail.item.importance == part.text,
    "IsApprovalRequest": _class("IPM.NOTE.MICROSOFT.APPROVAL.REQUEST"),
    "IsAutomaticForward": _is(lambda mail: mail.header("autoforwarded") == "true"),       # RFC 2156
    "IsAutomaticReply": _is(lambda mail: mail.header("auto-submitted") == "auto-replied"),        # RFC 3834
    "IsEncrypted": _is(_encrypted),
    "IsMeetingRequest": _meeting("IPM.SCHEDULE.MEETING.REQUEST", "REQUEST"),
    "IsMeetingResponse": _meeting("IPM.SCHEDULE.MEETING.RESP", "REPLY"),
    "IsNDR": _class("REPORT.", ending=".NDR"),
    "IsPermissionControlled": _is(lambda mail: mail.header("content-class") == "rpmsg.message"),
    "IsReadReceipt": _class("REPORT.", ending=".IPNRN"),
    "IsSigned": _is(_signed),
    "IsVoicemail": _class("IPM.NOTE.MICROSOFT.VOICEMAIL", "IPM.NOTE.RPMSG.MICROSOFT.VOICEMAIL"),
    "ItemClasses": _equal(lambda mail: [mail.item.item_class]),
    "NotSentToMe": _is(lambda mail: mail.owner not in mail.to("to")),
    "SentCcMe": _is(lambda mail: mail.owner in mail.to("cc")),
    "SentOnlyToMe": _is(_only_to_me),
    "SentToAddresses": _equal(lambda mail: mail.to("to", "cc")),
    "SentToMe": _is(lambda mail: mail.owner in mail.to("to")),
    "SentToOrCcMe": _is(lambda mail: mail.owner in mail.to("to", "cc")),
    "Sensitivity": lambda mail, part: mail.item.sensitivity == part.text,
    "WithinDateRange": _within_dates,
    "WithinSizeRange": _within_sizes,
    # Neither can be set on this server: see validation.py.
    "FromConnectedAccounts": lambda _mail, _part: False,
    "MessageClassifications": lambda _mail, _part: False,
}
