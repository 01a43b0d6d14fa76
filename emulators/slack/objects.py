"""Composition objects of Block Kit: text, options, confirmation dialogs.

Limits: docs.slack.dev/reference/block-kit/composition-objects (text-object, option-object,
option-group-object, confirmation-dialog-object, dispatch-action-configuration-object).
"""

from collections.abc import Iterator
from typing import Any

from emulators.slack.rules import Rule, array, by_type, choice, complain, flag, pattern, shape, string

ACTION_ID, BLOCK_ID = string(255), string(255)
KIND = string()
_WEB = ("http://", "https://")


def url(most: int = 3000) -> Rule:
    """A web address of so many characters."""
    length = string(most)
    web = pattern(lambda held: held.startswith(_WEB) and len(held) > 9 and not any(c.isspace() for c in held),
                  "invalid url")

    def rule(value: Any, at: str) -> Iterator[str]:
        wrong = list(length(value, at))
        yield from wrong or web(value, at)
    return rule


def plain(most: int) -> Rule:
    """A plain_text object."""
    return by_type({"plain_text": shape({"type": KIND, "text": string(most)}, {"emoji": flag})}, "text object")


def text(most: int) -> Rule:
    """A plain_text or mrkdwn object."""
    marked = shape({"type": KIND, "text": string(most)}, {"verbatim": flag})
    simple = shape({"type": KIND, "text": string(most)}, {"emoji": flag})
    return by_type({"plain_text": simple, "mrkdwn": marked}, "text object")


def option(words: Rule, *, link: bool = False) -> Rule:
    """One choice; only an overflow menu's may carry a url."""
    return shape({"text": words, "value": string(150)},
                 {"description": words} | ({"url": url()} if link else {}))


def _different(value: Any, at: str) -> Iterator[str]:
    """Two options of equal value could not be told apart in the state."""
    seen = [one["value"] for one in value if isinstance(one, dict) and isinstance(one.get("value"), str)]
    if len(seen) != len(set(seen)):
        yield complain("options must have different values", at)


def options(words: Rule, most: int, *, link: bool = False) -> Rule:
    """A list of choices."""
    every = array(option(words, link=link), most)

    def rule(value: Any, at: str) -> Iterator[str]:
        wrong = list(every(value, at))
        yield from wrong or _different(value, at)
    return rule


CONFIRM = shape({"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
                {"style": choice("primary", "danger")})
DISPATCH = shape({"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)})
GROUPS = array(shape({"label": plain(75), "options": options(plain(75), 100)}), 100)
