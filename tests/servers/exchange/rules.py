"""The Inbox rules of a mailbox, by raw requests: what is put there, and what it says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.connectors.exchange.soap import MESSAGES, TYPES
from tests.servers.exchange.pair import Mailbox

PARTS = ("Conditions", "Exceptions", "Actions")
STOP = "<t:StopProcessingRules>true</t:StopProcessingRules>"
DELETE = "<t:Delete>true</t:Delete>"


@dataclass(frozen=True)
class Told:
    """A rule as its mailbox tells it: the raw XML of each part that says something, by the part's name."""

    id: str
    name: str
    enabled: bool
    parts: Mapping[str, str]


@dataclass(frozen=True)
class RuleBox:
    """The rules of one mailbox."""

    mailbox: Mailbox

    def add(self, name: str, actions: str, conditions: str = "", *, exceptions: str = "", enabled: bool = True,
            more: str = "", priority: int = 0) -> str:
        """Puts a rule behind the others, or where its priority says; its id."""
        known = {one.id for one in self.told()}
        rule = written(name, actions, conditions, exceptions=exceptions, enabled=enabled, more=more,
                       priority=priority or len(known) + 1)
        self.update(f"<t:CreateRuleOperation>{rule}</t:CreateRuleOperation>")
        [made] = [one.id for one in self.told() if one.id not in known]
        return made

    def add_all(self, *rules: str) -> None:
        """Puts those that are `written`, where their priorities say, by one request."""
        self.update("".join(f"<t:CreateRuleOperation>{rule}</t:CreateRuleOperation>" for rule in rules))

    def put(self, rule_id: str, name: str, actions: str, conditions: str = "", *, enabled: bool = True) -> None:
        """Writes a rule anew under its id, at its place."""
        place = [one.id for one in self.told()].index(rule_id) + 1
        rule = written(name, actions, conditions, enabled=enabled, rule_id=rule_id, priority=place)
        self.update(f"<t:SetRuleOperation>{rule}</t:SetRuleOperation>")

    def remove(self, rule_id: str) -> None:
        self.update(f"<t:DeleteRuleOperation><t:RuleId>{rule_id}</t:RuleId></t:DeleteRuleOperation>")

    def update(self, operations: str) -> None:
        self.asked(
            "<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob>"
            f"<m:Operations>{operations}</m:Operations></m:UpdateInboxRules>"
        )

    def asked(self, body: str) -> Any:
        answer = self.mailbox.asked(body)
        assert answer.findtext(f"{MESSAGES}ResponseCode") == "NoError", etree.tostring(answer)
        return answer

    def told(self) -> list[Told]:
        """All of them, in the order in which they run."""
        found = self.asked("<m:GetInboxRules/>").findall(f"{MESSAGES}InboxRules/{TYPES}Rule")
        assert [one.findtext(f"{TYPES}Priority") for one in found] == [str(n) for n, _ in enumerate(found, 1)]
        return [_told(one) for one in found]

    def names(self) -> list[str]:
        return [one.name for one in self.told()]

    def has_outlooks(self) -> bool:
        return str(self.asked("<m:GetInboxRules/>").findtext(f"{MESSAGES}OutlookRuleBlobExists")) == "true"


def _told(rule: Any) -> Told:
    parts = {name: rule.find(f"{TYPES}{name}") for name in PARTS}
    return Told(
        rule.findtext(f"{TYPES}RuleId"), rule.findtext(f"{TYPES}DisplayName"),
        rule.findtext(f"{TYPES}IsEnabled") == "true",
        {name: etree.tostring(part, method="c14n", exclusive=True).decode() for name, part in parts.items()
         if part is not None},
    )


def written(name: str, actions: str, conditions: str = "", *, exceptions: str = "", enabled: bool = True,
            rule_id: str = "", more: str = "", priority: int = 1) -> str:
    """A Rule element."""
    named = f"<t:RuleId>{rule_id}</t:RuleId>" if rule_id else ""
    return (
        f"<t:Rule>{named}<t:DisplayName>{name}</t:DisplayName><t:Priority>{priority}</t:Priority>"
        f"<t:IsEnabled>{str(enabled).lower()}</t:IsEnabled>{more}<t:Conditions>{conditions}</t:Conditions>"
        f"<t:Exceptions>{exceptions}</t:Exceptions><t:Actions>{actions}</t:Actions></t:Rule>"
    )


def strings(name: str, *words: str) -> str:
    """A condition or action with words."""
    return f"<t:{name}>{''.join(f'<t:String>{one}</t:String>' for one in words)}</t:{name}>"


def people(name: str, *addresses: str) -> str:
    """A condition or action with addresses; one that begins with a slash is of the type EX."""
    def one(address: str) -> str:
        kind = "EX" if address.startswith("/") else "SMTP"
        return f"<t:Address><t:EmailAddress>{address}</t:EmailAddress><t:RoutingType>{kind}</t:RoutingType></t:Address>"

    return f"<t:{name}>{''.join(map(one, addresses))}</t:{name}>"


def filing(folder_id: str, name: str = "MoveToFolder") -> str:
    """The action that files into that folder."""
    where = f'<t:DistinguishedFolderId Id="{folder_id}"/>' if folder_id.isalpha() else f'<t:FolderId Id="{folder_id}"/>'
    return f"<t:{name}>{where}</t:{name}>"
