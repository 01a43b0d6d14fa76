"""Rules act on mail that is delivered: what each condition looks at, and what each action does."""

import pytest

from emulators.exchange import ExchangeEmulator

from .rules import MOVE, code, create, get, letter, rule, update
from .soap import Mailbox, distinguished, identity

INBOX, JUNK = distinguished("inbox"), distinguished("junkemail")


def arrives(emulator: ExchangeEmulator, mailbox: Mailbox, **given: str) -> None:
    """A message arrives."""
    emulator.deliver(mailbox.address, letter(mailbox.address, **given))


def have(mailbox: Mailbox, *rules: str) -> None:
    """The mailbox has these rules and no other."""
    assert code(update(mailbox, create(*rules))) == "NoError"


def strings(name: str, *values: str) -> str:
    """A condition on strings."""
    return f"<t:{name}>{''.join(f'<t:String>{one}</t:String>' for one in values)}</t:{name}>"


def people(name: str, *addresses: str) -> str:
    """A condition or action on addresses."""
    inner = "".join(f"<t:Address><t:EmailAddress>{one}</t:EmailAddress></t:Address>" for one in addresses)
    return f"<t:{name}>{inner}</t:{name}>"


def true(name: str) -> str:
    """A condition or action that is a boolean."""
    return f"<t:{name}>true</t:{name}>"


def report(kind: str, headers: str) -> dict[str, str]:
    """What makes a message a report."""
    content = f'Content-Type: multipart/report; report-type={kind}; boundary="b"'
    body = f"--b\r\n\r\nRead me\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{headers}\r\n--b--"
    return {"headers": content, "body": body}


ATTACHED = {
    "headers": 'Content-Type: multipart/mixed; boundary="b"',
    "body": "--b\r\nContent-Type: text/plain\r\n\r\nSee\r\n--b\r\nContent-Type: image/png\r\n"
    "Content-Disposition: attachment; filename=a.png\r\n\r\nxx\r\n--b--",
}
OTHER_TO = "To: Bob Other <bob@example.com>"
# A condition, a message that meets it, and one that does not; {me} is the owner of the mailbox.
CONDITIONS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (strings("ContainsSubjectStrings", "zzz", "INTEREST"), {"subject": "Very interesting"}, {"body": "interesting"}),
    (strings("ContainsBodyStrings", "buy now"), {"body": "Please Buy Now!"}, {"subject": "buy now"}),
    (strings("ContainsSubjectOrBodyStrings", "sale"), {"body": "A SALE"}, {"headers": "From: sale@example.com"}),
    (
        strings("ContainsHeaderStrings", "list-id: &lt;dev"),
        {"headers": "List-Id: <dev.example.org>"},
        {"body": "list-id: <dev"},
    ),
    (strings("ContainsRecipientStrings", "other"), {"headers": OTHER_TO}, {"subject": "other"}),
    (strings("ContainsSenderStrings", "ann send"), {}, {"headers": "From: Bob <bob@example.com>"}),
    (people("FromAddresses", "ANN@example.com"), {}, {"headers": "From: Ann Sender <ann@example.org>"}),
    (
        people("SentToAddresses", "bob@example.com"),
        {"headers": "Cc: bob@example.com"},
        {"headers": "Bcc: bob@example.com"},
    ),
    (true("HasAttachments"), ATTACHED, {}),
    ("<t:Importance>High</t:Importance>", {"headers": "X-Priority: 1"}, {}),
    ("<t:Sensitivity>Private</t:Sensitivity>", {"headers": "Sensitivity: private"}, {}),
    (
        "<t:FlaggedForAction>FollowUp</t:FlaggedForAction>",
        {"headers": "X-Message-Flag: Follow up"},
        {"headers": "X-Message-Flag: Call"},
    ),
    ("<t:FlaggedForAction>Any</t:FlaggedForAction>", {"headers": "X-Message-Flag: Something"}, {}),
    (true("IsAutomaticForward"), {"headers": "Autoforwarded: TRUE"}, {}),
    (true("IsAutomaticReply"), {"headers": "Auto-Submitted: auto-replied"}, {"headers": "Auto-Submitted: no"}),
    (
        true("IsEncrypted"),
        {"headers": "Content-Type: application/pkcs7-mime; smime-type=enveloped-data"},
        {"headers": "Content-Type: application/pkcs7-mime; smime-type=signed-data"},
    ),
    (
        true("IsSigned"),
        {"headers": 'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b'},
        {},
    ),
    (true("IsPermissionControlled"), {"headers": "Content-Class: rpmsg.message"}, {}),
    (true("IsNDR"), report("delivery-status", "Action: failed"), report("delivery-status", "Action: delivered")),
    (true("IsReadReceipt"), report("disposition-notification", "Disposition: manual-action; displayed"), {}),
    (strings("ItemClasses", "ipm.note.smime"), {"headers": "Content-Type: application/pkcs7-mime; name=smime.p7m"}, {}),
    (true("IsMeetingRequest"), {"headers": "Content-Type: text/calendar; method=REQUEST"}, {}),
    (true("IsMeetingResponse"), {"headers": "Content-Type: text/calendar; method=REPLY"}, {}),
    (true("NotSentToMe"), {"headers": OTHER_TO}, {}),
    (true("SentToMe"), {}, {"headers": OTHER_TO}),
    (true("SentCcMe"), {"headers": f"{OTHER_TO}\r\nCc: {{me}}"}, {}),
    (true("SentToOrCcMe"), {"headers": f"{OTHER_TO}\r\nCc: {{me}}"}, {"headers": OTHER_TO}),
    (true("SentOnlyToMe"), {}, {"headers": "Cc: bob@example.com"}),
    ("<t:WithinSizeRange><t:MinimumSize>2</t:MinimumSize></t:WithinSizeRange>", {"body": "x" * 3000}, {}),
    ("<t:WithinSizeRange><t:MaximumSize>1</t:MaximumSize></t:WithinSizeRange>", {}, {"body": "x" * 3000}),
    (
        "<t:WithinDateRange><t:StartDateTime>2020-01-01T00:00:00Z</t:StartDateTime></t:WithinDateRange>",
        {},
        {"late": "x"},
    ),
]


def _letter(mailbox: Mailbox, given: dict[str, str], subject: str) -> bytes:
    values = {"subject": subject} | {name: text.replace("{me}", mailbox.address) for name, text in given.items()}
    return letter(mailbox.address, **{name: value for name, value in values.items() if name != "late"})


def test_each_condition_looks_at_its_part_of_the_message(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Of two messages that differ in one respect, the rule moves the one that meets its condition."""
    for condition, meeting, failing in CONDITIONS:
        have(mailbox, rule(condition))
        for place, given in ((JUNK, meeting), (INBOX, failing)):
            emulator.configure(mailbox_ahead_s=-(10**9) if "late" in given else 0)
            emulator.deliver(mailbox.address, _letter(mailbox, given, "A message"))
            assert len(mailbox.subjects(place)) == 1, condition
        _empty(mailbox)


def _empty(mailbox: Mailbox) -> None:
    """Neither messages nor rules are left."""
    for place in (INBOX, JUNK):
        found = mailbox.call(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            f"<m:ParentFolderIds>{place}</m:ParentFolderIds></m:FindItem>"
        ).ok()
        ids = "".join(f'<t:ItemId Id="{one.get("Id")}"/>' for one in found.all(".//t:ItemId"))
        mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{ids}</m:ItemIds></m:DeleteItem>').ok()
    rules = mailbox.call("<m:GetInboxRules/>").texts(".//t:RuleId")
    gone = "".join(f"<t:DeleteRuleOperation><t:RuleId>{one}</t:RuleId></t:DeleteRuleOperation>" for one in rules)
    assert code(update(mailbox, gone)) == "NoError"


def test_all_conditions_must_hold_and_no_exception(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A rule runs when every condition is met and no exception is."""
    both = strings("ContainsBodyStrings", "hello") + strings("ContainsSubjectStrings", "sale")
    have(mailbox, rule(both, exceptions=strings("ContainsSubjectStrings", "boss")))

    for subject in ("sale", "sale of the boss", "other"):
        arrives(emulator, mailbox, subject=subject)

    assert mailbox.subjects(JUNK) == ["sale"]
    assert mailbox.subjects(INBOX) == ["other", "sale of the boss"]


def test_actions_change_copy_and_move_the_message(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Categories, importance and read are set, on the copy as on what is moved."""
    notes = mailbox.folder("Copies")
    actions = (
        f"{strings('AssignCategories', 'Red', 'Blue')}<t:CopyToFolder>{notes}</t:CopyToFolder>"
        f"<t:MarkImportance>High</t:MarkImportance>{true('MarkAsRead')}{MOVE}"
    )
    have(mailbox, rule(actions=actions))

    arrives(emulator, mailbox)

    assert mailbox.subjects(INBOX) == []
    for found in emulator.messages(mailbox.address):
        assert (found.categories, found.importance, found.is_read) == (("Red", "Blue"), "High", True)
    assert [found.folder for found in emulator.messages(mailbox.address)] == [("Copies",), ("Junk Email",)]


@pytest.mark.parametrize(("action", "left"), [("Delete", ["A message"]), ("PermanentDelete", [])])
def test_delete_is_a_move_and_permanent_delete_is_not(
    emulator: ExchangeEmulator, mailbox: Mailbox, action: str, left: list[str]
) -> None:
    """Delete moves to Deleted Items; after PermanentDelete the message is nowhere."""
    have(mailbox, rule(actions=true(action)))

    arrives(emulator, mailbox)

    assert mailbox.subjects(distinguished("deleteditems")) == left
    assert len(emulator.messages(mailbox.address)) == len(left)


def test_what_rules_would_send_is_recorded(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Forwards, redirections, alerts and replies are told with their recipients, and the message stays."""
    template = identity(mailbox.message())
    names = ["ForwardAsAttachmentToRecipients", "ForwardToRecipients"]
    names += ["RedirectToRecipients", "SendSMSAlertToRecipients"]
    actions = "".join(people(name, f"{number}@example.com") for number, name in enumerate(names))
    have(mailbox, rule(actions=f'{actions}<t:ServerReplyWithMessage Id="{template}"/>'))

    arrives(emulator, mailbox, subject="Secret")

    sent = [one for one in emulator.outgoing() if one.mailbox == mailbox.address]
    assert [(one.kind, tuple(one.recipients)) for one in sent] == [
        ("rule forward as attachment", ("0@example.com",)),
        ("rule forward", ("1@example.com",)),
        ("rule redirect", ("2@example.com",)),
        ("rule alert", ("3@example.com",)),
        ("rule reply", ("ann@example.com",)),
    ]
    assert {(one.subject, one.cause) for one in sent} == {("Secret", "Delivery")}
    assert mailbox.subjects(INBOX) == ["Secret"]


def test_rules_run_by_priority_until_one_stops_them(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """StopProcessingRules keeps later rules from running; disabled rules never run."""
    stops = strings("AssignCategories", "one") + true("StopProcessingRules")
    have(
        mailbox,
        rule(actions=strings("AssignCategories", "zero"), priority=1, enabled="false"),
        rule(strings("ContainsSubjectStrings", "stop"), stops, priority=2),
        rule(actions=strings("AssignCategories", "two"), priority=3),
    )

    arrives(emulator, mailbox, subject="stop")
    arrives(emulator, mailbox, subject="go")

    found = {one.subject: one.categories for one in emulator.messages(mailbox.address)}
    assert found == {"stop": ("one",), "go": ("two",)}


@pytest.mark.parametrize(("behaviour", "place"), [("in error", INBOX), ("kept", JUNK)])
def test_a_rule_in_error_does_not_run(emulator: ExchangeEmulator, mailbox: Mailbox, behaviour: str, place: str) -> None:
    """A rule with a legacyExchangeDN does nothing while it is in error, though its other address fits."""
    emulator.configure(rules_on_ex_addresses=behaviour)
    have(mailbox, rule(people("FromAddresses", "/o=Old/cn=bob", "ann@example.com")))

    arrives(emulator, mailbox)

    assert mailbox.subjects(place) == ["A message"]


def test_MS_OXORULE_2_2_7_2_a_rule_whose_reply_is_gone_is_in_error(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Once the message that a rule replies with is deleted, the rule is in error and nobody gets a reply."""
    reply = mailbox.message("<t:Subject>Away</t:Subject>")
    have(mailbox, rule(actions=f'<t:ServerReplyWithMessage Id="{identity(reply)}"/>'))
    arrives(emulator, mailbox)
    assert get(mailbox).texts(".//t:IsInError") == []

    mailbox.call(f'<m:DeleteItem DeleteType="SoftDelete"><m:ItemIds>{reply}</m:ItemIds></m:DeleteItem>').ok()
    arrives(emulator, mailbox)

    assert get(mailbox).texts(".//t:IsInError") == ["true"]
    assert [one.kind for one in emulator.outgoing() if one.mailbox == mailbox.address] == ["rule reply"]


def test_rules_do_not_run_on_items_that_are_created(mailbox: Mailbox) -> None:
    """CreateItem into the Inbox delivers nothing: a migrated message stays where it is put."""
    have(mailbox, rule())

    mailbox.message("<t:Subject>Copied</t:Subject>", folder=INBOX)

    assert mailbox.subjects(INBOX) == ["Copied"]
