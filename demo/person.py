"""Claire, who acts and looks in Slack: what she types and presses reaches the product by signed HTTP alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot import sources
from bot.ids import Action
from bot.views import choices
from demo.doors import Slack
from demo.story import Story
from engine.systems import System

OWNER, CHANNEL = "owner", "C0MIGRATE1"
PATIENCE = 90.0     # seconds for one thing to happen
LOOK = 0.2          # seconds

T = TypeVar("T")


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

    def chooses(self, system: System) -> None:
        """The kind of source; the form then asks for what such a source needs."""
        words = sources.WORDS[system]
        view = self.dialog(lambda view: bool(view["blocks"]))
        self.story.out.say(f"Claire chooses as the kind of source: {words.name}")
        self.slack.control.press(OWNER, view["id"], Action.SOURCE_KIND, system.value)
        self.dialog(lambda view: any(words.hint in _hint(block) for block in view["blocks"]))

    def presses_in_form(self, action: Action) -> dict[str, Any]:
        """A button of the open form, once it is there; the button as it was."""
        view = self.dialog(lambda view: _button(view, action) is not None)
        button = _button(view, action)
        assert button is not None
        self.story.out.say(f"Claire presses in the form: {button['text']['text']}")
        self.slack.control.press(OWNER, view["id"], action)
        return button

    def reads_and_ticks(self, **ticked: list[str]) -> None:
        """What the form asks once both mailboxes were looked at; sends it with those of these boxes that it shows."""
        view = self.dialog(lambda view: any(block["block_id"] == choices.TOP for block in view["blocks"]))
        asked = [block for block in view["blocks"] if block["block_id"].startswith("about_")]
        self.story.out.say(f"   [form] {said({'blocks': asked})}")
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


def _hint(block: dict[str, Any]) -> str:
    """What stands below a field."""
    return str(block.get("hint", {}).get("text", ""))


def _button(view: dict[str, Any], action: Action) -> dict[str, Any] | None:
    """A button of a dialog; None where it has none of that kind."""
    elements = (element for block in view["blocks"] for element in block.get("elements", ()))
    return next((element for element in elements if element.get("action_id") == action), None)


def said(view: dict[str, Any]) -> str:
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
