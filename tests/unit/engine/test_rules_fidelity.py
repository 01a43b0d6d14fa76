"""What docs/fidelity.md says of Inbox rules, beside Microsoft's schema and what is written of one."""

from __future__ import annotations

from lxml import etree

from emulators.exchange.schema import find_schema
from engine.connectors.exchange.rules import form
from tests.servers.outcomes import table

AS_IT_WAS = "it arrives as it was"
OTHERS = {
    "RuleId": "not written: each mailbox numbers its own, and a rollback knows by it what to remove",
    "Priority": "behind the rules that the mailbox has, in the order of the source",
    "IsInError": "not written: each mailbox finds out for itself whether it can carry a rule out; one that either "
                 "server marks is named",
    "IsNotSupported": "such a rule stays and is named: the server does not tell all that is in it",
    "FromConnectedAccounts": "written as it was; a server that knows no such account refuses the rule, with its words",
    "MessageClassifications": "written as it was; a server without that class refuses the rule, with its words",
    **dict.fromkeys(form.PEOPLE, "addresses of mail; the owner's old addresses become the new one; a rule that names "
                    "somebody of whom no address is known stays and is named"),
    **dict.fromkeys(form.FILING, "the folder into which mail of the source's folder goes; without one the rule stays "
                    "and is named"),
    **dict.fromkeys(form.SENDING, "only where a person has asked for rules that send; else such a rule stays and is "
                    "named"),
    form.REPLYING: "such a rule stays and is named: the message that it sends is in the old mailbox",
}


def of_schema(kind: str) -> list[str]:
    """The elements of a type, in their order."""
    schema = etree.parse(find_schema(None) / "types.xsd").getroot()
    inside = f"{{*}}complexType[@name='{kind}']/{{*}}sequence/{{*}}element"
    return [str(one.get("name")) for one in schema.iterfind(inside)]


def test_conditions_and_actions_are_those_of_the_schema() -> None:
    """All of them, in its order: a server takes them in no other."""
    assert list(form.PREDICATES) == of_schema("RulePredicatesType")
    assert list(form.ACTIONS) == of_schema("RuleActionsType")
    assert set(of_schema("RuleType")) == {*form.PARTS, "DisplayName", "IsEnabled", "RuleId", "Priority", "IsInError",
                                          "IsNotSupported"}


def test_the_document_says_what_becomes_of_each_part_of_a_rule() -> None:
    """Those of which the same is to be said stand in one row."""
    parts = [*of_schema("RuleType"), *form.PREDICATES, *form.ACTIONS]
    rows: dict[str, list[str]] = {}
    for part in parts:
        if part not in form.PARTS:
            rows.setdefault(OTHERS.get(part, AS_IT_WAS), []).append(part)

    shown = table("fidelity", "rules")
    for outcome, named in rows.items():
        shown.saw(", ".join(named), outcome)
    shown.holds_only([", ".join(named) for named in rows.values()])
