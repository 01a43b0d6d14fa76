"""What Inbox rules do with mail that arrives."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_PREDICATES, _OPERATIONS, _ACTIONS = "rules/predicates.py", "rules/operations.py", "rules/actions.py"
_KEPT, _AT_WORK = "test_inbox_rules.py::test_", "test_rules_at_work.py::test_"
_CONDITION = f"{_AT_WORK}each_condition_looks_at_its_part_of_the_message"
_BY_PRIORITY = f"{_AT_WORK}rules_run_by_priority_until_one_stops_them"
# A condition, what it looks at, and what it does not look at.
_CONDITIONS = (
    ("ContainsBodyStrings", "_words(lambda mail: [mail.text])", "_words(lambda mail: [mail.item.subject])"),
    ("ContainsHeaderStrings", "_words(lambda mail: [mail.headers])", "_words(lambda mail: [mail.text])"),
    ("ContainsRecipientStrings", '_words(_people("to", "cc"))', '_words(_people("from"))'),
    ("ContainsSenderStrings", '_words(_people("from", "sender"))', '_words(_people("to"))'),
    ("ContainsSubjectOrBodyStrings", "_words(lambda mail: [mail.item.subject, mail.text])",
     "_words(lambda mail: [mail.item.subject])"),
    ("ContainsSubjectStrings", "_words(lambda mail: [mail.item.subject])", "_words(lambda mail: [mail.text])"),
    ("FlaggedForAction", "_flagged", '_is(lambda mail: mail.header("x-message-flag"))'),
    ("FromAddresses", "_equal(lambda mail: [mail.sender])", "_equal(lambda mail: [mail.owner])"),
    ("HasAttachments", "_is(lambda mail: mail.item.attachments)", "_is(lambda mail: False)"),
    ("Importance", "lambda mail, part: mail.item.importance == part.text", "lambda mail, part: True"),
    ("IsAutomaticForward", '_is(lambda mail: mail.header("autoforwarded") == "true")', "_is(lambda mail: False)"),
    ("IsAutomaticReply", '_is(lambda mail: mail.header("auto-submitted") == "auto-replied")',
     '_is(lambda mail: mail.header("auto-submitted"))'),
    ("IsEncrypted", "_is(_encrypted)", '_is(lambda mail: "pkcs7-mime" in mail.header("content-type"))'),
    ("IsMeetingRequest", '_meeting("IPM.SCHEDULE.MEETING.REQUEST", "REQUEST")',
     '_meeting("IPM.SCHEDULE.MEETING.REQUEST", "PUBLISH")'),
    ("IsMeetingResponse", '_meeting("IPM.SCHEDULE.MEETING.RESP", "REPLY")',
     '_meeting("IPM.SCHEDULE.MEETING.RESP", "REQUEST")'),
    ("IsNDR", '_class("REPORT.", ending=".NDR")', '_class("REPORT.")'),
    ("IsPermissionControlled", '_is(lambda mail: mail.header("content-class") == "rpmsg.message")',
     "_is(lambda mail: False)"),
    ("IsReadReceipt", '_class("REPORT.", ending=".IPNRN")', '_class("REPORT.", ending=".IPNNRN")'),
    ("IsSigned", "_is(_signed)", "_is(_encrypted)"),
    ("ItemClasses", "_equal(lambda mail: [mail.item.item_class])", '_equal(lambda mail: ["IPM.Note"])'),
    ("NotSentToMe", '_is(lambda mail: mail.owner not in mail.to("to"))',
     '_is(lambda mail: mail.owner in mail.to("to"))'),
    ("SentCcMe", '_is(lambda mail: mail.owner in mail.to("cc"))', '_is(lambda mail: mail.owner in mail.to("to"))'),
    ("SentOnlyToMe", "_is(_only_to_me)", '_is(lambda mail: mail.owner in mail.to("to"))'),
    ("SentToAddresses", '_equal(lambda mail: mail.to("to", "cc"))', '_equal(lambda mail: mail.to("to", "bcc"))'),
    ("SentToMe", '_is(lambda mail: mail.owner in mail.to("to"))', '_is(lambda mail: mail.owner)'),
    ("SentToOrCcMe", '_is(lambda mail: mail.owner in mail.to("to", "cc"))',
     '_is(lambda mail: mail.owner in mail.to("to"))'),
    ("Sensitivity", "lambda mail, part: mail.item.sensitivity == part.text", "lambda mail, part: True"),
    ("WithinDateRange", "_within_dates", "lambda mail, part: True"),
    ("WithinSizeRange", "_within_sizes", "lambda mail, part: True"),
)

ROWS = (
    *(Broken(f"Condition {name}", _PREDICATES, f'"{name}": {right},', f'"{name}": {wrong},', _CONDITION)
      for name, right, wrong in _CONDITIONS),
    Broken("Condition on sizes, in kilobytes", _PREDICATES, "int(low) * 1024 <=", "int(low) * 1048576 <=", _CONDITION),
    Broken("Conditions, all of them", _PREDICATES, "return all(", "return any(",
           f"{_AT_WORK}all_conditions_must_hold_and_no_exception"),
    Broken("Exceptions", _PREDICATES, "not any(_PREDICATES[local(one)](mail, one) for one in exceptions)", "True",
           f"{_AT_WORK}all_conditions_must_hold_and_no_exception"),
    Broken("Priority: the order in which rules run", "rules/rule.py", "WHERE mailbox=? ORDER BY priority",
           "WHERE mailbox=? ORDER BY number DESC", f"{_KEPT}a_rule_goes_where_its_priority_says"),
    Broken("Priority of the rules behind a new one", _OPERATIONS, '"1")) - 1,', '"1")),',
           f"{_KEPT}a_rule_goes_where_its_priority_says"),
    Broken("StopProcessingRules", _ACTIONS, "fate.stopped = True", "pass", _BY_PRIORITY),
    Broken("IsEnabled", "delivery.py", "if one.enabled and not", "if not", _BY_PRIORITY),
    Broken("IsInError", _OPERATIONS,
           'or any(not validation.is_there(call, action) for action in one.part("Actions"))', "",
           f"{_KEPT}a_rule_whose_folder_is_gone_is_in_error"),
    Broken("IsInError without the reply", "rules/validation.py", ', "MoveToFolder", "ServerReplyWithMessage")',
           ', "MoveToFolder")', f"{_AT_WORK}MS_OXORULE_2_2_7_2_a_rule_whose_reply_is_gone_is_in_error"),
    Broken("A rule in error does not run", "delivery.py", "if one.enabled and not operations.is_in_error(call, one)]",
           "if one.enabled]", f"{_AT_WORK}a_rule_in_error_does_not_run"),
    Broken("OutlookRuleBlobExists", _OPERATIONS, "if mailbox_setting.read(call.db, owner, BLOB) and not removed:",
           "if False:",
           f"{_KEPT}outlook_s_copy_of_the_rules_must_be_removed"),
    Broken("The Outlook rule blob, removed", _OPERATIONS, "mailbox_setting.remove(call.db, owner, BLOB)", "pass",
           f"{_KEPT}outlook_s_copy_of_the_rules_must_be_removed"),
    Broken("RulesQuota", _OPERATIONS, "> call.settings.rules_quota_bytes:", "> 8 * call.settings.rules_quota_bytes:",
           f"{_KEPT}rules_beyond_the_quota_are_refused"),
    Broken("Rules of the acting user", _OPERATIONS, "if not reading or not call.has_full_access(owner.address):",
           "if not call.has_full_access(owner.address):", f"{_KEPT}rules_are_the_authenticated_user_s"),
    Broken("One refused operation refuses all", _OPERATIONS,
           "        if errors:\n", "        rule.save(call.db, owner, rules)\n        if errors:\n",
           f"{_KEPT}one_refused_operation_refuses_all"),
    Broken("Categories set by a rule", _ACTIONS, "dict.fromkeys([*mail.item.categories, *given])",
           "dict.fromkeys(mail.item.categories)", f"{_AT_WORK}actions_change_copy_and_move_the_message"),
    Broken("Delete is a move", _ACTIONS, 'fate.moved.append(folder.distinguished(call, "deleteditems"))',
           "fate.gone = True", f"{_AT_WORK}delete_is_a_move_and_permanent_delete_is_not"),
)
