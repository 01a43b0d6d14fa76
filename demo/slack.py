"""The play in Slack: a person moves their mailbox by `/omm migrate` and takes it back, and it is checked from outside.

The person acts through the Slack emulator; what they type and press reaches the product by signed HTTP alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot import sources
from bot.ids import Action, Block
from bot.views import choices
from demo import second_act
from demo.doors import Slack, slack_and_doors
from demo.servers import OLD_LOGIN
from demo.story import Story, stage
from demo.truth import expected
from engine.migration.request import Choice
from engine.systems import System
from terminal.output import Output

OWNER, CHANNEL = "owner", "C0MIGRATE1"
WRONG = "not my password"
PATIENCE = 90.0     # seconds for one thing to happen
LOOK = 0.2          # seconds
COPIED = re.compile(r"([A-Z][a-z -]+) 100%: ([\d,]+) of")      # in a card: a content, and how much of it was copied

T = TypeVar("T")
Interruption = Callable[[Story], None]


@dataclass(slots=True)
class Person:
    """Claire, who owns the mailbox: what she types and presses, and what she sees."""

    story: Story
    slack: Slack
    _seen: dict[str, str] = field(default_factory=dict)

    # What she does

    def types(self, text: str) -> None:
        """A slash command in #migrations."""
        self.story.out.say(f"Claire types: /omm {text}")
        self.slack.control.slash(OWNER, CHANNEL, text)

    def fills_in(self, **typed: str | list[str]) -> None:
        """Fields of the open form, by the beginning of their names, and sends it. RuntimeError when it is refused."""
        view = self.dialog(lambda view: bool(view["blocks"]))
        names = [block["block_id"] for block in view["blocks"]]
        values = {next(n for n in names if n.startswith(field)): value for field, value in typed.items()}
        if errors := self.slack.control.submit(OWNER, view["id"], values).errors:
            raise RuntimeError(f"the form was refused: {'; '.join(errors.values())}")

    def chooses_exchange(self) -> None:
        """The kind of source; the form then asks for what an Exchange needs."""
        words = sources.WORDS[System.EXCHANGE]
        view = self.dialog(lambda view: bool(view["blocks"]))
        self.story.out.say(f"Claire chooses as the kind of source: {words.name}")
        self.slack.control.press(OWNER, view["id"], Action.SOURCE_KIND, System.EXCHANGE.value)
        self.dialog(lambda view: any(words.hint in _hint(block) for block in view["blocks"]))

    def reads_and_ticks(self, **ticked: list[str]) -> None:
        """What the form asks once both mailboxes were looked at; sends it with those of these boxes that it shows."""
        view = self.dialog(lambda view: any(block["block_id"] == choices.TOP for block in view["blocks"]))
        asked = [block for block in view["blocks"] if block["block_id"].startswith("about_")]
        self.story.out.say(f"   [form] {_words({'blocks': asked})}")
        shown = {field: boxes for field, boxes in ticked.items()
                 if any(block["block_id"].startswith(field) for block in view["blocks"])}
        if shown:
            self.story.out.say("Claire ticks: Leave it off for now")
        self.fills_in(**shown)

    def presses(self, action: Action) -> None:
        """A button of the card."""
        self.story.out.say(f"Claire presses: {action.removeprefix('omm_').capitalize()}")
        self.slack.control.press(OWNER, self.card()["ts"], action)

    # What she sees

    def dialog(self, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The dialog on top, once it is as wanted."""
        return self._await("a dialog", lambda: next(filter(ready, reversed(self.slack.control.views(OWNER))), None))

    def alert(self) -> str:
        """What the form says is wrong."""
        view = self.dialog(lambda view: any(block["type"] == "alert" for block in view["blocks"]
                                            if block.get("level") == "error"))
        found = next(block for block in view["blocks"] if block["type"] == "alert")
        return str(found["text"]["text"])

    def card(self, task: str = "") -> dict[str, Any]:
        """The newest card in the channel, or that of a task."""
        return self._await("a card", lambda: next(
            (card for card in reversed(self._cards()) if task in str(card["text"])), None
        ))

    def task(self) -> str:
        """The ID of the newest card's task."""
        return str(self.card()["text"]).partition(":")[0].removeprefix("Migration ")

    def _cards(self) -> list[dict[str, Any]]:
        return [m for m in self.slack.control.messages(CHANNEL) if m.get("bot_id") and not m.get("thread_ts")]

    def waits_for(self, words: str, task: str = "") -> None:
        """Until the newest card, or that of a task, says so; whatever appears meanwhile is printed."""
        self._await(words, lambda: words in str(self.card(task)["text"]) or None)

    def waits_for_another(self, task: str) -> str:
        """Until the newest card is that of another task; its ID."""
        return str(self._await("another card", lambda: new if (new := self.task()) != task else None))

    def is_told(self, words: str, task: str = "") -> None:
        """Until a message of her own says so of the newest migration, or of a task."""
        about = task or self.task()
        self._await(words, lambda: any(
            about in str(m["text"]) and words in str(m["text"]) for m in self._own()
        ) or None)

    def _own(self) -> list[dict[str, Any]]:
        return self.slack.control.messages("dm", OWNER)

    def _await(self, what: str, look: Callable[[], T | None]) -> T:
        until = time.monotonic() + PATIENCE
        while True:
            self.reads()
            found = look()
            if found is not None:
                return found
            if time.monotonic() > until:
                raise RuntimeError(f"there was nothing of this within {PATIENCE:.0f} seconds: {what}")
            time.sleep(LOOK)

    def reads(self) -> None:
        """Prints every message that is new or says something else now."""
        for key, where, text in self._messages():
            if self._seen.get(key) != text:
                self._seen[key] = text
                self.story.out.say(f"   {where} {text}")

    def _messages(self) -> Iterator[tuple[str, str, str]]:
        for channel, name in ((CHANNEL, "#migrations"), ("dm", "Claire's DM")):
            for message in self.slack.control.messages(channel, OWNER):
                where = f"[{name}, thread]" if message.get("thread_ts") else f"[{name}]"
                yield f"{channel} {message['ts']}", where, str(message["text"])


def play(out: Output, *, after_migration: Interruption = lambda _story: None) -> int:
    """Plays it from beginning to end; 0 only if everything was as it should be.

    `after_migration` is called between the first migration and the look at what it brought.
    """
    out.say("On this machine: an IMAP server with a sample mailbox, a stand-in for Exchange, one for Slack, and OMM.")
    try:
        with stage(out) as story, slack_and_doors(story.directory, story.servers.ca_file) as slack:
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
    claire.chooses_exchange()
    claire.fills_in(**{
        Block.SOURCE_SERVER: act.source.service,
        Block.SOURCE_LOGIN: act.source.login,
        Block.SOURCE_PASSWORD: act.source.password,
        Block.DESTINATION_SERVER: destination.service,
        Block.DESTINATION_LOGIN: destination.login,
        Block.DESTINATION_PASSWORD: destination.password,
    })
    claire.reads_and_ticks(**{Block.LEAVE_OFF: [Choice.LEAVE_OFF.value]})


def completed(claire: Person, messages: int) -> None:
    """Waits for the end; the card and a message of her own say it."""
    claire.waits_for("Completed")
    claire.is_told("is completed")
    wanted = f"{messages} of {messages} messages"
    claire.story.judge(f"The card says so: {wanted}.", [] if wanted in claire.card()["text"] else ["it does not"])


def roll_back(claire: Person, task: str = "") -> None:
    """The dialog counts, Claire agrees, and what was brought is gone; of a task that is not the newest, by command."""
    claire.story.scene("And back: what the migration brought is removed, and nothing else.")
    if task:
        claire.types(f"rollback {task}")
    else:
        claire.presses(Action.ROLLBACK)
    view = claire.dialog(lambda view: view.get("submit") is not None)
    claire.story.out.say(f"   [dialog] {_words(view)}")
    claire.slack.control.submit(OWNER, view["id"])
    claire.waits_for("Rolled back", task)
    claire.is_told("was rolled back", task)


def _hint(block: dict[str, Any]) -> str:
    """What stands below a field."""
    return str(block.get("hint", {}).get("text", ""))


def _words(view: dict[str, Any]) -> str:
    """What a dialog says, in one line."""
    return " ".join(_texts(view["blocks"])).replace("\n", " ")


def _texts(piece: Any) -> Iterator[str]:
    if isinstance(piece, list):
        for each in piece:
            yield from _texts(each)
    elif isinstance(piece, dict):
        if isinstance(piece.get("text"), str):
            yield piece["text"]
        for name in ("text", "label", "elements", "fields"):
            if not isinstance(piece.get(name), str):
                yield from _texts(piece.get(name))


def _go_on_by_hand(claire: Person) -> None:
    source, destination = claire.story.servers.source, claire.story.servers.destination
    claire.story.out.say(
        "",
        f"Everything stays up. Open {claire.slack.page} in a browser and type /omm migrate. What to fill in:",
        f"   IMAP:     server {source.host}:{source.port}; login {source.login}; password {source.password}",
        f"   Exchange: {destination.service}; login {destination.login}; password {destination.password}",
        f"   The old mailbox on the same Exchange has the login {OLD_LOGIN} and the same password.",
    )
    claire.story.until_enter()
