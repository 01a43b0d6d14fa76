"""The scopes of Slack that OMM asks for: what each is for, and what is missing without it.

`manifest.json` asks for them, the optional ones as `bot_optional`: whoever installs the app may leave those out. Those
of people, as `user`, are asked of each when they sign in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope. `missing` is what does not work without it."""

    name: str
    purpose: str
    missing: str
    is_optional: bool = False


SCOPES = (
    Scope("commands", "`/omm` and the shortcut *Migrate a mailbox*",
          "The Home tab, the conversation with the app and the cards' buttons are left."),
    Scope("chat:write", "cards, messages and answers", "Nobody is told anything."),
    Scope("im:history", "what people write into the conversation with the app, such as `help` or a task ID",
          "What is written to the app has no answer; the command works."),
    Scope("im:write", "the conversation with one person, for what only they may read",
          "Cards and questions that are for one person do not reach them."),
    Scope("users:read", "who is an admin, a guest, or a member of another workspace; the time zone",
          "OMM cannot find out who somebody is, so it refuses everybody."),
    Scope("channels:read", "whether others share the public channel that the audit is to be posted to",
          "No public channel can be chosen for it.", is_optional=True),
    Scope("files:write", "the report and the audit as a file in the conversation with the app",
          "The window names the command with which the operator writes the file.", is_optional=True),
    Scope("groups:read", "the same of a private channel", "No private channel can be chosen for it.", is_optional=True),
    Scope("usergroups:read", "user groups in the setting of who may migrate",
          "Groups cannot be chosen; who was let in by a group alone is refused. People can be named one by one.",
          is_optional=True),
    Scope("users:read.email", "to find the Slack user of a mailbox's address, whose owner is told of a migration by a "
          "service account", "That owner is not told, and the audit says so.", is_optional=True),
)
USER_SCOPES = (     # of people who sign in on a page, not of the app
    Scope("openid", "Sign in with Slack: who is before a page of OMM's",
          "There is no private page for passwords, and whoever consents at Google types a number into Slack."),
)
