"""GetInboxRules and UpdateInboxRules, after the examples on Microsoft's pages of both operations and MS-OXWSRULES."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .rules import MOVE, code, create, get, letter, rule, update
from .soap import Mailbox, distinguished, identity, names

INTERESTING = "<t:ContainsSubjectStrings><t:String>Interesting</t:String></t:ContainsSubjectStrings>"


def error(mailbox: Mailbox, operations: str) -> tuple[str, str]:
    """The field and the code of the one validation error."""
    answer = update(mailbox, operations)
    assert code(answer) == "ErrorInboxRulesValidationError"
    return answer.text(".//t:FieldURI"), answer.text(".//t:ErrorCode")


def test_the_example_of_the_page_creates_a_rule(mailbox: Mailbox) -> None:
    """The created rule is told with the elements of the page's example, its folder by FolderId."""
    answer = update(mailbox, create(rule(INTERESTING, name="MoveInterestingToJunk")), blob="true")

    assert (answer.body.attrib["ResponseClass"], names(answer.body)) == ("Success", ["ResponseCode"])
    told = get(mailbox)
    assert names(told.body) == ["ResponseCode", "OutlookRuleBlobExists", "InboxRules"]
    assert names(told.one(".//t:Rule")) == [
        *("RuleId", "DisplayName", "Priority", "IsEnabled", "Conditions", "Actions"),
    ]
    assert told.text(".//t:DisplayName") == "MoveInterestingToJunk"
    assert told.text(".//t:Conditions//t:String") == "Interesting"
    assert names(told.one(".//t:MoveToFolder")) == ["FolderId"]
    assert told.one(".//t:MoveToFolder/t:FolderId").get("ChangeKey") == "AQAAAA=="


def test_a_mailbox_without_rules_tells_none(mailbox: Mailbox) -> None:
    """An empty set is no InboxRules element, and the blob is told not to exist."""
    answer = get(mailbox)

    assert names(answer.body) == ["ResponseCode", "OutlookRuleBlobExists"]
    assert answer.text("m:OutlookRuleBlobExists") == "false"


def test_every_condition_exception_and_action_comes_back_as_it_was_sent(mailbox: Mailbox) -> None:
    """Each element of RulePredicatesType and RuleActionsType that this server can carry out is kept."""
    addresses = "<t:Address><t:EmailAddress>a@example.com</t:EmailAddress></t:Address>"
    strings = "<t:String>one</t:String><t:String>two</t:String>"
    words = [f"Contains{name}Strings" for name in ("Body", "Header", "Recipient", "Sender", "SubjectOrBody", "Subject")]
    flags = ("ApprovalRequest", "AutomaticForward", "AutomaticReply", "Encrypted", "MeetingRequest")
    flags += ("MeetingResponse", "NDR", "PermissionControlled", "ReadReceipt", "Signed", "Voicemail")
    predicates = "".join(
        [
            *(f"<t:{name}>{strings}</t:{name}>" for name in ("Categories", *words)),
            "<t:FlaggedForAction>FYI</t:FlaggedForAction>",
            f"<t:FromAddresses>{addresses}</t:FromAddresses><t:HasAttachments>true</t:HasAttachments>",
            "<t:Importance>High</t:Importance>",
            *(f"<t:Is{name}>true</t:Is{name}>" for name in flags),
            f"<t:ItemClasses>{strings}</t:ItemClasses><t:NotSentToMe>true</t:NotSentToMe>",
            "<t:SentCcMe>true</t:SentCcMe><t:SentOnlyToMe>true</t:SentOnlyToMe>",
            f"<t:SentToAddresses>{addresses}</t:SentToAddresses><t:SentToMe>true</t:SentToMe>",
            "<t:SentToOrCcMe>true</t:SentToOrCcMe><t:Sensitivity>Private</t:Sensitivity>",
            "<t:WithinDateRange><t:StartDateTime>2020-01-01T00:00:00Z</t:StartDateTime></t:WithinDateRange>",
            "<t:WithinSizeRange><t:MinimumSize>1</t:MinimumSize><t:MaximumSize>2</t:MaximumSize></t:WithinSizeRange>",
        ]
    )
    template = identity(mailbox.message())
    people = ("ForwardAsAttachmentToRecipients", "ForwardToRecipients")
    more = ("RedirectToRecipients", "SendSMSAlertToRecipients")
    actions = "".join(
        [
            f"<t:AssignCategories>{strings}</t:AssignCategories>",
            '<t:CopyToFolder><t:DistinguishedFolderId Id="notes"/></t:CopyToFolder><t:Delete>true</t:Delete>',
            *(f"<t:{name}>{addresses}</t:{name}>" for name in people),
            f"<t:MarkImportance>Low</t:MarkImportance><t:MarkAsRead>true</t:MarkAsRead>{MOVE}",
            "<t:PermanentDelete>true</t:PermanentDelete>",
            *(f"<t:{name}>{addresses}</t:{name}>" for name in more),
            f'<t:ServerReplyWithMessage Id="{template}"/><t:StopProcessingRules>true</t:StopProcessingRules>',
        ]
    )

    assert code(update(mailbox, create(rule(predicates, actions, exceptions=predicates)))) == "NoError"

    told = get(mailbox)
    assert len(names(told.one(".//t:Conditions"))) == 32
    assert names(told.one(".//t:Exceptions")) == names(told.one(".//t:Conditions"))
    assert len(names(told.one(".//t:Actions"))) == 13
    assert told.texts(".//t:Conditions/t:Categories/t:String") == ["one", "two"]
    assert told.one(".//t:ServerReplyWithMessage").get("Id") == template


def test_values_are_told_in_their_usual_form(mailbox: Mailbox) -> None:
    """A boolean of 1 is told as true, one of 0 not at all, and a time in UTC."""
    dates = "<t:WithinDateRange><t:StartDateTime>2020-01-01T01:00:00+01:00</t:StartDateTime></t:WithinDateRange>"
    flags = "<t:HasAttachments>0</t:HasAttachments><t:IsNDR> 1 </t:IsNDR>"
    update(mailbox, create(rule(flags + dates, "<t:Delete>1</t:Delete><t:MarkAsRead>0</t:MarkAsRead>", enabled="1")))

    told = get(mailbox)

    assert names(told.one(".//t:Conditions")) == ["IsNDR", "WithinDateRange"]
    assert [told.text(f".//t:{name}") for name in ("IsEnabled", "IsNDR", "Delete")] == ["true"] * 3
    assert told.text(".//t:StartDateTime") == "2020-01-01T00:00:00Z"
    assert names(told.one(".//t:Actions")) == ["Delete"]


def test_the_examples_of_the_page_set_and_delete_a_rule(mailbox: Mailbox) -> None:
    """SetRuleOperation replaces the whole rule under its RuleId, DeleteRuleOperation removes it."""
    update(mailbox, create(rule(INTERESTING)))
    named = get(mailbox).text(".//t:RuleId")

    changed = rule(name="(Modified) This is Junk", identity=named, enabled="false")
    assert code(update(mailbox, f"<t:SetRuleOperation>{changed}</t:SetRuleOperation>")) == "NoError"

    told = get(mailbox)
    assert told.texts(".//t:RuleId") == [named]
    assert told.text(".//t:DisplayName") == "(Modified) This is Junk"
    assert told.text(".//t:IsEnabled") == "false"
    assert told.all(".//t:Conditions") == []
    update(mailbox, f"<t:SetRuleOperation>{rule(identity=named)}</t:SetRuleOperation>")
    deleted = f"<t:DeleteRuleOperation><t:RuleId>{named}</t:RuleId></t:DeleteRuleOperation>"
    assert code(update(mailbox, deleted)) == "NoError"
    assert get(mailbox).all(".//t:Rule") == []
    assert error(mailbox, deleted) == ("RuleId", "RuleNotFound")


def test_exchangelib_a_disabled_rule_is_not_found_by_a_deletion(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """What is disabled must be enabled before it can be deleted, unless the setting says otherwise; nothing is done."""
    update(mailbox, create(rule(name="On", priority=1), rule(name="Off", priority=2, enabled="false")))
    ids = get(mailbox).texts(".//t:RuleId")
    deleted = "".join(f"<t:DeleteRuleOperation><t:RuleId>{one}</t:RuleId></t:DeleteRuleOperation>" for one in ids)

    assert code(update(mailbox, deleted)) == "ErrorItemNotFound"
    assert get(mailbox).texts(".//t:RuleId") == ids
    emulator.configure(disabled_rules_deletable=True)
    assert code(update(mailbox, deleted)) == "NoError"
    assert get(mailbox).all(".//t:Rule") == []


def test_a_rule_may_do_nothing_but_stop_others(mailbox: Mailbox) -> None:
    """StopProcessingRules alone is an action, as in Outlook; of false it is none."""
    assert code(update(mailbox, create(rule(INTERESTING, "<t:StopProcessingRules>true</t:StopProcessingRules>")))) \
        == "NoError"

    assert names(get(mailbox).one(".//t:Actions")) == ["StopProcessingRules"]
    false = rule(INTERESTING, "<t:StopProcessingRules>false</t:StopProcessingRules>")
    assert error(mailbox, create(false)) == ("Actions", "MissingAction")


def test_the_example_of_ms_oxwsrules_4_5_is_refused(mailbox: Mailbox) -> None:
    """A rule that is created with a RuleId is refused with CreateWithRuleId, the index and the value."""
    given = rule(INTERESTING, identity="dCsAAABjz0Q=", more="<t:IsInError>false</t:IsInError>")
    answer = update(mailbox, create(given), blob="true")

    assert answer.body.attrib["ResponseClass"] == "Error"
    assert code(answer) == "ErrorInboxRulesValidationError"
    assert answer.text(".//t:OperationIndex") == "0"
    assert names(answer.one(".//t:Error")) == ["FieldURI", "ErrorCode", "ErrorMessage", "FieldValue"]
    assert (answer.text(".//t:FieldURI"), answer.text(".//t:ErrorCode")) == ("RuleId", "CreateWithRuleId")
    assert answer.text(".//t:FieldValue") == "dCsAAABjz0Q="


def test_a_rule_goes_where_its_priority_says(mailbox: Mailbox) -> None:
    """A new rule takes the place of its priority, the others move down, and priorities count from one."""
    update(mailbox, create(rule(name="first", priority=1), rule(name="last", priority=2)))
    update(mailbox, create(rule(name="middle", priority=2)))

    told = get(mailbox)
    assert told.texts(".//t:DisplayName") == ["first", "middle", "last"]
    assert told.texts(".//t:Priority") == ["1", "2", "3"]


def test_one_refused_operation_refuses_all(mailbox: Mailbox) -> None:
    """Nothing of a request is done when one of its operations is wrong, and the errors carry its index."""
    answer = update(mailbox, create(rule(name="good"), rule(name="bad", priority=2, actions="")))

    assert answer.texts(".//t:OperationIndex") == ["1"]
    assert get(mailbox).all(".//t:Rule") == []


def _one(name: str, inside: str) -> str:
    return f"<t:{name}>{inside}</t:{name}>"


def _address(address: str, routing: str = "") -> str:
    kind = f"<t:RoutingType>{routing}</t:RoutingType>" if routing else ""
    return f"<t:Address><t:EmailAddress>{address}</t:EmailAddress>{kind}</t:Address>"


DATES = "<t:StartDateTime>2021-01-01T00:00:00Z</t:StartDateTime><t:EndDateTime>2020-01-01T00:00:00Z</t:EndDateTime>"
WRONG = [
    (rule(name=" "), "DisplayName", "EmptyValueFound"),
    (rule(name="n" * 513), "DisplayName", "StringValueTooBig"),
    (rule(priority=0), "Priority", "InvalidValue"),
    (rule(more="<t:IsNotSupported>true</t:IsNotSupported>"), "IsNotSupported", "NotSettable"),
    (rule(actions=""), "Actions", "MissingAction"),
    (rule(actions="<t:Delete>false</t:Delete>"), "Actions", "MissingAction"),
    (rule(_one("ContainsBodyStrings", "")), "Condition:ContainsBodyStrings", "EmptyValueFound"),
    (rule(_one("Categories", _one("String", " "))), "Condition:Categories", "EmptyValueFound"),
    (rule(_one("ItemClasses", _one("String", "c" * 256))), "Condition:ItemClasses", "StringValueTooBig"),
    (rule(_one("FromAddresses", "")), "Condition:FromAddresses", "EmptyValueFound"),
    (
        rule(_one("FromAddresses", "<t:Address><t:Name>Ann</t:Name></t:Address>")),
        "Condition:FromAddresses",
        "InvalidAddress",
    ),
    (rule(_one("SentToAddresses", _address("nobody"))), "Condition:SentToAddresses", "InvalidAddress"),
    (rule(_one("FromAddresses", _address("123", "FAX"))), "Condition:FromAddresses", "UnsupportedAddress"),
    (
        rule(_one("FromConnectedAccounts", _one("String", "a"))),
        "Condition:FromConnectedAccounts",
        "ConnectedAccountNotFound",
    ),
    (
        rule(_one("MessageClassifications", _one("String", "a"))),
        "Condition:MessageClassifications",
        "MessageClassificationNotFound",
    ),
    (rule(_one("WithinDateRange", "")), "Condition:WithinDateRange", "MissingRangeValue"),
    (rule(exceptions=_one("WithinDateRange", DATES)), "Exception:WithinDateRange", "InvalidDateRange"),
    (
        rule(_one("WithinDateRange", _one("EndDateTime", "0001-01-01T00:00:00Z"))),
        "Condition:WithinDateRange",
        "InvalidDateRange",
    ),
    (rule(_one("WithinSizeRange", "")), "Condition:WithinSizeRange", "MissingRangeValue"),
    (rule(_one("WithinSizeRange", _one("MinimumSize", "-1"))), "Condition:WithinSizeRange", "SizeLessThanZero"),
    (
        rule(_one("WithinSizeRange", _one("MinimumSize", "2") + _one("MaximumSize", "1"))),
        "Condition:WithinSizeRange",
        "InvalidSizeRange",
    ),
    (rule(actions=_one("MoveToFolder", '<t:FolderId Id="junk"/>')), "Action:MoveToFolder", "InvalidFolderId"),
    (
        rule(actions=_one("CopyToFolder", '<t:DistinguishedFolderId Id="publicfoldersroot"/>')),
        "Action:CopyToFolder",
        "FolderDoesNotExist",
    ),
    (rule(actions=_one("ForwardToRecipients", _address("x y@z"))), "Action:ForwardToRecipients", "InvalidAddress"),
    (rule(actions='<t:ServerReplyWithMessage Id="junk"/>'), "Action:ServerReplyWithMessage", "InvalidValue"),
]


@pytest.mark.parametrize(("given", "field", "expected"), WRONG, ids=[f"{f}-{c}" for _, f, c in WRONG])
def test_what_is_wrong_is_named_by_field_and_code(mailbox: Mailbox, given: str, field: str, expected: str) -> None:
    """Each fault of a rule is refused under its field and its code of RuleValidationErrorCodeType."""
    assert error(mailbox, create(given)) == (field, expected)


def test_two_operations_cannot_share_a_rule_or_a_priority(mailbox: Mailbox) -> None:
    """A rule is named once a request, and so is a priority."""
    update(mailbox, create(rule()))
    named = get(mailbox).text(".//t:RuleId")
    deleted = f"<t:DeleteRuleOperation><t:RuleId>{named}</t:RuleId></t:DeleteRuleOperation>"

    assert error(mailbox, deleted * 2) == ("RuleId", "DuplicatedOperationOnTheSameRule")
    assert error(mailbox, create(rule(), rule())) == ("Priority", "DuplicatedPriority")
    assert error(mailbox, f"<t:SetRuleOperation>{rule()}</t:SetRuleOperation>") == ("RuleId", "MissingParameter")


def test_outlook_s_copy_of_the_rules_must_be_removed(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """While the Outlook rule blob exists nothing is changed unless the request removes it, which is then done."""
    emulator.leave_outlook_rules(mailbox.address)
    assert get(mailbox).text("m:OutlookRuleBlobExists") == "true"

    assert code(update(mailbox, create(rule()))) == "ErrorOutlookRuleBlobExists"
    assert code(update(mailbox, create(rule()), blob="false")) == "ErrorOutlookRuleBlobExists"
    assert code(update(mailbox, create(rule(actions="")), blob="true")) == "ErrorInboxRulesValidationError"
    assert get(mailbox).text("m:OutlookRuleBlobExists") == "true"

    assert code(update(mailbox, create(rule()), blob="true")) == "NoError"
    assert get(mailbox).text("m:OutlookRuleBlobExists") == "false"


def test_rules_beyond_the_quota_are_refused(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """ErrorRulesOverQuota says that the rules together are too large, and none of the request is kept."""
    emulator.configure(rules_quota_bytes=32_768)
    many = [rule(INTERESTING.replace("Interesting", "s" * 250), priority=n) for n in range(1, 101)]

    assert code(update(mailbox, create(*many[:40]))) == "NoError"
    assert code(update(mailbox, create(*many))) == "ErrorRulesOverQuota"
    assert len(get(mailbox).all(".//t:Rule")) == 40


def test_rules_are_the_authenticated_user_s(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """Full access lets somebody read another's rules; changing them stays with their owner."""
    other = open_mailbox(emulator)
    update(other, create(rule(name="Theirs")))

    assert code(get(mailbox, mailbox.address.upper())) == "NoError"
    assert code(get(mailbox, other.address)) == "ErrorAccessDenied"
    assert code(get(mailbox, "nobody@example.org")) == "ErrorNonExistentMailbox"
    emulator.configure(full_access={mailbox.address: [other.address]})
    assert get(mailbox, other.address).text(".//t:DisplayName") == "Theirs"
    assert code(update(mailbox, create(rule()), address=other.address)) == "ErrorAccessDenied"


@pytest.mark.parametrize("behaviour", ["in error", "kept", "refused"])
def test_rules_on_legacy_addresses_follow_the_setting(
    emulator: ExchangeEmulator, mailbox: Mailbox, behaviour: str
) -> None:
    """A rule that names a legacyExchangeDN is kept in error, kept, or refused with RecipientDoesNotExist."""
    emulator.configure(rules_on_ex_addresses=behaviour)
    given = create(rule(_one("FromAddresses", _address("/o=Old/ou=First/cn=Recipients/cn=ann", "EX"))))

    if behaviour == "refused":
        assert error(mailbox, given) == ("Condition:FromAddresses", "RecipientDoesNotExist")
    else:
        assert code(update(mailbox, given)) == "NoError"
        assert get(mailbox).texts(".//t:IsInError") == (["true"] if behaviour == "in error" else [])


def test_a_rule_may_name_whom_the_directory_knows_by_a_legacy_address(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """It is not in error, and means them."""
    other = open_mailbox(emulator)
    [known] = emulator.ex_addresses(other.address)
    assert code(update(mailbox, create(rule(_one("FromAddresses", _address(known, "EX")))))) == "NoError"

    emulator.deliver(mailbox.address, letter(mailbox.address, headers=f"From: {other.address}"))

    assert get(mailbox).texts(".//t:IsInError") == []
    assert mailbox.subjects(distinguished("junkemail")) == ["A message"]


def test_a_rule_whose_folder_is_gone_is_in_error(mailbox: Mailbox) -> None:
    """IsInError is told once the folder that a rule moves to is deleted."""
    place = mailbox.folder("Lists")
    update(mailbox, create(rule(actions=_one("MoveToFolder", place))))
    assert get(mailbox).texts(".//t:IsInError") == []

    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{place}</m:FolderIds></m:DeleteFolder>').ok()

    assert get(mailbox).texts(".//t:IsInError") == ["true"]
