"""The play in Slack: a person moves their mailbox by `/omm migrate` and takes it back, and it is checked from outside.

The person acts through the Slack emulator; what they type and press reaches the product by signed HTTP alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.ids import Action, Block
from demo import labels, second_act, third_act
from demo.consent import Consent
from demo.doors import slack_and_doors
from demo.google import ADDRESS
from demo.person import OWNER, Person, said
from demo.servers import OLD_LOGIN
from demo.story import Story, stage
from demo.truth import expected
from engine.migration.request import Choice
from engine.systems import System
from terminal.output import Output

WRONG = "not my password"
MAIL = re.compile(
    r"Mail 100%: (?P<copied>[\d,]+) of (?P<found>[\d,]+) messages copied, (?P<already_there>[\d,]+) were already there"
)
COPIED = re.compile(r"([A-Z][a-z -]+) 100%: ([\d,]+) of")      # in a card: a content, and how much of it was copied

Interruption = Callable[[Story], None]


def play(out: Output, *, after_migration: Interruption = lambda _story: None) -> int:
    """Plays it from beginning to end; 0 only if everything was as it should be.

    `after_migration` is called between the first migration and the look at what it brought.
    """
    out.say("On this machine: an IMAP server with a sample mailbox, stand-ins for Exchange, Slack and Google, and OMM.")
    try:
        with (
            stage(out) as story,
            slack_and_doors(story.directory, story.servers.ca_file, by_pages=story.google.for_browsers) as slack,
        ):
            return _perform(story, Person(story, slack), after_migration)
    except RuntimeError as error:
        out.say("", f"The demo could not go on: {error}")
        return 1


def _perform(story: Story, claire: Person, after_migration: Interruption) -> int:
    before = story.look()
    migrate(claire)
    after_migration(story)
    story.verify()
    story.write_own()
    roll_back(claire)
    story.verify_left(set(before[0]))
    move_from_exchange(claire)
    move_from_gmail(claire)
    status = story.verdict()
    story.out.say("", f"Slack's page: {claire.slack.page}")
    if story.stays_up():
        _go_on_by_hand(claire)
    return status


def migrate(claire: Person) -> None:
    """The form, a wrong password, the right one, and the card until it is done."""
    servers = claire.story.servers
    claire.story.scene("Claire moves her mailbox.")
    claire.types("migrate")
    claire.fills_in(**{
        Block.SOURCE_SERVER: f"{servers.source.host}:{servers.source.port}",
        Block.SOURCE_LOGIN: servers.source.login,
        Block.SOURCE_PASSWORD: servers.source.password,
        Block.DESTINATION_SERVER: servers.destination.service,
        Block.DESTINATION_LOGIN: servers.destination.login,
        Block.DESTINATION_PASSWORD: WRONG,
    })
    claire.story.out.say(f"   [form] {claire.alert()}")
    claire.story.out.say("Claire corrects the password.")
    claire.fills_in(**{Block.DESTINATION_PASSWORD: servers.destination.password})
    completed(claire, len(expected()))


def move_from_exchange(claire: Person) -> None:
    """The second act: the same form with another kind of source, twice, and back."""
    act = second_act.begin(claire.story)
    send_exchange(claire, act)
    completed(claire, act.messages)
    act.verify()
    first = claire.task()
    claire.story.scene("The same migration once more: of no content may anything come twice.")
    send_exchange(claire, act)
    claire.waits_for_another(first)
    claire.waits_for("Completed")
    act.verify_second({
        name.lower(): {"copied": int(copied.replace(",", ""))} for name, copied in COPIED.findall(claire.card()["text"])
    })
    roll_back(claire, first)
    act.verify_left()


def send_exchange(claire: Person, act: second_act.Act) -> None:
    """The form, and what it asks before anything starts."""
    destination = claire.story.servers.destination
    claire.types("migrate")
    claire.chooses(System.EXCHANGE)
    claire.fills_in(**{
        Block.SOURCE_SERVER: act.source.service,
        Block.SOURCE_LOGIN: act.source.login,
        Block.SOURCE_PASSWORD: act.source.password,
        Block.DESTINATION_SERVER: destination.service,
        Block.DESTINATION_LOGIN: destination.login,
        Block.DESTINATION_PASSWORD: destination.password,
    })
    claire.reads_and_ticks(**{Block.LEAVE_OFF: [Choice.LEAVE_OFF.value]})


def move_from_gmail(claire: Person) -> None:
    """The third act: the form, and Google's page in the place of a password; twice, and back."""
    act, consent, before = third_act.begin(claire.story), Consent(claire), claire.task()
    send_gmail(claire, consent)
    claire.waits_for_another(before)
    claire.waits_for("Completed")
    says_copied(claire, len(labels.expected()))
    act.verify()
    claire.is_told("access to your Google account was given back")
    act.verify_given_back()
    first = claire.task()
    claire.story.scene("The same migration once more, for which Claire is asked again: nothing may come twice.")
    send_gmail(claire, consent)
    claire.waits_for_another(first)
    claire.waits_for("Completed")
    text = claire.card()["text"]
    act.verify_second(sums_of_mail(text), {
        name.lower(): int(copied.replace(",", "")) for name, copied in COPIED.findall(text)
    })
    roll_back(claire, first, is_told=False)
    act.verify_left()
    act.verify_given_back()


def sums_of_mail(card: str) -> dict[str, int]:
    """What a card says of mail; nothing where it does not say it whole."""
    said = MAIL.search(card)
    return {} if said is None else {name: int(number.replace(",", "")) for name, number in said.groupdict().items()}


def send_gmail(claire: Person, consent: Consent) -> None:
    """The form. Its account comes up filled in by what Claire has allowed."""
    destination = claire.story.servers.destination
    claire.types("migrate")
    claire.chooses(System.GOOGLE)
    consent.gives()
    claire.fills_in(**{
        Block.DESTINATION_SERVER: destination.service,
        Block.DESTINATION_LOGIN: destination.login,
        Block.DESTINATION_PASSWORD: destination.password,
    })


def completed(claire: Person, messages: int) -> None:
    """Waits for the end; the card and a message of her own say it."""
    claire.waits_for("Completed")
    claire.is_told("is completed")
    says_copied(claire, messages)


def says_copied(claire: Person, messages: int) -> None:
    """The newest card says that so many messages, and no fewer than there are, were copied."""
    wanted = f"{messages} of {messages} messages"
    claire.story.judge(f"The card says so: {wanted}.", [] if wanted in claire.card()["text"] else ["it does not"])


def roll_back(claire: Person, task: str = "", *, is_told: bool = True) -> None:
    """The dialog counts, Claire agrees, and what was brought is gone; of a task that is not the newest, by command.

    `is_told`: waits until a message of her own says so, too. Slack takes one a second, so it may come late.
    """
    claire.story.scene("And back: what the migration brought is removed, and nothing else.")
    if task:
        claire.types(f"rollback {task}")
    else:
        claire.presses(Action.ROLLBACK)
    view = claire.dialog(lambda view: view.get("submit") is not None)
    claire.story.out.say(f"   [dialog] {said(view)}")
    claire.slack.control.submit(OWNER, view["id"])
    claire.waits_for("Rolled back", task)
    if is_told:
        claire.is_told("was rolled back", task)


def _go_on_by_hand(claire: Person) -> None:
    source, destination = claire.story.servers.source, claire.story.servers.destination
    claire.story.out.say(
        "",
        f"Everything stays up. Open {claire.slack.page} in a browser and type /omm migrate. What to fill in:",
        f"   IMAP:     server {source.host}:{source.port}; login {source.login}; password {source.password}",
        f"   Exchange: {destination.service}; login {destination.login}; password {destination.password}",
        f"   The old mailbox on the same Exchange has the login {OLD_LOGIN} and the same password.",
        f"   Gmail:    {ADDRESS}. Choose Gmail as the kind of source, press Authorise access and Continue in the",
        "             browser, be Claire Martin in Slack, and at Google choose that account and tick what it asks.",
        f"             Google's pages are at {claire.story.google.api}: a browser does not know the authority",
        "             of this demo, and warns of it once.",
    )
    claire.story.until_enter()
