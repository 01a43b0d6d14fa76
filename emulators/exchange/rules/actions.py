"""What the rules of a mailbox do with a delivered message (MS-OXORULE 3.2.1.2).

Rules look at the message as it arrived, one after the other, until one stops them. Assumption: what several rules
change about the message is changed on every copy of it; moved by several rules, it lies in each of their folders.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lxml import etree

from emulators.exchange import folder, outgoing
from emulators.exchange.call import Call
from emulators.exchange.folder import Folder
from emulators.exchange.item import READ
from emulators.exchange.rules import predicates
from emulators.exchange.rules.predicates import Delivered
from emulators.exchange.rules.rule import Rule
from emulators.exchange.soap import is_true, local, t


@dataclass(slots=True)
class Fate:
    """Where a message goes: into `moved` instead of the Inbox, into `copied` beside it, nowhere when it is `gone`."""

    moved: list[Folder] = field(default_factory=list)
    copied: list[Folder] = field(default_factory=list)
    gone: bool = False
    stopped: bool = False

    def places(self, inbox: Folder) -> list[Folder]:
        """The folders it lies in afterwards, each once."""
        found = self.moved + self.copied + ([] if self.moved or self.gone else [inbox])
        return list({place.id: place for place in found}.values())


def carry_out(call: Call, mail: Delivered, rules: Iterable[Rule]) -> Fate:
    """Run the rules, which can all be carried out; what they would send is recorded."""
    fate = Fate()
    matching = [one for one in rules if predicates.fits(mail, one.part("Conditions"), one.part("Exceptions"))]
    for one in matching:
        for action in one.part("Actions"):
            _ACTIONS[local(action)](call, mail, fate, action)
        if fate.stopped:
            break
    return fate


_Action = Callable[[Call, Delivered, Fate, etree._Element], None]


def _categories(_call: Call, mail: Delivered, _fate: Fate, action: etree._Element) -> None:
    given = [one.text or "" for one in action]
    mail.item.categories = list(dict.fromkeys([*mail.item.categories, *given]))


def _copy(call: Call, _mail: Delivered, fate: Fate, action: etree._Element) -> None:
    fate.copied.append(folder.find(call, action[0]))


def _move(call: Call, _mail: Delivered, fate: Fate, action: etree._Element) -> None:
    fate.moved.append(folder.find(call, action[0]))


def _delete(call: Call, _mail: Delivered, fate: Fate, _action: etree._Element) -> None:
    fate.moved.append(folder.distinguished(call, "deleteditems"))


def _permanent_delete(_call: Call, _mail: Delivered, fate: Fate, _action: etree._Element) -> None:
    fate.gone = True


def _stop(_call: Call, _mail: Delivered, fate: Fate, _action: etree._Element) -> None:
    fate.stopped = True


def _importance(_call: Call, mail: Delivered, _fate: Fate, action: etree._Element) -> None:
    mail.item.importance = action.text or "Normal"


def _read(_call: Call, mail: Delivered, _fate: Fate, action: etree._Element) -> None:
    if is_true(action.text):
        mail.item.flags |= READ


def _sent(kind: str) -> _Action:
    def send(call: Call, mail: Delivered, _fate: Fate, action: etree._Element) -> None:
        recipients = [one.findtext(t("EmailAddress"), "") for one in action]
        outgoing.record(call, kind, recipients, mail.item.subject)
    return send


def _reply(call: Call, mail: Delivered, _fate: Fate, _action: etree._Element) -> None:
    if mail.sender:
        outgoing.record(call, "rule reply", [mail.sender], mail.item.subject)


_ACTIONS: dict[str, _Action] = {
    "AssignCategories": _categories,
    "CopyToFolder": _copy,
    "Delete": _delete,
    "ForwardAsAttachmentToRecipients": _sent("rule forward as attachment"),
    "ForwardToRecipients": _sent("rule forward"),
    "MarkImportance": _importance,
    "MarkAsRead": _read,
    "MoveToFolder": _move,
    "PermanentDelete": _permanent_delete,
    "RedirectToRecipients": _sent("rule redirect"),
    "SendSMSAlertToRecipients": _sent("rule alert"),
    "ServerReplyWithMessage": _reply,
    "StopProcessingRules": _stop,
}
