"""What both mailboxes do by themselves: inbox rules, an out-of-office, and the colours of their categories.

By plain requests of Exchange Web Services, without a line of the engine.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence

from demo.old_mailbox import Service
from demo.servers import Exchange

FOLDER = "Famille"      # where one of the rules puts mail
_ANOUK = (
    "<t:FromAddresses><t:Address><t:EmailAddress>anouk@editions.example</t:EmailAddress></t:Address></t:FromAddresses>"
)
_PAUL = "<t:Address><t:EmailAddress>paul@editions.example</t:EmailAddress></t:Address>"
RULES = (
    ("Épreuves", "<t:ContainsSubjectStrings><t:String>épreuves</t:String></t:ContainsSubjectStrings>",
     "<t:AssignCategories><t:String>Relectures</t:String></t:AssignCategories><t:MarkImportance>High</t:MarkImportance>"),
    ("Famille", "<t:ContainsSenderStrings><t:String>famille</t:String></t:ContainsSenderStrings>",
     "<t:MoveToFolder>{folder}</t:MoveToFolder><t:StopProcessingRules>true</t:StopProcessingRules>"),
    ("À Paul aussi", _ANOUK, f"<t:ForwardToRecipients>{_PAUL}</t:ForwardToRecipients>"),
)
SENDS_ON = RULES[-1][0]     # which is created only for whoever wants that
OWN_RULE = ("Newsletters", "<t:ContainsSubjectStrings><t:String>newsletter</t:String></t:ContainsSubjectStrings>",
            "<t:MarkAsRead>true</t:MarkAsRead>")        # of the new mailbox
COLOURS = {"Relectures": 0, "À payer": 1, "Urgent": 2}
OWN_COLOURS = {"Maison": 7}
ENTRIES = len(COLOURS) + len(RULES) - 1 + 1     # that arrive: all colours, all rules but one, the replies
_CONFIGURATION = (
    '<{0}:UserConfigurationName Name="CategoryList"><t:DistinguishedFolderId Id="calendar"/>'
    "</{0}:UserConfigurationName>"
)
_REPLIES = (
    '<t:InternalReply xml:lang="fr"><t:Message>&lt;p&gt;Je suis à Lyon, Paul me remplace.&lt;/p&gt;</t:Message>'
    '</t:InternalReply><t:ExternalReply xml:lang="fr"><t:Message>&lt;p&gt;De retour lundi.&lt;/p&gt;</t:Message>'
    "</t:ExternalReply>"
)
_SPELLED = ("configuration CategoryList", "setting out of office")       # lines of a dump
_RULE = re.compile(r"<t:Rule>(.*?)</t:Rule>", re.DOTALL)


def fill(exchange: Exchange) -> None:
    """Puts what the old mailbox does there. Raises RuntimeError when the server refuses anything."""
    service = Service(exchange)
    folder = _folder(service, FOLDER)
    _put(service, exchange, [(name, when, then.format(folder=folder)) for name, when, then in RULES], COLOURS)
    _answer(service, exchange, "Enabled", _REPLIES)


def fill_own(exchange: Exchange) -> None:
    """Puts a rule and a colour of the owner's there, and an out-of-office that is off. Raises as `fill`."""
    service = Service(exchange)
    _put(service, exchange, [OWN_RULE], OWN_COLOURS)
    _answer(service, exchange, "Disabled", "")


def _put(service: Service, exchange: Exchange, rules: Sequence[tuple[str, str, str]], colours: dict[str, int]) -> None:
    created = "".join(
        f"<t:CreateRuleOperation><t:Rule><t:DisplayName>{name}</t:DisplayName><t:Priority>{place}</t:Priority>"
        f"<t:IsEnabled>true</t:IsEnabled><t:Conditions>{conditions}</t:Conditions><t:Actions>{actions}</t:Actions>"
        "</t:Rule></t:CreateRuleOperation>"
        for place, (name, conditions, actions) in enumerate(rules, 1)
    )
    service.ask(f"<m:UpdateInboxRules><m:Operations>{created}</m:Operations></m:UpdateInboxRules>")
    listed = b64encode(_list(colours).encode()).decode()
    service.ask(
        f"<m:CreateUserConfiguration><m:UserConfiguration>{_CONFIGURATION.format('t')}<t:XmlData>{listed}</t:XmlData>"
        "</m:UserConfiguration></m:CreateUserConfiguration>"
    )


def _list(colours: dict[str, int]) -> str:
    """The list of categories, as Outlook keeps it ([MS-OXOCFG] 2.2.5.2)."""
    each = "".join(
        f'<category name="{name}" color="{colour}" keyboardShortcut="0"'
        f' guid="{{7d3c1e52-0000-4000-8000-00000000000{colour}}}"/>'
        for name, colour in colours.items()
    )
    return (
        f'<?xml version="1.0"?><categories default="{next(iter(colours))}" lastSavedSession="1"'
        f' lastSavedTime="2025-03-01T09:00:00.000" xmlns="CategoryList.xsd">{each}</categories>'
    )


def _answer(service: Service, exchange: Exchange, state: str, replies: str) -> None:
    service.ask(
        f"<m:SetUserOofSettingsRequest>{_owner(exchange)}<t:UserOofSettings><t:OofState>{state}</t:OofState>"
        f"<t:ExternalAudience>Known</t:ExternalAudience>{replies}</t:UserOofSettings></m:SetUserOofSettingsRequest>"
    )


def shown(exchange: Exchange) -> list[str]:
    """What a mailbox shows of it, a rule, a colour and the out-of-office a line; whether that is on is not said."""
    service = Service(exchange)
    return sorted((*_rules(service), *_colours(service), *_replies(service, exchange)))


def without_colours(exchange: Exchange) -> list[str]:
    """The same of a mailbox that has no list of categories."""
    service = Service(exchange)
    return sorted((*_rules(service), *_replies(service, exchange)))


def beside(dump: str) -> str:
    """Of a mailbox's dump what is not shown otherwise: a list of categories and replies are kept in many spellings."""
    return "\n".join(line for line in dump.splitlines() if not any(name in line for name in _SPELLED))


def is_on(exchange: Exchange) -> bool:
    """True: the mailbox sends out-of-office replies."""
    return "<t:OofState>Disabled</t:OofState>" not in _asked_for(Service(exchange), exchange)


def _rules(service: Service) -> Iterator[str]:
    for inside in _RULE.findall(service.ask("<m:GetInboxRules/>")):
        values = re.sub(r"<t:(RuleId|Priority)>.*?</t:\1>", "", inside)
        values = re.sub(r'<t:FolderId Id="([^"]+)"[^>]*>', lambda found: _name(service, found[1]), values)
        yield f"rule: {', '.join(re.findall(r'>([^<>]+)<', values))}"


def _colours(service: Service) -> Iterator[str]:
    answer = service.ask(
        f"<m:GetUserConfiguration>{_CONFIGURATION.format('m')}<m:UserConfigurationProperties>XmlData"
        "</m:UserConfigurationProperties></m:GetUserConfiguration>"
    )
    kept = "".join(re.findall(r"<t:XmlData>(.*?)</t:XmlData>", answer))
    yield from (f"colour: {name}, {number}" for name, number in re.findall(
        r'<category name="([^"]+)" color="(\d+)"', b64decode(kept).decode()))


def _replies(service: Service, exchange: Exchange) -> Iterator[str]:
    texts = re.findall(r"<t:Message>(.*?)</t:Message>", _asked_for(service, exchange), re.DOTALL)
    yield from (f"reply: {text}" for text in texts)


def _asked_for(service: Service, exchange: Exchange) -> str:
    return service.ask(f"<m:GetUserOofSettingsRequest>{_owner(exchange)}</m:GetUserOofSettingsRequest>")


def _owner(exchange: Exchange) -> str:
    return f"<t:Mailbox><t:Address>{exchange.login}</t:Address></t:Mailbox>"


def _folder(service: Service, name: str) -> str:
    """A folder by its name, as XML."""
    answer = service.ask(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
    )
    found = re.findall(r"(<t:FolderId [^>]*>)(?:(?!<t:FolderId).)*?<t:DisplayName>([^<]*)<", answer, re.DOTALL)
    return str(next(xml for xml, called in found if called == name))


def _name(service: Service, folder: str) -> str:
    answer = service.ask(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f'<m:FolderIds><t:FolderId Id="{folder}"/></m:FolderIds></m:GetFolder>'
    )
    return ">{}<".format("".join(re.findall(r"<t:DisplayName>([^<]*)<", answer)[:1]))
