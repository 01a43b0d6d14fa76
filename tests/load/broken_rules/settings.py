"""What is computed of settings of a mailbox, and whose they are."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_OOF, _CONFIGURATION, _RIGHTS = "out_of_office.py", "user_configuration.py", "rights.py"
_AWAY, _CONFIGURED, _WHO = "test_out_of_office.py::test_", "test_user_configuration.py::test_", "test_rights.py::test_"
_MACHINES = f"{_AWAY}machines_are_not_answered"

ROWS = (
    Broken("Out of office: once a sender", _OOF, "json.dumps([*answered, mail.sender])", "json.dumps(answered)",
           f"{_AWAY}each_sender_would_be_answered_once"),
    Broken("Out of office: answered anew once it is set again", _OOF,
           "mailbox_setting.remove(call.db, call.mailbox, _ANSWERED)", "pass",
           f"{_AWAY}each_sender_would_be_answered_once"),
    Broken("Out of office: inside and outside", _OOF, 'if inside else "external out of office reply"',
           'if True else "external out of office reply"', f"{_AWAY}each_sender_would_be_answered_once"),
    Broken("ExternalAudience", _OOF, 'inside or audience == "All"', 'inside or audience != "None"',
           f"{_AWAY}strangers_are_answered_only_if_the_audience_is_all[Known]"),
    Broken("Out of office: mailing lists", _OOF, 'in ("bulk", "junk", "list")', 'in ("bulk", "junk")', _MACHINES),
    Broken("Out of office: X-Auto-Response-Suppress", _OOF, 'or bool(suppressed & {"all", "oof"})',
           'or bool(suppressed & {"all"})', _MACHINES),
    Broken("Out of office: automatic mail", _OOF, 'mail.header("auto-submitted") not in ("", "no") or', "", _MACHINES),
    Broken("Out of office: the end of a schedule", _OOF, "<= call.now < end)", "<= call.now)",
           f"{_AWAY}a_schedule_answers_while_it_lasts"),
    Broken("ErrorInvalidScheduledOofDuration", _OOF, 'if state == "Scheduled" and (end is None or end <= call.now):',
           'if state == "Scheduled" and end is None:', f"{_AWAY}what_is_wrong_is_refused_and_changes_nothing"),
    Broken("Out of office of another user", _OOF, "if address != call.mailbox.address:", "if False:",
           f"{_AWAY}settings_of_another_user_are_refused"),
    Broken("OofState of a new mailbox", _OOF, "<t:OofState>Disabled</t:OofState>", "<t:OofState>Enabled</t:OofState>",
           f"{_AWAY}a_new_mailbox_is_not_away"),
    Broken("Language of a reply", _OOF, 'attribute = "" if language is None', 'attribute = "" if True',
           f"{_AWAY}the_language_of_a_reply_is_kept"),
    Broken("User configuration: values within their type", _CONFIGURATION, '"Byte": (0, 2**8)', '"Byte": (0, 2**16)',
           f"{_CONFIGURED}values_that_do_not_fit_are_refused"),
    Broken("User configuration: the parts asked for", _CONFIGURATION, "(whole or name in wanted)", "True",
           f"{_CONFIGURED}the_properties_asked_for_are_told"),
    Broken("User configuration: a name once a folder", _CONFIGURATION,
           "if associated.named(call, place, name) is not None:",
           "if False:", f"{_CONFIGURED}what_is_there_or_not_there"),
    Broken("User configuration: ChangeKey", "associated.py",
           "one.change, one.modified = call.mailbox.change(), call.now",
           "one.change, one.modified = one.change or call.mailbox.change(), call.now",
           f"{_CONFIGURED}an_update_replaces_the_parts_it_names"),
    Broken("ItemClass of a user configuration", "associated.py", '_CLASS = "IPM.Configuration."',
           '_CLASS = "IPM.Config."',
           f"{_CONFIGURED}associated_items_lie_beside_the_others"),
    Broken("SyncScope", "sync.py", '== "NormalAndAssociatedItems"', '!= "AssociatedItems"',
           f"{_CONFIGURED}synchronization_tells_associated_items_in_their_scope"),
    Broken("Impersonation: its right", _RIGHTS, 'if "*" not in allowed and found not in allowed:', "if False:",
           f"{_WHO}impersonation_needs_its_right"),
    Broken("Impersonation by user principal name", _RIGHTS, '"user" if kind == "PrincipalName" else "address"',
           '"address"', f"{_WHO}a_user_principal_name_is_not_an_address"),
    Broken("Impersonation of nobody", _RIGHTS, 'raise SoapFault("ErrorInvalidUserPrincipalName")',
           'raise SoapFault("ErrorNonExistentMailbox")', f"{_WHO}who_cannot_be_impersonated"),
    Broken("Full access and settings of the user", _RIGHTS, "allowed and local(request) not in _OWN_ALONE", "allowed",
           f"{_WHO}full_access_leaves_the_user_s_settings_alone"),
    Broken("Full access: its right", _RIGHTS, "& {caller, *allowed} if looked_at", "if looked_at",
           f"{_WHO}full_access_needs_its_right"),
)
