"""Inbox rules by themselves: what they mean, where they go, and what an answer says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.meaning import meaning
from engine.connectors.exchange.rules.removing import Removing
from engine.connectors.exchange.rules.there import Rules
from engine.connectors.exchange.rules.updating import updated
from engine.connectors.exchange.rules.writing import places
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, SOAP, TYPES
from engine.connectors.exchange.typed import xml
from engine.errors import NoRoomError, Side
from engine.ports.items import Outcome, Verdict
from engine.ports.settings import Entry, half_removed
from tests.servers.exchange.rules import DELETE, STOP, people, strings, written

SPAM = strings("ContainsSubjectStrings", "a", "b")
KNOWN = meaning(form.canonical(form.read(f'<x xmlns:t="{TYPES[1:-1]}">{written("x", DELETE, SPAM)}</x>')[0]))


def entry(name: str, actions: str, conditions: str = "", *, exceptions: str = "", enabled: bool = True) -> Entry:
    """A rule in the form in which it is compared and sent."""
    told = written(name, actions, conditions, exceptions=exceptions, enabled=enabled, rule_id="1", priority=7)
    rule = form.canonical(form.read(f'<x xmlns:t="{TYPES[1:-1]}">{told}</x>')[0])
    return Entry(meaning(rule), name, form.written(rule))


@pytest.mark.parametrize(("same", "actions", "conditions"), [
    (True, DELETE, strings("ContainsSubjectStrings", "b", "a")),
    (True, f"{DELETE}<t:MarkAsRead>false</t:MarkAsRead>", SPAM),
    (True, "<t:Delete> 1 </t:Delete>", SPAM),
    (False, DELETE, strings("ContainsSubjectStrings", "a")),
    (False, DELETE, strings("ContainsBodyStrings", "a", "b")),
    (False, DELETE + STOP, SPAM),
])
def test_a_rule_is_known_by_what_it_means(same: bool, actions: str, conditions: str) -> None:
    """Not by its name, its number, its place, or whether it is on; nor by the order in which it says things."""
    one = entry("Another name", actions, conditions, enabled=False)

    assert (one.key == KNOWN) is same
    assert "RuleId" not in one.value
    assert "Priority" not in one.value


def test_addresses_are_the_same_in_capitals_and_a_condition_is_no_exception() -> None:
    """As mail servers take them, and as rules are carried out."""
    whom = entry("x", DELETE, people("FromAddresses", "ann@example.net"))

    assert entry("x", DELETE, people("FromAddresses", "Ann@Example.net")).key == whom.key
    assert entry("x", DELETE, exceptions=people("FromAddresses", "ann@example.net")).key != whom.key


def test_what_no_schema_has_is_named_and_not_written() -> None:
    """A server would refuse the whole request for it."""
    told = form.read(f'<x xmlns:t="{TYPES[1:-1]}">' + written("x", f"{DELETE}<t:Pin>true</t:Pin>",
                     f"{SPAM}<t:IsUrgent>true</t:IsUrgent><t:SentToMe>0</t:SentToMe>") + "</x>")[0]

    beside = form.read(form.written(told))
    xml.add(beside, "MoreConditions")

    assert form.unknown(told) == ["IsUrgent", "Pin"]
    assert form.unknown(beside, form.CONDITIONS) == ["IsUrgent", "MoreConditions"]
    assert form.switched_off(told) == ["SentToMe"]
    assert "IsUrgent" not in form.written(form.canonical(told))


def rules_there(*entries: Entry, off: Sequence[str] = ()) -> Rules:
    """Rules of a mailbox, called by their places."""
    named = [Entry(one.key, one.name, one.value, id=str(place)) for place, one in enumerate(entries, 1)]
    return Rules(tuple(named), outlooks=False, enabled=frozenset(one.id for one in named) - set(off),
                 priorities={one.id: int(one.id) for one in named})


def test_rules_go_behind_those_that_are_there_or_before_what_stands_for_them() -> None:
    """Each place is given once, as a server asks for."""
    first, second, last = (entry(name, DELETE + STOP, strings("ContainsBodyStrings", name)) for name in "abc")
    stand_ins = [entry(f"{one.name} (only stops)", STOP, strings("ContainsBodyStrings", one.name))
                 for one in (first, second)]

    assert places([first, last], rules_there()) == [1, 2]
    assert places([last, first, second], rules_there(entry("own", DELETE), *stand_ins)) == [6, 2, 4]
    assert places([second, first], rules_there(*stand_ins)) == [3, 1]
    ahead = [replace(last, ahead_of=one) for one in ("2", "1", "1", "gone")]
    assert places(ahead, rules_there(entry("own", DELETE), entry("other", DELETE))) == [4, 1, 2, 6]


@dataclass
class Server:
    """Answers what it is told to, and keeps what it was sent."""

    answers: list[str]
    sent: list[str] = field(default_factory=list)
    side: Side = Side.DESTINATION

    def post(self, body: bytes, _size: int) -> bytes:
        self.sent.append(body.decode())
        answer = self.answers.pop(0)
        if not answer:
            raise AnswerLostError("No answer came.")
        names = f'xmlns:s="{SOAP[1:-1]}" xmlns:m="{MESSAGES[1:-1]}" xmlns:t="{TYPES[1:-1]}"'
        return f"<s:Envelope {names}><s:Body>{answer}</s:Body></s:Envelope>".encode()

    @property
    def sessions(self) -> Sessions:
        return cast("Sessions", self)


def refused(code: str, *places_: int) -> str:
    errors = "".join(
        f"<t:RuleOperationError><t:OperationIndex>{place}</t:OperationIndex><t:ValidationErrors><t:Error>"
        "<t:FieldURI>Actions</t:FieldURI><t:ErrorCode>MissingAction</t:ErrorCode><t:ErrorMessage>None.</t:ErrorMessage>"
        "<t:FieldValue/></t:Error></t:ValidationErrors></t:RuleOperationError>" for place in places_
    )
    return (f'<m:UpdateInboxRulesResponse ResponseClass="Error"><m:ResponseCode>{code}</m:ResponseCode>'
            f"<m:RuleOperationErrors>{errors}</m:RuleOperationErrors></m:UpdateInboxRulesResponse>")


DONE = ('<m:UpdateInboxRulesResponse ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        "</m:UpdateInboxRulesResponse>")
WRONG = "ErrorInboxRulesValidationError"
PUT_OFF = (Verdict.BUSY, 0.0)


@pytest.mark.parametrize(("answer", "count", "expected"), [
    (DONE, 2, [(Verdict.DONE, None)] * 2),
    (refused(WRONG, 1), 3, [PUT_OFF, (Verdict.REFUSED, None), PUT_OFF]),
    (refused(WRONG), 2, [(Verdict.SPLIT, None)] * 2),
    (refused(WRONG, 9), 1, [(Verdict.REFUSED, None)]),
    (refused("ErrorRulesOverQuota"), 2, [(Verdict.SPLIT, None)] * 2),
    (refused("ErrorRulesOverQuota"), 1, [(Verdict.REFUSED, None)]),
    (refused("ErrorServerBusy"), 2, [(Verdict.BUSY, None)] * 2),
    (refused("ErrorInternalServerError"), 2, [(Verdict.UNKNOWN, None)] * 2),
    ("", 2, [(Verdict.UNKNOWN, None)] * 2),
])
def test_an_answer_is_taken_rule_by_rule(
    answer: str, count: int, expected: list[tuple[Verdict, float | None]]
) -> None:
    """Nothing is done of a request of which one rule is refused: the others go again, and at once."""
    outcomes = updated(Server([answer]).sessions, ["<t:x/>"] * count, removes_outlooks=False)

    assert [(one.verdict, one.back_off) for one in outcomes] == expected
    assert all(isinstance(one.error, NoRoomError) for one in outcomes
               if "OverQuota" in answer and one.verdict is Verdict.REFUSED)


def test_a_rule_that_is_off_is_never_on_with_what_it_did() -> None:
    """The server deletes none that is off: it is emptied, and then deleted; a server that keeps it ends the removal."""
    off = entry("Off", people("ForwardToRecipients", "carol@example.net"), SPAM, enabled=False)
    on, ours = entry("On", DELETE, SPAM), Entry(off.key, off.name, off.value, id="2")
    server = Server([refused("ErrorItemNotFound"), DONE, DONE])
    removing = Removing(server.sessions)

    def once(there: Rules) -> Outcome:
        return removing.once([ours], there, removes_outlooks=False)[0]

    first = once(rules_there(on, off, off=["2"]))
    second = once(rules_there(on, off, off=["2"]))
    kept = once(rules_there(on, off, off=["2"]))
    third = once(rules_there(on, off))

    assert [(one.verdict, one.back_off) for one in (first, second)] == [PUT_OFF] * 2
    assert (kept.verdict, third.verdict) == (Verdict.REFUSED, Verdict.DONE)
    emptied = form.read(server.sent[1].split("<t:SetRuleOperation>")[1].split("</t:SetRuleOperation>")[0])
    assert form.mark_of(form.canonical(emptied)) == f"{off.key} {half_removed(off.value)}"
    assert "carol" not in server.sent[1]
    assert all("<t:DeleteRuleOperation><t:RuleId>2</t:RuleId>" in server.sent[at] for at in (0, 2))
    assert all("<m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob>" in body for body in server.sent)
