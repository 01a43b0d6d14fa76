"""The names by which Slack hands things back to us. They are in messages that people still have: never rename one."""

from enum import StrEnum

COMMAND = "/omm"


class View(StrEnum):
    """Callback ids of modals, and of the shortcut that opens the form."""

    SHORTCUT = "omm_migrate"
    FORM = "omm_form"
    CANCEL = "omm_cancel_dialog"
    ROLLBACK = "omm_rollback_dialog"
    PASSWORD = "omm_password_form"
    REPORT = "omm_report"
    FOLLOW = "omm_follow_form"
    DELETE = "omm_delete_dialog"
    FORGET = "omm_forget_dialog"
    AUDIT = "omm_audit"
    ALL = "omm_all"
    WORKERS = "omm_workers"
    SETTINGS = "omm_settings"
    CONSENT = "omm_consent"             # the way to Google for a migration, where a number is typed afterwards
    WORDS = "omm_words"                 # something to read, nothing to send


class Action(StrEnum):
    """Buttons and menus. A button on a card has the task ID as its value."""

    PAUSE = "omm_pause"
    RESUME = "omm_resume"
    COPY_AGAIN = "omm_copy_again"
    RETRY = "omm_retry"
    CANCEL = "omm_cancel"
    STOP = "omm_stop"                   # in the cancel dialog
    ROLLBACK = "omm_rollback"
    APPROVE = "omm_approve"             # value: "<subject>:<about>:<edition>"
    DENY = "omm_deny"                   # value: the same
    WITHDRAW = "omm_withdraw"           # what waits for a second person
    SWITCH_ON = "omm_switch_on"         # the out-of-office that was left off
    REPORT = "omm_report"
    REPORT_PAGE = "omm_report_page"     # value: "<task id> <page, from 0> <what is shown>"
    REPORT_SHOWN = "omm_report_shown"   # a menu; value: what is shown
    REPORT_FILE = "omm_report_file"
    AUDIT = "omm_audit_open"            # in an admin's home tab
    ALL = "omm_all"                     # everybody's migrations
    ALL_AT = "omm_all_at"               # value: the place in the list at which a page begins
    ALL_AT_OLDER = "omm_all_at_older"   # value: the same
    ALL_CLEAR = "omm_all_clear"         # show all again
    WORKERS = "omm_workers"
    PAUSE_ALL = "omm_pause_all"
    GO_ON = "omm_go_on"
    AUDIT_NEWER = "omm_audit_newer"     # value: where the page is
    AUDIT_OLDER = "omm_audit_older"     # value: the same
    AUDIT_FILE = "omm_audit_file"       # value: the same
    SETTINGS = "omm_settings"           # opens what admins settle for the workspace
    NEW = "omm_new"                     # open an empty form
    CONTINUE = "omm_continue"           # open the form of a draft; value: draft id
    DELETE = "omm_delete"               # in the home tab: everything that is kept of a person
    SOURCE_KIND = "omm_source_kind"
    OFFER = "omm_offer"
    CHECK_FIRST = "omm_check_first"
    PAGE = "omm_private_page"           # ask for the private page; value: draft id
    PAGE_OF_TASK = "omm_private_page_of_task"       # the same in a window that asks for passwords; value: task ID
    PAGE_OPEN = "omm_private_page_open"             # the link itself
    PAGE_TYPED = "omm_private_page_typed"           # "I have typed them", in a form; value: draft id
    AUTHORISE = "omm_authorise"         # on a card that waits for consent
    AUTHORISE_FORM = "omm_authorise_in_form"        # ask for the page that leads to Google; value: draft id
    AUTHORISE_OPEN = "omm_authorise_open"           # the link itself; value: draft id or task ID
    AUTHORISED = "omm_authorised"                   # "I have authorised", in a form; value: draft id
    SOURCE_ACCESS = "omm_source_access"             # a menu: whose login opens the mailbox
    DESTINATION_ACCESS = "omm_destination_access"   # the same
    TAKE_BACK = "omm_take_back"         # what another admin is asked about a form; value: draft id


class Block(StrEnum):
    """Input blocks. A name that ends with _ gets a number behind it, which changes when a field must come up anew."""

    SOURCE_KIND = "source_kind"
    SOURCE_SERVER = "source_server"
    SOURCE_LOGIN = "source_login"
    SOURCE_PASSWORD = "source_password_"
    APP_PASSWORD = "source_app_password_"
    CONSENT_NUMBER = "consent_number"
    SOURCE_ACCESS = "source_access"
    SOURCE_MAILBOX = "source_mailbox"
    OFFER = "offer"
    DESTINATION_SERVER = "destination_server_"
    DESTINATION_LOGIN = "destination_login"
    DESTINATION_PASSWORD = "destination_password_"
    DESTINATION_ACCESS = "destination_access"
    DESTINATION_MAILBOX = "destination_mailbox"
    SOMEBODY_ELSES = "somebody_elses_"
    CONTENTS = "contents"
    FORWARDING = "forwarding_"
    OUTLOOK_RULES = "outlook_rules_"
    COPIES = "label_copies_"
    LEAVE_OFF = "leave_off_"
    NOTIFY = "notify"
    ALL_STATE = "all_state_"
    ALL_OWNER = "all_owner_"
    ALL_HOST = "all_host_"
    DISCARD = "discard"
    LOGIN = "login"
    WHO = "who_"
    GROUPS = "groups_"
    PEOPLE = "people_"
    SOURCE_HOSTS = "source_hosts_"
    DESTINATION_HOSTS = "destination_hosts_"
    WHERE_TYPED = "where_typed_"
    MOST_IN_ALL = "most_in_all_"
    MOST_OF_A_HOST = "most_of_a_host_"
    MOST_OF_A_PERSON = "most_of_a_person_"
    SECOND_PERSON = "second_person_"
    RETENTION = "retention_"
    AUDIT_CHANNEL = "audit_channel_"
    SERVICE_ADMINS = "service_admins_"
    TELLS_OWNER = "tells_owner_"


VALUE = "v"     # the action id of every plain input
