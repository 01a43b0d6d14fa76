"""What UpdateInboxRules refuses in a rule, by the codes of RuleValidationErrorCodeType.

The schema names the codes; Microsoft's pages do not say when each is given. Assumption: each means what its name
says. Of a boolean of false the pages of SentToMe, IsNDR and others say that it asks for the contrary, those of
IsAutomaticReply, IsEncrypted and IsSigned that it asks nothing. Assumption: it asks nothing anywhere, as when it is
absent; whoever counts on the contrary has a rule that meets all mail.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from emulators.exchange import folder, ids, item, moments
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.people import directory
from emulators.exchange.soap import local, t

STRINGS = frozenset({
    "Categories", "ContainsBodyStrings", "ContainsHeaderStrings", "ContainsRecipientStrings", "ContainsSenderStrings",
    "ContainsSubjectOrBodyStrings", "ContainsSubjectStrings", "ItemClasses", "AssignCategories"})
ADDRESSES = frozenset({
    "FromAddresses", "SentToAddresses", "ForwardAsAttachmentToRecipients", "ForwardToRecipients",
    "RedirectToRecipients", "SendSMSAlertToRecipients"})
# Neither connected accounts nor message classifications exist on this server.
_NOWHERE = {"FromConnectedAccounts": "ConnectedAccountNotFound",
            "MessageClassifications": "MessageClassificationNotFound"}
_STRING_LIMIT, _NAME_LIMIT = 255, 512      # Assumption: characters
_SMTP = re.compile(r"[^@\s<>]+@[^@\s<>]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One Error element of a RuleOperationError."""

    field: str
    code: str
    message: str
    value: str = ""


def check(call: Call, rule: etree._Element) -> Iterator[Problem]:
    """Yield what is wrong with a rule, apart from its RuleId."""
    name = rule.findtext(t("DisplayName"), "")
    if not name.strip():
        yield Problem("DisplayName", "EmptyValueFound", "The display name is empty.", name)
    elif len(name) > _NAME_LIMIT:
        yield Problem("DisplayName", "StringValueTooBig", "The display name is too long.", name)
    if int(rule.findtext(t("Priority"), "0")) < 1:
        yield Problem("Priority", "InvalidValue", "The priority must be greater than zero.",
                      rule.findtext(t("Priority"), ""))
    if rule.find(t("IsNotSupported")) is not None:
        yield Problem("IsNotSupported", "NotSettable", "The property is read-only.",
                      rule.findtext(t("IsNotSupported"), ""))
    for holder, prefix in (("Conditions", "Condition"), ("Exceptions", "Exception"), ("Actions", "Action")):
        for part in rule.iterfind(f"{t(holder)}/*"):
            yield from _part(call, part, f"{prefix}:{local(part)}")
    if not any(acts(part) for part in rule.iterfind(f"{t('Actions')}/*")):
        yield Problem("Actions", "MissingAction", "The rule has no action.")


def acts(part: etree._Element) -> bool:
    """Whether a condition, exception or action says anything: a boolean of false does not."""
    return len(part) > 0 or bool(part.attrib) or (part.text or "").strip() not in ("", "false", "0")


def _part(call: Call, part: etree._Element, where: str) -> Iterator[Problem]:
    name = local(part)
    if name in STRINGS:
        yield from _strings(part, where)
    elif name in ADDRESSES:
        yield from _addresses(call, part, where)
    elif name in _NOWHERE:
        yield Problem(where, _NOWHERE[name], "It does not exist on this server.", _words(part))
    elif name in _CHECKS:
        yield from _CHECKS[name](call, part, where)


def _words(part: etree._Element) -> str:
    return ",".join(str(words) for words in part.itertext() if str(words).strip())


def _strings(part: etree._Element, where: str) -> Iterator[Problem]:
    values = [child.text or "" for child in part]
    if not values or not all(value.strip() for value in values):
        yield Problem(where, "EmptyValueFound", "A string is empty, or there is none.", _words(part))
    elif any(len(value) > _STRING_LIMIT for value in values):
        yield Problem(where, "StringValueTooBig", "A string is too long.", max(values, key=len))


def _addresses(call: Call, part: etree._Element, where: str) -> Iterator[Problem]:
    if not len(part):
        yield Problem(where, "EmptyValueFound", "There is no address.")
    for one in part:
        yield from _address(call, one, where)


def _address(call: Call, one: etree._Element, where: str) -> Iterator[Problem]:
    given = one.findtext(t("EmailAddress"), "")
    routing = one.findtext(t("RoutingType"), "SMTP").upper()
    if not given:
        yield Problem(where, "InvalidAddress", "The address is empty.", _words(one))
    elif directory.by_address(call, given) is not None:
        return
    elif routing == "EX" or given.startswith("/"):
        if call.settings.rules_on_ex_addresses == "refused":
            yield Problem(where, "RecipientDoesNotExist", "The recipient cannot be found.", given)
    elif routing == "MOBILE" and where.endswith("SendSMSAlertToRecipients"):    # "mobile phone numbers", says its page
        return
    elif routing != "SMTP":
        yield Problem(where, "UnsupportedAddress", "Addresses of this type are not supported.", given)
    elif _SMTP.fullmatch(given) is None:
        yield Problem(where, "InvalidAddress", "The address is not valid.", given)


def names_ex_address(call: Call, rule: etree._Element) -> bool:
    """True: a condition, exception or action has a legacyExchangeDN that the directory does not know."""
    return any(directory.by_address(call, one.text or "") is None for one in ex_addresses(rule))


def ex_addresses(rule: etree._Element) -> list[etree._Element]:
    """The EmailAddress elements of a rule that hold a legacyExchangeDN."""
    return [one for one in rule.iter(t("EmailAddress")) if (one.text or "").startswith("/")]


def _folder(call: Call, part: etree._Element, where: str) -> Iterator[Problem]:
    try:
        folder.find(call, part[0])
    except ItemError as error:
        missing = error.code in ("ErrorItemNotFound", "ErrorFolderNotFound", "ErrorNonExistentMailbox")
        yield Problem(where, "FolderDoesNotExist" if missing else "InvalidFolderId", error.text,
                      part[0].get("Id", ""))


def _template(call: Call, part: etree._Element, where: str) -> Iterator[Problem]:
    try:
        ids.parse_id(part.get("Id", ""))
        named = etree.Element(t("ItemId"), Id=part.get("Id", ""))
        item.find(call, named)
    except ItemError as error:
        yield Problem(where, "InvalidValue", error.text, part.get("Id", ""))


def is_there(call: Call, action: etree._Element) -> bool:
    """Whether the folder or the message that an action needs can be found."""
    needs = local(action) in ("CopyToFolder", "MoveToFolder", "ServerReplyWithMessage")
    return not needs or not any(_CHECKS[local(action)](call, action, ""))


def _dates(_call: Call, part: etree._Element, where: str) -> Iterator[Problem]:
    try:
        found = [moments.moment(child.text or "") for child in part]
    except ValueError:
        yield Problem(where, "InvalidDateRange", "A time is out of range.", _words(part))
        return
    if not found:
        yield Problem(where, "MissingRangeValue", "The range has neither start nor end.")
    elif found != sorted(found):
        yield Problem(where, "InvalidDateRange", "The start is after the end.", found[0])


def _sizes(_call: Call, part: etree._Element, where: str) -> Iterator[Problem]:
    found = {local(child): int(child.text or "0") for child in part}
    low = [size for size in found.values() if size < 0]
    if not found:
        yield Problem(where, "MissingRangeValue", "The range has neither minimum nor maximum.")
    elif low:
        yield Problem(where, "SizeLessThanZero", "A size is less than zero.", str(low[0]))
    elif len(found) == 2 and found["MinimumSize"] > found["MaximumSize"]:
        yield Problem(where, "InvalidSizeRange", "The minimum is greater than the maximum.",
                      str(found["MinimumSize"]))


_CHECKS: dict[str, Callable[[Call, etree._Element, str], Iterator[Problem]]] = {
    "CopyToFolder": _folder, "MoveToFolder": _folder, "ServerReplyWithMessage": _template,
    "WithinDateRange": _dates, "WithinSizeRange": _sizes,
}


def silent(rule: etree._Element) -> list[etree._Element]:
    """The booleans of false, which say nothing."""
    return [part for holder in ("Conditions", "Exceptions", "Actions") for part in rule.iterfind(f"{t(holder)}/*")
            if not len(part) and not part.attrib and (part.text or "").strip() in ("false", "0")]
