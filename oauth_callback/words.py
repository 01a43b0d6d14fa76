"""What people read before Google asks them, and afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from bot.pages.links import Refusal
from bot.stored.consents import Status
from bot.stored.drafts import DraftState
from bot.views import held_up
from engine.migration.content import Content

TRY_AGAIN = "OMM cannot answer at the moment. Nothing was done. Please try again in a minute."
COMES_AGAIN = (
    "One moment, please", "OMM cannot take Google's answer at the moment, and tries again. This page goes on by itself."
)
SIGNED_OUT = "Nothing was done. Open the link in Slack again, and sign in with Slack."
TO_SLACK = ("One moment, please", "Slack is asked once more who you are. This page goes on by itself.")
IN_SLACK = "You can close this page and go back to Slack."
ASK_AGAIN = "Press “Authorise access” in Slack once more to get a new link."
NOT_FOR_YOU = (
    "It is somebody else's, or there is none. If somebody has sent it to you, do not go on, whatever they have told "
    "you: with your consent, your mail would be copied into a mailbox of theirs. Tell an admin of your Slack workspace."
)
FORM_CHANGED = "The form in Slack has changed since. This is what it asks for now."
REFUSED: Mapping[Refusal, tuple[str, str, int]] = MappingProxyType({
    Refusal.UNKNOWN: ("This link is not for you", NOT_FOR_YOU, 404),
    Refusal.USED: ("This link was used", f"It works once. {ASK_AGAIN}", 410),
    Refusal.EXPIRED: ("This link has expired", f"It works for ten minutes. {ASK_AGAIN}", 410),
    Refusal.REPLACED: ("There is a newer link", "You have asked for another one since. Use that one.", 410),
    Refusal.CHANGED: ("The form has changed", f"Nothing was done. {ASK_AGAIN}", 409),
    Refusal.GONE_ON: ("Nothing is needed any more",
                      "What needed access to the Google account has gone on, or ended. Look at it in Slack.", 409),
    Refusal.FORGED: ("This did not come from the page", f"Nothing was done. {ASK_AGAIN}", 403),
    Refusal.TOO_OFTEN: ("Too many tries", "Please wait ten minutes. Nothing was done.", 429),
    Refusal.NOT_BEGUN: (
        "This did not begin in this browser",
        "OMM has not sent this browser to Google, so it keeps nothing of this, and gives back to Google what you may "
        "have allowed there. If somebody has sent you a link to Google's page, they wanted your mail: tell an admin of "
        f"your Slack workspace. If you began it yourself, go on in the browser in which you did. {ASK_AGAIN}", 403,
    ),
})

BEFORE = """
{% if wrong %}<p class="wrong" role="alert">{{ wrong }}</p>{% endif %}
{% if by_number %}<p><b><bdi>{{ name }}</bdi></b> asked for this in the Slack workspace <bdi>{{ workspace }}</bdi>, \
for {{ what }} <b>{{ asked.about }}</b>. If you are <b><bdi>{{ name }}</bdi></b>, this is what you are about to \
allow:</p>
{% else %}<p><bdi>{{ name }}</bdi>, <b>you</b> asked for this in the Slack workspace <bdi>{{ workspace }}</bdi>, for \
{{ what }} <b>{{ asked.about }}</b>. This is what you are about to allow:</p>
{% endif %}<ul>
<li>Account: {% if asked.login %}<b><bdi>{{ asked.login }}</bdi></b>{% else %}the Google account that you choose on \
Google's page{% endif %}</li>
<li>What is copied: {{ asked.moves|join(", ") }}</li>
<li>Where to: the mailbox {% if asked.goes_to %}<b><bdi>{{ asked.goes_to }}</bdi></b>{% else %}that you name in the \
form{% endif %}{% if asked.server %} on <bdi>{{ asked.server }}</bdi>{% endif %}. Whoever opens that mailbox can read \
it there.</li>
</ul>
<p class="wrong"><b>Has somebody else sent you here, or asked you to go on?</b> Then stop: your mail would be copied \
for them. Close this page, and tell an admin of your workspace.</p>
<p>{{ next }}</p>
<p>Google's page asks for each of these. What you leave off there is not copied:</p>
<ul>
{% for tick, reads in ticks %}<li>“{{ tick }}”: {{ reads }}</li>
{% endfor %}</ul>
<p>OMM only reads, whatever else Google's words speak of. It gives its access back when the migration has ended or is \
deleted.</p>
<form method="post" autocomplete="off">
<input type="hidden" name="csrf" value="{{ csrf }}"><input type="hidden" name="shown" value="{{ asked.shown }}">
<button>Continue to Google</button>
</form>
"""
# What Google's page says beside each box (the descriptions of scopes in its discovery documents), and what is read.
MAIL_TICK = "Read, compose, send, and permanently delete all your email from Gmail"
SETTINGS_TICK = "See, edit, create, or change your email settings and filters in Gmail"
LABELS_TICK = "See and edit your email labels"
TICKS: Mapping[str, tuple[Content, ...]] = MappingProxyType({
    MAIL_TICK: (Content.MAIL,),
    "See and download your contacts": (Content.CONTACTS, Content.CONTACT_GROUPS),
    "See and download any calendar you can access using your Google Calendar": (Content.CALENDARS,),
    "View your tasks": (Content.TASKS,),
    SETTINGS_TICK: (Content.INBOX_RULES, Content.OUT_OF_OFFICE),
    LABELS_TICK: (Content.INBOX_RULES,),
})
READS: Mapping[Content, str] = MappingProxyType({
    Content.MAIL: "your mail and its labels (Google has a single permission for mail programs)",
    Content.CONTACTS: "your contacts, with their pictures",
    Content.CONTACT_GROUPS: "the labels of your contacts, and who has them",
    Content.CALENDARS: "your calendars and their events",
    Content.TASKS: "your lists of tasks",
    Content.INBOX_RULES: "your filters",
    Content.OUT_OF_OFFICE: "your vacation responder",
})
OF_LABELS = "the names of the labels that your filters give"


def ticks(contents: Collection[Content]) -> list[tuple[str, str]]:
    """What Google's page asks for, box by box, and what of it is read for those contents.

    The permission for mail opens filters and the vacation responder as well.
    """
    boxes: dict[str, tuple[Content, ...]] = dict(TICKS)
    if Content.MAIL in contents:
        boxes[MAIL_TICK] = (Content.MAIL, *boxes.pop(SETTINGS_TICK))
        del boxes[LABELS_TICK]
    found = {box: [READS[each] for each in opens if each in contents] for box, opens in boxes.items()}
    if found.get(LABELS_TICK):
        found[LABELS_TICK] = [OF_LABELS]
    return [(box, "; ".join(reads)) for box, reads in found.items() if reads]


NEXT: Mapping[str, str] = MappingProxyType({
    "": "Google asks you next. Then you come back here, and the form in Slack shows your account. Nothing is copied "
        "before you start the migration there.",
    "resume": "Google asks you next. Then you come back here, and the migration resumes by itself.",
    "retry": "Google asks you next. Then you come back here, and the migration runs again for what is missing.",
})
NUMBER_NEXT: Mapping[str, str] = MappingProxyType({
    "": "Google asks you next. Then you come back here, and this page shows a number. Type it into the form in Slack. "
        "Nothing is copied before you start the migration there.",
    "resume": "Google asks you next. Then you come back here, and this page shows a number. Type it into the window in "
              "Slack, and the migration resumes by itself.",
    "retry": "Google asks you next. Then you come back here, and this page shows a number. Type it into the window in "
             "Slack, and the migration runs again for what is missing.",
})
NUMBER = """
<p>Type this number into Slack, where you pressed “Authorise access”, and press “I have authorised” there:</p>
<p class="number"><b>{{ number }}</b></p>
<p class="wrong"><b>Has somebody asked you for this number?</b> Tell it to nobody, whoever they are and whatever they \
have told you: with it, your mail would be copied for them. Close this page, and tell an admin of your workspace. What \
you have allowed is then given back to Google within ten minutes.</p>
<p>This page goes on by itself.</p>
"""
AGAIN = """
<form method="post" autocomplete="off"><input type="hidden" name="csrf" value="{{ csrf }}">
<button>{{ label }}</button>
</form>
"""

# Afterwards

WAIT = ("One moment, please", "OMM finishes this with Google. This page goes on by itself.")
OF_GOOGLE = "Your Google account has not been touched."
GIVEN_BACK = "OMM has kept nothing, and gives back to Google what you have allowed."
CAME: Mapping[Status, tuple[str, str]] = MappingProxyType({
    Status.ASKED: ("OMM waits for Google's answer",
                   "Nothing has come back from Google's page yet. If you have closed it, open it once more. "
                   f"{OF_GOOGLE}"),
    Status.DENIED: ("You have not allowed it", f"You have refused it on Google's page. Nothing was kept. {OF_GOOGLE}"),
    Status.OTHER_ACCOUNT: ("This was another account", "You have allowed it with {address}, and {login} is meant. "
                           f"{GIVEN_BACK} Choose the other account on Google's page, or change the login in Slack."),
    Status.NOTHING: ("Nothing was ticked", "On Google's page you have left off everything that OMM asked for: {off}. "
                     f"{GIVEN_BACK} Tick it there, or choose something else in Slack."),
    Status.NO_GOOD: ("Google did not confirm it", "Google does not take what its page has sent back: perhaps it was "
                     "used before. Nothing was kept. Please ask Google once more."),
    Status.AWAY: ("Google did not answer", f"OMM could not finish this in time. {GIVEN_BACK} Please try again."),
    Status.CHANGED: ("Nothing is needed any more", "What needed access to the Google account has changed meanwhile, "
                     f"has started, or has ended. {GIVEN_BACK} Look at it in Slack."),
    Status.NOT_ALLOWED: ("Not possible in this workspace", f"{{why}} {GIVEN_BACK}"),
    Status.FOREIGN: ("This came back to another browser", "Google's answer came to a browser that OMM has not sent "
                     f"there, or to somebody else. {GIVEN_BACK} Ask Google once more, and stay in this browser."),
    Status.LATE: ("This took too long", f"It has to be finished within ten minutes. {GIVEN_BACK} Please try again."),
    Status.REPLACED: ("You have asked once more since", f"Only the newest one counts: go on there. {GIVEN_BACK}"),
})
WHY: Mapping[Status, tuple[str, str]] = MappingProxyType({      # where there is something to be said of it
    Status.NO_GOOD: ("OMM cannot ask Google at the moment", "{why} Nothing was kept. Please tell them; asking Google "
                     "once more does not help before. What you have allowed stands in your Google account, where you "
                     "can remove it."),
    Status.AWAY: ("This could not be finished", f"{{why}} {GIVEN_BACK} Please try again."),
    Status.FOREIGN: ("This number is not valid", f"{{why}} {GIVEN_BACK} Ask Google once more for a new one."),
})
GRANTED = "OMM may now read the Google account {address}."
OFF = "Not allowed on Google's page, and therefore off: {off}."
MORE = "You can ask Google once more, and tick it there."
STOPS = (
    "Not allowed on Google's page: {off}. The migration has begun with that. So it stops there, and its card asks you "
    "for access once more."
)
GONE_ON: Mapping[DraftState, str] = MappingProxyType({
    DraftState.OPEN: "The form in Slack shows it. If it does not, press “I have authorised” there.",
    DraftState.CLOSED: "The form in Slack was closed, so OMM sends you a message that opens it again.",
    DraftState.CHECKING: "OMM signs in to both mailboxes now. The form in Slack says what comes of it.",
    DraftState.APPROVAL: "Another admin has to approve the service account first.",
    DraftState.STARTED: "Your migration has started.",
    DraftState.OVER: "The form in Slack was closed.",
})
OF_TASK: Mapping[str, str] = MappingProxyType({
    "resume": "The migration resumes. Its card in Slack shows the progress.",
    "retry": "The migration runs again for what is missing. Its card in Slack shows the progress.",
})
IN_LINE = f"The migration is in line. {held_up.WAITS}"
GONE = ("Nothing is needed any more", "The form in Slack was closed, or asks for something else by now. OMM keeps no "
        "access to the Google account for it, and gives back to Google what nothing else needs.")
ASKS_AGAIN: Mapping[Status, str] = MappingProxyType({
    Status.ASKED: "Continue to Google", Status.DENIED: "Ask Google once more",
    Status.OTHER_ACCOUNT: "Choose another account", Status.NOTHING: "Ask Google once more",
    Status.NO_GOOD: "Ask Google once more", Status.AWAY: "Ask Google once more", Status.FOREIGN: "Ask Google once more",
    Status.LATE: "Ask Google once more", Status.GRANTED: "Allow more",
})
