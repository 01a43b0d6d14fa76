"""The settings of a workspace, in a window: what its admins may choose, and what they have chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import ids
from bot.audit.changes import WHERE_TYPED, WHO
from bot.ids import VALUE, Action, Block
from bot.policy import LEAST_DAYS
from bot.stored.policies import Passwords, Policy, Who
from bot.user_groups import UserGroup
from bot.views import blocks
from bot.views.blocks import Piece
from bot.views.modals import View, boxes, field, modal
from bot.views.words import date

TITLE = "Settings"
YES = "yes"                 # the value of a box by itself
A_MENU = 100                # options of a menu or of one group in it (docs.slack.dev, multi-static select)
MOST_GROUPS = 1_000         # user groups that can be chosen from
MOST_PEOPLE, MOST_ADMINS = 100, 8
LONGEST = 3_000             # characters of a field
MOST_AT_ONCE = 1_000        # migrations
NO_GROUPS = (
    "To choose user groups here, OMM needs Slack's scope `usergroups:read`. The operator adds it to the app and "
    "installs the app again. Until then, nobody may migrate because of a user group."
)
GROUPS_AWAY = "Slack does not tell OMM which user groups there are just now. Those that were chosen stay."
NO_PAGE = (
    "*Private page*   People can type passwords on a page of OMM instead of in Slack, once the operator has set "
    "`OMM_PUBLIC_URL`, `SLACK_CLIENT_ID` and `SLACK_CLIENT_SECRET`. Until then, they type them in the form."
)
PAGE_IS_GONE = (
    ":warning: *Private page*   Passwords may be typed only on OMM's private page, and there is none any more: nobody "
    "can give a password. Choose here that they are typed in Slack, too, or have the operator set `OMM_PUBLIC_URL`, "
    "`SLACK_CLIENT_ID` and `SLACK_CLIENT_SECRET`."
)
DAMAGED = (
    ":warning: The settings that were stored cannot be read, so nothing new begins. These are the ones that OMM comes "
    "with. To have them hold, with your changes, press *Save*. If everybody's migrations were paused, they are not any "
    "more: press *Pause all* again."
)
OPERATORS = "This only narrows what the operator allows: servers in private networks still need OMM_ALLOWED_HOSTS."
PATTERNS = "One name a line, such as mail.example.org or *.example.org. Empty: any server. "


@dataclass(frozen=True, slots=True)
class Room:
    """What a workspace can choose from. `groups` are its user groups; `why_no_groups` says why there are none.

    `has_page`: there is a private page. `retention_days` is the operator's.
    """

    groups: Sequence[UserGroup]
    has_page: bool
    retention_days: int
    why_no_groups: str = ""


def settings_view(policy: Policy, room: Room, *, edition: int = 0, note: str = "") -> View:
    """The settings (private_metadata: `settings_form.seen` reads it). Another edition is drawn with what is stored.

    `note` stands above them.
    """
    body = [
        *([blocks.section("note", note)] if note else []),
        blocks.section("about", _about(policy)),
        *_who(policy, room, edition),
        *_hosts(policy, edition),
        *_passwords(policy, room, edition),
        *_limits(policy, edition),
        _box(Block.SECOND_PERSON, edition, "Rollbacks", "Another admin must approve each", ticked=policy.second_person),
        _days(policy, room, edition),
        _channel(policy, edition),
        *_service_accounts(policy, edition),
    ]
    return modal(TITLE, body, ids.View.SETTINGS, f"{policy.digest} {edition}", submit="Save")


def _about(policy: Policy) -> str:
    text = "What you set here holds for this workspace, from the next thing that anybody does."
    if policy.changed is None or not policy.changed_by.isalnum():
        return text
    return f"{text} <@{policy.changed_by}> changed it last, {date(policy.changed)}."


# Who may migrate


def _who(policy: Policy, room: Room, edition: int) -> list[Piece]:
    options = [blocks.option(who.value, _capital(words)) for who, words in WHO.items()]
    chosen = options[list(WHO).index(policy.who)]
    who = {"type": "static_select", "action_id": VALUE, "options": options, "initial_option": chosen}
    people = _menu("multi_users_select", "initial_users", policy.people, MOST_PEOPLE)
    counts = f"Counts only with “{_capital(WHO[Who.CHOSEN])}”."
    return [
        field(f"{Block.WHO}{edition}", "Who may migrate", who, hint=(
            "Admins and owners always may. Whoever may no longer can still pause, cancel and roll back their own."
        )),
        _groups(policy, room, edition, counts),
        field(f"{Block.PEOPLE}{edition}", "People who may migrate", people, hint=counts, optional=True),
    ]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _menu(kind: str, initial: str, chosen: Sequence[str], most: int) -> Piece:
    menu: Piece = {"type": kind, "action_id": VALUE, "max_selected_items": most}
    return menu | {initial: list(chosen)} if chosen else menu


def _groups(policy: Policy, room: Room, edition: int, hint: str) -> Piece:
    """Those that were chosen and are gone from Slack stand there by their ID, so that they can be taken away."""
    known = {group.id: group.handle for group in room.groups[:MOST_GROUPS]}
    if not known:
        return blocks.context("no_groups", room.why_no_groups or "There are no user groups in this workspace.")
    gone = [group for group in policy.groups if group not in known]
    options = [blocks.option(id_, f"@{handle}") for id_, handle in known.items()]
    options += [blocks.option(id_, f"{id_} (gone)") for id_ in gone]
    chosen = [option for option in options if option["value"] in policy.groups][:A_MENU]
    menu: Piece = {"type": "multi_static_select", "action_id": VALUE} | _choice_of(options)
    menu |= {"initial_options": chosen} if chosen else {}
    return field(f"{Block.GROUPS}{edition}", "User groups that may migrate", menu, hint=hint, optional=True)


def _choice_of(options: Sequence[Piece]) -> Piece:
    """Up to a hundred options as they are, more of them in groups of a hundred."""
    if len(options) <= A_MENU:
        return {"options": list(options)}
    parts = [list(options[first : first + A_MENU]) for first in range(0, len(options), A_MENU)]
    label = "{} to {}"
    return {"option_groups": [
        {"label": blocks.plain(label.format(part[0]["text"]["text"][:30], part[-1]["text"]["text"][:30]), 75),
         "options": part}
        for part in parts
    ]}


# Servers, passwords, numbers


def _hosts(policy: Policy, edition: int) -> list[Piece]:
    return [
        _lines(Block.SOURCE_HOSTS, edition, "Source servers", policy.source_hosts),
        _lines(Block.DESTINATION_HOSTS, edition, "Destination servers", policy.destination_hosts),
    ]


def _lines(block: Block, edition: int, label: str, names: Sequence[str]) -> Piece:
    element: Piece = {
        "type": "plain_text_input", "action_id": VALUE, "multiline": True, "max_length": LONGEST,
        "placeholder": blocks.plain("mail.example.org", 150),
    }
    if names:
        element["initial_value"] = "\n".join(names)
    return field(f"{block}{edition}", label, element, hint=PATTERNS + OPERATORS, optional=True)


def _passwords(policy: Policy, room: Room, edition: int) -> list[Piece]:
    if not room.has_page and policy.passwords is not Passwords.PAGE:
        return [blocks.section("no_page", NO_PAGE)]
    gone = [] if room.has_page else [blocks.section("no_page", PAGE_IS_GONE)]
    options = [blocks.option(where.value, _capital(words)) for where, words in WHERE_TYPED.items()]
    where = {
        "type": "radio_buttons", "action_id": VALUE, "options": options,
        "initial_option": options[list(WHERE_TYPED).index(policy.passwords)],
    }
    return [*gone, field(f"{Block.WHERE_TYPED}{edition}", "Where passwords are typed", where, hint=(
        "What is typed in a form passes through Slack. The private page is OMM's own; the form leads to it."
    ))]


def _limits(policy: Policy, edition: int) -> list[Piece]:
    waits = "What is more waits in line, the oldest first. Empty: no limit."
    return [
        _number(Block.MOST_IN_ALL, edition, "Migrations at work at once", policy.most, MOST_AT_ONCE, waits),
        _number(Block.MOST_OF_A_HOST, edition, "At once with one server", policy.most_with_a_host, MOST_AT_ONCE, waits),
        _number(Block.MOST_OF_A_PERSON, edition, "At once of one person", policy.most_of_a_person, MOST_AT_ONCE, waits),
    ]


def _number(
    block: Block, edition: int, label: str, value: int | None, most: int, hint: str, *, least: int = 1
) -> Piece:
    element: Piece = {
        "type": "number_input", "action_id": VALUE, "is_decimal_allowed": False, "min_value": str(least),
        "max_value": str(most),
    }
    if value is not None:
        element["initial_value"] = str(min(max(value, least), most))
    return field(f"{block}{edition}", label, element, hint=hint, optional=True)


def _days(policy: Policy, room: Room, edition: int) -> Piece:
    return _number(
        Block.RETENTION, edition, "Days that a migration is kept after its end", policy.retention_days,
        room.retention_days, (
            f"From {LEAST_DAYS} to {room.retention_days}, which the operator has set. Then OMM deletes what it knows "
            "of it, and never what it copied. Empty: as the operator has set."
        ), least=LEAST_DAYS,
    )


# The audit, service accounts


def _channel(policy: Policy, edition: int) -> Piece:
    element: Piece = {
        "type": "conversations_select", "action_id": VALUE,
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    if policy.audit_channel:
        element["initial_conversation"] = policy.audit_channel
    return field(f"{Block.AUDIT_CHANNEL}{edition}", "Channel of the audit", element, optional=True, hint=(
        "Who did what is posted there, without logins and servers. Invite OMM into it first: type /invite @omm there."
    ))


def _service_accounts(policy: Policy, edition: int) -> list[Piece]:
    admins = _menu("multi_users_select", "initial_users", policy.service_accounts, MOST_ADMINS)
    return [
        field(f"{Block.SERVICE_ADMINS}{edition}", "Admins who may use service accounts", admins, optional=True, hint=(
            "A service account opens other people's mailboxes. Each use needs the approval of a second admin. Empty: "
            "nobody may."
        )),
        _box(Block.TELLS_OWNER, edition, "Owners of such mailboxes", "Are told by direct message",
             ticked=policy.tells_owner),
    ]


def _box(block: Block, edition: int, label: str, words: str, *, ticked: bool) -> Piece:
    box = blocks.option(YES, words)
    return boxes(f"{block}{edition}", label, [box], chosen=[box] if ticked else [], optional=True)


def settings_button() -> Piece:
    """What opens them."""
    return blocks.button(Action.SETTINGS, "Settings", TITLE.casefold())
