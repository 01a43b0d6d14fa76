"""Rules that are hidden messages of the Inbox: what they say of themselves, and what EWS lets do with them."""

from emulators.exchange import ExchangeEmulator
from emulators.exchange.control import Control, ControlServer

from .rules import MOVE, code, create, get, rule, update
from .soap import Mailbox, distinguished
from .test_out_of_office import away, put

INBOX = distinguished("inbox")
STANDARD, EXTENDED = "IPM.Rule.Version2.Message", "IPM.ExtendedRule.Message"
# PidTagRuleMessageName, -Provider, -State ([MS-OXORULE] 2.2.4.1)
TAGS = (("0x65EC", "String"), ("0x65EB", "String"), ("0x65E9", "Integer"))
FIELDS = "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind in TAGS)
SHAPE = (
    '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:ItemClass"/>'
    f"{FIELDS}</t:AdditionalProperties></m:ItemShape>"
)


def found(mailbox: Mailbox, folder: str = INBOX, more: str = "") -> list[list[str]]:
    """Of each rule message its class, and its name, provider and state."""
    answer = mailbox.call(
        f'<m:FindItem Traversal="Associated">{SHAPE}{more}<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>'
    ).ok()
    values = "{*}ExtendedProperty/{*}Value"
    return [
        [one.findtext("{*}ItemClass") or "", *(each.text or "" for each in one.iterfind(values))]
        for one in answer.all(".//t:Items/*")
    ]


def ids(mailbox: Mailbox) -> list[str]:
    """Their ids."""
    answer = mailbox.call(
        f'<m:FindItem Traversal="Associated">{SHAPE}<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>')
    return [one.get("Id", "") for one in answer.ok().all(".//t:ItemId")]


def test_MS_OXORULE_2_2_4_1_rules_of_the_assistant_are_hidden_in_the_inbox(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """They run only while their owner is away (0x4), lie in no other folder, and no operation on rules tells them."""
    emulator.leave_assistant_rules(mailbox.address, "To my deputy")
    emulator.leave_assistant_rules(mailbox.address, "Delete lists", extended=True)

    assert found(mailbox) == [
        [EXTENDED, "Delete lists", "MSFT:TDX OOF Rules", "5"],
        [STANDARD, "To my deputy", "MSFT:TDX OOF Rules", "5"],
    ]
    assert found(mailbox, distinguished("drafts")) == []
    assert get(mailbox).all(".//t:Rule") == []
    assert mailbox.subjects(INBOX) == []


def test_inbox_rules_are_such_messages_too(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Enabled (0x1), and the last one for its mail (0x10); the rule for junk mail is an extended one."""
    stops = MOVE + "<t:StopProcessingRules>true</t:StopProcessingRules>"
    off = rule(name="Off", priority=2, enabled="false")
    update(mailbox, create(rule(name="On"), off, rule(actions=stops, name="Last", priority=3)))
    emulator.leave_junk_rule(mailbox.address)

    assert found(mailbox) == [
        [EXTENDED, "Junk E-mail Rule", "JunkEmailRule", "1"],
        [STANDARD, "Last", "RuleOrganizer", "17"],
        [STANDARD, "Off", "RuleOrganizer", "0"],
        [STANDARD, "On", "RuleOrganizer", "1"],
    ]


def test_replies_are_sent_by_rules_of_the_server_s_own(mailbox: Mailbox) -> None:
    """Of the page on out-of-office replies: a rule for colleagues, and one for everybody or for known senders."""
    names = {audience: [] for audience in ("All", "Known", "None")}
    for audience in names:
        put(mailbox, away(audience=audience))
        names[audience] = [(kind, name) for kind, name, _, _ in found(mailbox)]

    colleagues = (STANDARD, "Microsoft.Exchange.OOF.InternalSenders.Global")
    assert names == {
        "All": [(STANDARD, "Microsoft.Exchange.OOF.AllExternalSenders.Global"), colleagues],
        "Known": [(EXTENDED, "Microsoft.Exchange.OOF.KnownExternalSenders.Global"), colleagues],
        "None": [colleagues],
    }
    put(mailbox, away("Disabled"))
    assert found(mailbox) == []


def test_they_are_searched_by_their_properties_and_read_one_by_one(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """By class, by a flag of their state; GetItem tells what FindItem does, and a hard deletion removes the rule."""
    update(mailbox, create(rule(name="On")))
    emulator.leave_assistant_rules(mailbox.address, "Away")
    state = '<t:ExtendedFieldURI PropertyTag="0x65E9" PropertyType="Integer"/>'
    away_only = f'<m:Restriction><t:Not><t:Excludes>{state}<t:Bitmask Value="4"/></t:Excludes></t:Not></m:Restriction>'
    assert [name for _, name, _, _ in found(mailbox, more=away_only)] == ["Away"]

    wanted = "".join(f'<t:ItemId Id="{one}"/>' for one in ids(mailbox))
    told = mailbox.call(f"<m:GetItem>{SHAPE}<m:ItemIds>{wanted}</m:ItemIds></m:GetItem>").ok()
    assert told.texts(".//t:ItemClass") == [STANDARD, STANDARD]
    assert told.texts(".//t:Value")[::3] == ["Away", "On"]

    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{wanted}</m:ItemIds></m:DeleteItem>').ok()
    assert ids(mailbox) == []
    assert get(mailbox).all(".//t:Rule") == []


def test_a_server_may_not_show_them(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Without the setting none is found, and none can be read by its id."""
    emulator.leave_assistant_rules(mailbox.address, "Away")
    [known] = ids(mailbox)
    emulator.configure(shows_rule_messages=False)

    assert found(mailbox) == []
    told = mailbox.call(f'<m:GetItem>{SHAPE}<m:ItemIds><t:ItemId Id="{known}"/></m:ItemIds></m:GetItem>')
    assert told.codes == ["ErrorItemNotFound"]


def test_they_are_in_the_dump_and_left_from_another_process(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The control interface leaves them, and a dump without them differs."""
    before = emulator.dump(mailbox.address)
    server = ControlServer(emulator, 0)
    try:
        control = Control(server.url)
        control.leave_assistant_rules(mailbox.address, "Away", extended=True)
        control.leave_junk_rule(mailbox.address)
    finally:
        server.stop()

    more = set(emulator.dump(mailbox.address).splitlines()) - set(before.splitlines())
    assert more == {
        f"rule message {EXTENDED} Away MSFT:TDX OOF Rules 5",
        f"rule message {EXTENDED} Junk E-mail Rule JunkEmailRule 1",
    }
    assert code(get(mailbox)) == "NoError"
