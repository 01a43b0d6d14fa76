"""The private page's words: its form, what happens then, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.pages.asks import CLOSED
from bot.stored.drafts import DraftState, Waits
from bot.views import held_up

BODY = """
<p><bdi>{{ name }}</bdi>, you asked for this page in Slack, for {{ what }} <b>{{ asked.about }}</b>.</p>
{% if wrong %}<p class="wrong" role="alert">{{ wrong }}</p>{% endif %}
<form method="post" autocomplete="off">
<input type="hidden" name="csrf" value="{{ csrf }}"><input type="hidden" name="shown" value="{{ asked.shown }}">
{% for one in asked.mailboxes %}
{% if asked.asks_login and one.side == "destination" %}
<label for="login">Login, if the account was renamed since</label>
<input id="login" name="login" type="text" value="{{ one.login }}" autocomplete="off" autocapitalize="none" required>
{% if one.opens %}
<label for="mailbox">Mailbox that it opens, if that was renamed since</label>
<input id="mailbox" name="mailbox" type="text" value="{{ one.opens }}" autocomplete="off" autocapitalize="none"
 required>
{% endif %}
{% endif %}
<label for="{{ one.side }}">{{ one.side|capitalize }}: {{ one.word }} of <bdi>{{ one.login }}</bdi></label>
<p class="quiet" id="{{ one.side }}_server">on <bdi>{{ one.server }}</bdi>{% if one.opens %}, to open the mailbox \
<bdi>{{ one.opens }}</bdi>{% endif %}{% if one.is_app %}. {{ hint }}{% endif %}</p>
<input id="{{ one.side }}" name="{{ one.side }}" type="password" autocomplete="off" maxlength="{{ longest }}"
 aria-describedby="{{ one.side }}_server" required>
{% endfor %}
{% if asked.moves %}<p>What moves: {{ asked.moves|join(", ") }}.</p>{% endif %}
<p>{{ next }}</p>
<button name="do" value="{{ first[0] }}">{{ first[1] }}</button>
{% if second %}<button name="do" value="{{ second[0] }}">{{ second[1] }}</button>{% endif %}
</form>
<p class="quiet">The passwords are encrypted here and used for this alone. They do not pass through Slack.</p>
"""
IN_LINE = f"The migration is in line. {held_up.WAITS}"
RUNS = frozenset({Waits.START, "resume", "retry"})
SAVE, START = ("save", "Save the passwords"), ("start", "Start the migration")
NEXT: Mapping[str, tuple[str, tuple[str, str]]] = MappingProxyType({
    Waits.START: ("OMM then signs in to both mailboxes. If that succeeds, the migration starts.", START),
    Waits.LOOK: ("OMM then looks at both mailboxes. Nothing starts.", ("look", "Check first")),
    CLOSED: ("You have closed the form in Slack. OMM sends you a message that opens it again.", SAVE),
    "resume": ("The migration then resumes.", ("resume", "Resume")),
    "retry": ("The migration then runs again for what is missing.", ("retry", "Retry")),
    "rollback": ("OMM then counts what the rollback removes, and shows it in Slack. Nothing is removed before that.",
                 ("count", "Continue")),
})
NOT_SENT = (
    "You have not sent the form in Slack yet. You can start the migration from here, or save the passwords and go on "
    "in Slack."
)
AFTERWARDS: Mapping[DraftState, str] = MappingProxyType({
    DraftState.STARTED: "Your migration has started.",
    DraftState.APPROVAL: "The passwords are saved. Another admin has to approve the service account first.",
    DraftState.CLOSED: (
        "The passwords are saved. The form in Slack was closed, so OMM sends you a message that opens it again."
    ),
})
IN_SLACK = "You can close this page and go back to Slack."
