"""A rule in the one form that is compared and sent: without its number, its place and what a server says of its state.

What a rule may have is RulePredicatesType and RuleActionsType of types.xsd, in the order of that schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from engine.connectors.exchange.soap import NOT_XML, TYPES
from engine.connectors.exchange.typed import xml

STRINGS = frozenset({
    "Categories", "ContainsBodyStrings", "ContainsHeaderStrings", "ContainsRecipientStrings", "ContainsSenderStrings",
    "ContainsSubjectOrBodyStrings", "ContainsSubjectStrings", "FromConnectedAccounts", "ItemClasses",
    "MessageClassifications", "AssignCategories",
})
PEOPLE = frozenset({"FromAddresses", "SentToAddresses"})
SENDING = (
    "ForwardAsAttachmentToRecipients", "ForwardToRecipients", "RedirectToRecipients", "SendSMSAlertToRecipients",
)
FILING = ("CopyToFolder", "MoveToFolder")
REPLYING = "ServerReplyWithMessage"
STOPPING = "StopProcessingRules"
RANGES = {
    "WithinDateRange": ("StartDateTime", "EndDateTime"), "WithinSizeRange": ("MinimumSize", "MaximumSize"),
}
FLAGS = frozenset({
    "HasAttachments", "IsApprovalRequest", "IsAutomaticForward", "IsAutomaticReply", "IsEncrypted", "IsMeetingRequest",
    "IsMeetingResponse", "IsNDR", "IsPermissionControlled", "IsReadReceipt", "IsSigned", "IsVoicemail", "NotSentToMe",
    "SentCcMe", "SentOnlyToMe", "SentToMe", "SentToOrCcMe", "Delete", "MarkAsRead", "PermanentDelete", STOPPING,
})
PREDICATES = (
    "Categories", "ContainsBodyStrings", "ContainsHeaderStrings", "ContainsRecipientStrings", "ContainsSenderStrings",
    "ContainsSubjectOrBodyStrings", "ContainsSubjectStrings", "FlaggedForAction", "FromAddresses",
    "FromConnectedAccounts", "HasAttachments", "Importance", "IsApprovalRequest", "IsAutomaticForward",
    "IsAutomaticReply", "IsEncrypted", "IsMeetingRequest", "IsMeetingResponse", "IsNDR", "IsPermissionControlled",
    "IsReadReceipt", "IsSigned", "IsVoicemail", "ItemClasses", "MessageClassifications", "NotSentToMe", "SentCcMe",
    "SentOnlyToMe", "SentToAddresses", "SentToMe", "SentToOrCcMe", "Sensitivity", "WithinDateRange", "WithinSizeRange",
)
ACTIONS = (
    "AssignCategories", "CopyToFolder", "Delete", "ForwardAsAttachmentToRecipients", "ForwardToRecipients",
    "MarkImportance", "MarkAsRead", "MoveToFolder", "PermanentDelete", "RedirectToRecipients",
    "SendSMSAlertToRecipients", REPLYING, STOPPING,
)
CONDITIONS, EXCEPTIONS, DOES = "Conditions", "Exceptions", "Actions"
PARTS = {CONDITIONS: PREDICATES, EXCEPTIONS: PREDICATES, DOES: ACTIONS}
OF_A_RULE = frozenset({"RuleId", "DisplayName", "Priority", "IsEnabled", "IsNotSupported", "IsInError", *PARTS})
ONLY_STOPS = "{} (only stops)"
NAMELESS = "(a rule without a name)"
LONGEST_NAME = 200      # characters of a name that others follow; no page says how many a server takes
NOTHING = "OMM removes this rule:"     # the subject that an emptied rule looks for
HUGE = "999999"     # kilobytes
_MARKED = "ContainsSubjectStrings"
_OF_AN_ADDRESS = ("Name", "EmailAddress", "RoutingType")
_TRUE = ("true", "1")


def local(element: etree._Element) -> str:
    """Its name without the namespace."""
    return str(etree.QName(element).localname)


def is_true(said: str) -> bool:
    """True: a boolean of XML that says so."""
    return said.strip() in _TRUE


def parts(rule: etree._Element, *holders: str) -> Iterator[etree._Element]:
    """The conditions, exceptions and actions of a rule, or those among them that are asked for."""
    for holder in holders or PARTS:
        yield from xml.inner(rule, holder)


def unknown(rule: etree._Element, *holders: str) -> list[str]:
    """The names of what the schema does not know, so that no server can be told of it.

    What stands beside the parts of a rule may be a condition as well as an action, so it is always among them.
    """
    inside = {local(each) for holder in holders or PARTS for each in xml.inner(rule, holder)
              if local(each) not in PARTS[holder]}
    return sorted(inside | ({local(each) for each in rule.iterchildren("*")} - OF_A_RULE))


def switched_off(rule: etree._Element) -> list[str]:
    """The names of conditions and exceptions that say false.

    Microsoft's pages disagree: of SentToMe and IsNDR they say that false asks for the contrary, of IsEncrypted and
    IsSigned that it asks nothing.
    """
    return sorted({local(each) for each in parts(rule, CONDITIONS, EXCEPTIONS)
                   if local(each) in FLAGS and not is_true(each.text or "")})


def name_of(rule: etree._Element) -> str:
    """What a rule is called. One without a name gets one: a server may create none without it (EmptyValueFound)."""
    name = _clean(xml.words(rule, "DisplayName"))
    return name if name.strip() else NAMELESS


def canonical(rule: etree._Element) -> etree._Element:
    """The rule in that form. What the schema does not know is left out."""
    made = xml.new("Rule")
    xml.add(made, "DisplayName", name_of(rule))
    xml.add(made, "IsEnabled", _flag(xml.words(rule, "IsEnabled")))
    for holder, names in PARTS.items():
        found = {local(each): each for each in xml.inner(rule, holder)}
        told = [name for name in names if name in found and _says_something(holder, found[name])]
        if told:
            into = xml.add(made, holder)
            for name in told:
                _put(into, name, found[name])
    return made


def written(rule: etree._Element) -> str:
    """A rule in that form as text."""
    return etree.tostring(rule, encoding="unicode")


def read(value: str) -> etree._Element:
    """What was `written`."""
    return etree.fromstring(value)


def _says_something(holder: str, part: etree._Element) -> bool:
    return holder != DOES or local(part) not in FLAGS or is_true(part.text or "")


def _put(into: etree._Element, name: str, part: etree._Element) -> None:
    if name in STRINGS:
        made = xml.add(into, name)
        for one in part.iterchildren("*"):
            xml.add(made, "String", _clean(one.text or ""))
    elif name in PEOPLE or name in SENDING:
        made = xml.add(into, name)
        for one in part.iterchildren("*"):
            _put_address(made, one)
    elif name in RANGES:
        made = xml.add(into, name)
        for bound in RANGES[name]:
            if xml.field(part, bound) is not None:
                xml.add(made, bound, _bound(bound, xml.words(part, bound).strip()))
    elif name in FILING:
        made = xml.add(into, name)
        for one in part.iterchildren("*"):
            xml.add(made, local(one), Id=one.get("Id") or "")
    elif name == REPLYING:
        xml.add(into, name, Id=part.get("Id") or "")
    else:
        xml.add(into, name, _flag(part.text or "") if name in FLAGS else _clean(part.text or "").strip())


def _put_address(into: etree._Element, address: etree._Element) -> None:
    made = xml.add(into, "Address")
    for name in _OF_AN_ADDRESS:
        said = _clean(xml.words(address, name))
        if said:
            xml.add(made, name, said)


def _bound(name: str, said: str) -> str:
    """A limit in its usual form: a time is in UTC."""
    if name not in RANGES["WithinDateRange"]:
        return said
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return said
    return said if moment.tzinfo is None else xml.utc(moment)


def _flag(said: str) -> str:
    return "true" if is_true(said) else "false"


def _clean(said: str) -> str:
    return NOT_XML.sub("\ufffd", said)


def of_people(rule: etree._Element, *holders: str) -> Iterator[etree._Element]:
    """Every condition, exception and action that names people."""
    return (part for part in parts(rule, *holders) if local(part) in PEOPLE or local(part) in SENDING)


def addresses(rule: etree._Element) -> Iterator[etree._Element]:
    """Every address that a rule names."""
    for part in of_people(rule):
        yield from part.iterchildren(f"{TYPES}Address")


def folders(rule: etree._Element) -> Iterator[etree._Element]:
    """Every id of a folder that a rule files into."""
    for part in parts(rule, DOES):
        if local(part) in FILING:
            yield from part.iterchildren("*")


def only_stopping(rule: etree._Element) -> etree._Element:
    """The rule that has the same conditions and exceptions, and does nothing but stop the later ones."""
    made = read(written(rule))
    xml.put(made, "DisplayName", ONLY_STOPS.format(xml.words(made, "DisplayName")[:LONGEST_NAME]))
    xml.drop(made, DOES)
    xml.add(xml.add(made, DOES), STOPPING, "true")
    return made


def add_nothing(rule: etree._Element, mark: str) -> None:
    """Gives a rule conditions that no mail meets, and an action that changes no mail. `mark` is kept in it."""
    conditions = xml.add(rule, CONDITIONS)
    xml.add(xml.add(conditions, _MARKED), "String", f"{NOTHING} {mark}")
    xml.add(xml.add(conditions, "WithinSizeRange"), "MinimumSize", HUGE)
    xml.add(xml.add(rule, DOES), STOPPING, "true")


def mark_of(rule: etree._Element) -> str:
    """The mark of a rule that does nothing; "" of any other."""
    marked = [xml.words(part, "String") for part in parts(rule, CONDITIONS) if local(part) == _MARKED]
    return marked[0].removeprefix(f"{NOTHING} ") if marked and marked[0].startswith(f"{NOTHING} ") else ""
