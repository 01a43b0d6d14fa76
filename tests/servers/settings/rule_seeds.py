"""Inbox rules that no client has written: every condition, exception and action there is, and what cannot be moved.

A rule says in `[[…]]` what one mailbox calls otherwise than another: a folder by its path, its owner, people by the EX
addresses that a directory has for them. `rule_planting.py` puts rules into a mailbox, and `rule_mail.py` has mail for
each of them: a message whose subject holds the word of a rule is meant for it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from xml.sax.saxutils import escape

STOP = "<t:StopProcessingRules>true</t:StopProcessingRules>"
NEWS, DEEP, ODD, JUNK = "Inbox/News", "Projects/Old & new/2020", "Grüße/„Straße“ <1>", "Junk Email"
GONE, EMPTY = "Gone", "Inbox/Empty"     # a folder that has been deleted, and one without mail
NEW = "claire@example.org"      # the mailbox that it moves into
BOB, ANN = "bob@example.org", "ann@example.com"


class Fate(Enum):
    """What becomes of a rule when its mailbox moves."""

    MOVES = "it is the same at the destination"
    SENDS = "it is, if rules that send mail on were asked for"
    STAYS = "it is left out and named"
    REFUSED = "the server refuses it, and says why"


@dataclass(frozen=True)
class Rule:
    """A rule. `blind`: its conditions cannot be carried, so that no rule that only stops can be in its place."""

    name: str
    conditions: str = ""
    actions: str = ""
    exceptions: str = ""
    enabled: bool = True
    fate: Fate = Fate.MOVES
    blind: bool = False
    unsupported: bool = False
    in_error: bool = False

    @property
    def stops(self) -> bool:
        """True: rules behind it do not act on mail that it acts on."""
        return STOP in self.actions

    @property
    def only_stops(self) -> Rule:
        """What is in its place where it cannot be itself."""
        return replace(self, name=f"{self.name} (only stops)", actions=STOP, fate=Fate.MOVES, in_error=False)


def strings(name: str, *values: str) -> str:
    """A part that holds texts."""
    return f"<t:{name}>{''.join(f'<t:String>{escape(one)}</t:String>' for one in values)}</t:{name}>"


def people(name: str, *addresses: str, routing: str = "") -> str:
    """A part that holds addresses."""
    kind = f"<t:RoutingType>{routing}</t:RoutingType>" if routing else ""
    inner = "".join(f"<t:Address><t:Name>{_called(one)}</t:Name><t:EmailAddress>{one}</t:EmailAddress>{kind}"
                    "</t:Address>" for one in addresses)
    return f"<t:{name}>{inner}</t:{name}>"


def _called(address: str) -> str:
    return re.split("[:=]", address.partition("@")[0].strip("[:]"))[-1].capitalize()


def true(name: str) -> str:
    """A part that is a boolean."""
    return f"<t:{name}>true</t:{name}>"


def place(name: str, path: str) -> str:
    """A part that names a folder."""
    return f'<t:{name}><t:FolderId Id="[[folder:{path}]]" ChangeKey="AQAAAA=="/></t:{name}>'


def word(number: int) -> str:
    """The word of a rule, which is in the subjects of mail that is meant for it."""
    return f"word{number:02}"


# Every element of RulePredicatesType that this server can carry out, in the order of the schema, and one more of each
# that has several forms.
PREDICATES: tuple[str, ...] = (
    strings("Categories", "Blue", "Überall"),
    strings("ContainsBodyStrings", "buy now", "kauf & spar <jetzt>"),
    strings("ContainsHeaderStrings", "list-id: <dev"),
    strings("ContainsRecipientStrings", "other"),
    strings("ContainsSenderStrings", "zoë"),
    strings("ContainsSubjectOrBodyStrings", "sale"),
    "<t:FlaggedForAction>FollowUp</t:FlaggedForAction>",
    "<t:FlaggedForAction>Any</t:FlaggedForAction>",
    people("FromAddresses", "zoe@example.net", ANN),
    true("HasAttachments"),
    "<t:Importance>High</t:Importance>",
    true("IsApprovalRequest"),
    true("IsAutomaticForward"),
    true("IsAutomaticReply"),
    true("IsEncrypted"),
    true("IsMeetingRequest"),
    true("IsMeetingResponse"),
    true("IsNDR"),
    true("IsPermissionControlled"),
    true("IsReadReceipt"),
    true("IsSigned"),
    true("IsVoicemail"),
    strings("ItemClasses", "IPM.Note.SMIME", "IPM.Schedule.Meeting.Request"),
    true("NotSentToMe"),
    true("SentCcMe"),
    true("SentOnlyToMe"),
    people("SentToAddresses", "list@example.net"),
    true("SentToMe"),
    true("SentToOrCcMe"),
    "<t:Sensitivity>Private</t:Sensitivity>",
    "<t:WithinDateRange><t:StartDateTime>2020-01-01T00:00:00Z</t:StartDateTime>"
    "<t:EndDateTime>2099-01-01T00:00:00Z</t:EndDateTime></t:WithinDateRange>",
    "<t:WithinSizeRange><t:MinimumSize>2</t:MinimumSize><t:MaximumSize>900</t:MaximumSize></t:WithinSizeRange>",
)
# Every element of RuleActionsType that sends nothing and needs nothing of the mailbox but its folders.
ACTIONS: tuple[str, ...] = (
    place("MoveToFolder", NEWS),
    strings("AssignCategories", "Red", "A & b <c>"),
    place("CopyToFolder", DEEP),
    "<t:MarkImportance>High</t:MarkImportance>",
    true("MarkAsRead"),
    place("MoveToFolder", ODD) + STOP,
    true("Delete"),
    "<t:MarkImportance>Low</t:MarkImportance>" + place("MoveToFolder", JUNK),
    true("PermanentDelete"),
    place("CopyToFolder", NEWS) + true("MarkAsRead") + place("MoveToFolder", DEEP) + STOP,
)
_FIRST_EXCEPTION, _FIRST_OTHER = len(PREDICATES), len(PREDICATES) + 8


def _about(number: int, more: str = "") -> str:
    """The condition that a message is meant for a rule, in the place of the schema before `more` or behind it."""
    return _in_order(strings("ContainsSubjectStrings", word(number)) + more)


_ORDER = (
    "Categories", "ContainsBodyStrings", "ContainsHeaderStrings", "ContainsRecipientStrings", "ContainsSenderStrings",
    "ContainsSubjectOrBodyStrings", "ContainsSubjectStrings", "FlaggedForAction", "FromAddresses",
    "FromConnectedAccounts", "HasAttachments", "Importance", "Is", "ItemClasses", "MessageClassifications",
    "NotSentToMe", "Sent", "Sensitivity", "Within")


def _in_order(parts: str) -> str:
    found = [f"<t:{one}" for one in parts.split("<t:")[1:]]
    whole: list[str] = []
    for one in found:
        closed = not whole or whole[-1].count("<t:") == whole[-1].count("</t:") + whole[-1].count("/>")
        whole = [*whole, one] if closed else [*whole[:-1], whole[-1] + one]
    return "".join(sorted(whole, key=_rank))


def _rank(part: str) -> int:
    name = part.partition(">")[0].removeprefix("<t:")
    return next(number for number, beginning in enumerate(_ORDER) if name.startswith(beginning))


def conditions() -> Iterator[Rule]:
    """A rule for each condition; actions take turns."""
    for number, (predicate, action) in enumerate(zip(PREDICATES, itertools.cycle(ACTIONS), strict=False)):
        yield Rule(f"If {number}: {word(number)}", _about(number, predicate), action)


def exceptions() -> Iterator[Rule]:
    """Rules with each condition as an exception, some of them together: all hold at once in no message."""
    groups = [PREDICATES[start::8] for start in range(8)]
    for number, (group, action) in enumerate(zip(groups, itertools.cycle(ACTIONS[1:]), strict=False), _FIRST_EXCEPTION):
        apart = {part.partition(">")[0]: part for part in group}
        yield Rule(f"Unless {number}", _about(number), action, "".join(sorted(apart.values(), key=_rank)))


def others() -> list[Rule]:
    """Twins, disabled ones, both sides of a stop, people by EX addresses, the owner by addresses that were theirs."""
    at = itertools.count(_FIRST_OTHER)
    twin = _about(next(at), true("HasAttachments")), strings("AssignCategories", "Twin")
    same, deputy, me, alias, sent = (next(at) for _ in range(5))
    off, off_stops, after, empty, error, unless = (next(at) for _ in range(6))
    return [
        Rule("Twin", *twin),
        Rule("Twin", *twin, enabled=False),
        Rule("Twin, by another name", *twin),
        Rule("Both act: first", _about(same), strings("AssignCategories", "First")),
        Rule("Both act: second", _about(same), place("CopyToFolder", DEEP) + true("MarkAsRead")),
        Rule("From my deputy", _about(deputy, people("FromAddresses", f"[[ex:{BOB}]]", routing="EX")), ACTIONS[0]),
        Rule("To me, as I was called", _about(me, people("SentToAddresses", "[[me:]]")), ACTIONS[1]),
        Rule("To me, as I was called once", _about(alias, people("SentToAddresses", "[[alias:]]")), ACTIONS[4]),
        Rule("From myself", _about(sent, people("FromAddresses", "[[me-ex:]]", routing="EX")), ACTIONS[3]),
        Rule("Off & <away>", _about(off), true("Delete"), enabled=False),
        Rule("Off, and would stop", _about(off_stops), true("Delete") + STOP, enabled=False),
        Rule("Off, and would forward", _about(off_stops), people("ForwardToRecipients", "out@example.net") + STOP,
             enabled=False, fate=Fate.SENDS),
        Rule("Stops alone", _about(after), STOP),
        Rule("Behind a stop", _about(after), true("PermanentDelete")),
        Rule("Into an empty folder", _about(empty), place("MoveToFolder", EMPTY)),
        Rule("Into a folder that is gone", _about(error), place("MoveToFolder", GONE) + STOP, in_error=True,
             fate=Fate.STAYS),
        Rule("Behind the folder that is gone", _about(error), strings("AssignCategories", "Behind the gone")),
        Rule("Unless its subject says so", _about(unless), true("MarkAsRead"),
             strings("ContainsSubjectStrings", "n1", "word00")),
    ]


def staying() -> list[Rule]:
    """What cannot be carried, with and without a stop, each before a rule for the same mail."""
    at = itertools.count(_FIRST_OTHER + 12)
    unsupported, reply, unknown, stranger, connected, classified = (next(at) for _ in range(6))
    template = '<t:ServerReplyWithMessage Id="[[template:]]"/>'
    nobody = people("FromAddresses", "/o=Gone/ou=Exchange/cn=Recipients/cn=dave", routing="EX")
    beyond = people("RedirectToRecipients", "/o=Gone/ou=Exchange/cn=Recipients/cn=dave", routing="EX")
    return [
        Rule("Not supported, stops", _about(unsupported), true("Delete") + STOP, unsupported=True, fate=Fate.STAYS,
             blind=True),
        Rule("Behind what is not supported", _about(unsupported), strings("AssignCategories", "Unsupported")),
        Rule("Replies, stops", _about(reply, true("SentToMe")), template + STOP, fate=Fate.STAYS),
        Rule("Behind the reply", _about(reply), strings("AssignCategories", "Reply")),
        Rule("Replies", _about(reply), template, fate=Fate.STAYS),
        Rule("From nobody, stops", _about(unknown, nobody), true("Delete") + STOP, fate=Fate.STAYS, blind=True,
             in_error=True),
        Rule("Behind nobody", _about(unknown), strings("AssignCategories", "Nobody")),
        Rule("On to nobody, stops", _about(stranger), beyond + STOP, fate=Fate.STAYS, in_error=True),
        Rule("Behind who goes on to nobody", _about(stranger), strings("AssignCategories", "Stranger")),
        Rule("Of a connected account", _about(connected, strings("FromConnectedAccounts", "7")), ACTIONS[0],
             fate=Fate.REFUSED),
        Rule("Of a classification", _about(classified, strings("MessageClassifications", "secret")), ACTIONS[0],
             fate=Fate.REFUSED),
    ]


def sending() -> list[Rule]:
    """Each action that sends, with a stop or without, each before a rule for the same mail."""
    at = itertools.count(_FIRST_OTHER + 18)
    forward, attached, redirect, alert, round_ = (next(at) for _ in range(5))
    return [
        Rule("Forwards, stops", _about(forward), people("ForwardToRecipients", "out@example.net", "[[ex:" + BOB + "]]")
             + place("MoveToFolder", NEWS) + STOP, fate=Fate.SENDS),
        Rule("Behind the forward", _about(forward), strings("AssignCategories", "Forward")),
        Rule("Forwards as a file", _about(attached, true("SentToOrCcMe")),
             people("ForwardAsAttachmentToRecipients", "file@example.net") + true("MarkAsRead"), fate=Fate.SENDS),
        Rule("Redirects, stops", _about(redirect), people("RedirectToRecipients", "away@example.net") + STOP,
             fate=Fate.SENDS),
        Rule("Behind the redirection", _about(redirect), true("MarkAsRead")),
        Rule("Goes on to the new mailbox, stops", _about(round_), people("ForwardToRecipients", NEW) + STOP,
             fate=Fate.STAYS),
        Rule("Behind what would go round", _about(round_), strings("AssignCategories", "Round")),
        Rule("Alerts", _about(alert), people("SendSMSAlertToRecipients", "phone@example.net"), fate=Fate.SENDS),
    ]


WORDS = _FIRST_OTHER + 23       # the words that rules have
FORMER = word(_FIRST_OTHER + 4)     # of the rule about the owner's other address


def words(seeds: Sequence[Rule]) -> frozenset[str]:
    """The words of rules."""
    return frozenset(found for one in seeds for found in re.findall(r"word\d\d", one.conditions))


def rules() -> list[Rule]:
    """All of them, in the order in which they run: those that stay and send stand between the others."""
    return _woven(_woven([*conditions(), *exceptions(), *others()], staying()), sending())


def small() -> list[Rule]:
    """Some of each kind."""
    return _woven([*list(conditions())[::6], *list(exceptions())[::4], *others()], [*staying()[:5], *sending()[:7]])


def _woven(most: Sequence[Rule], few: Sequence[Rule]) -> list[Rule]:
    """Both, each in its order, with a pair of the few in front of every third of the many."""
    found, waiting = list[Rule](), list(few)
    for number, one in enumerate(most):
        if number % 3 == 0:
            found, waiting = found + waiting[:2], waiting[2:]
        found.append(one)
    return found + waiting


def moved(seeds: Sequence[Rule], *, forwarding: bool) -> list[Rule]:
    """What a destination has to have of rules, in their order, as docs/using.md says."""
    return [kept for one in seeds if (kept := _kept(one, forwarding=forwarding)) is not None]


def is_carried(one: Rule, *, forwarding: bool) -> bool:
    """True: it is to be at the destination as it was."""
    return one.fate is Fate.MOVES or (one.fate is Fate.SENDS and forwarding)


def _kept(one: Rule, *, forwarding: bool) -> Rule | None:
    if is_carried(one, forwarding=forwarding):
        return one
    return one.only_stops if one.stops and not one.blind and one.fate is not Fate.REFUSED else None
