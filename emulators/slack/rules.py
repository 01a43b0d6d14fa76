"""Small rules that a JSON payload is walked with: each says where it is broken, as Slack says it.

A rule takes a value and its JSON pointer and yields complaints such as
``must be less than 76 characters [json-pointer:/blocks/0/text/text]``: the form of `response_metadata.messages`
(docs.slack.dev/apis/web-api: "Evaluating responses").
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Rule = Callable[[Any, str], Iterator[str]]


def complain(words: str, at: str) -> str:
    """One complaint about the value at a JSON pointer."""
    return f"{words} [json-pointer:{at or '/'}]"


def string(most: int | None = None, *, least: int = 1) -> Rule:
    """A string of so many characters."""
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complain("must be a string", at)
        elif len(value) < least:
            yield complain(f"must be more than {least - 1} characters", at)
        elif most is not None and len(value) > most:
            yield complain(f"must be less than {most + 1} characters", at)
    return rule


def whole(least: int | None = None, most: int | None = None) -> Rule:
    """A whole number within bounds; true and false are none."""
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield complain("must be an integer", at)
        elif least is not None and value < least:
            yield complain(f"must be greater than or equal to {least}", at)
        elif most is not None and value > most:
            yield complain(f"must be less than or equal to {most}", at)
    return rule


def flag(value: Any, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield complain("must be a boolean", at)


def choice(*allowed: str) -> Rule:
    """One of a few words."""
    def rule(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield complain(f"must be one of {', '.join(allowed)}", at)
    return rule


def pattern(matches: Callable[[str], bool], words: str) -> Rule:
    """A string that `matches`."""
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not matches(value):
            yield complain(words, at)
    return rule


def array(of: Rule, most: int | None = None, *, least: int = 1) -> Rule:
    """A list of so many values, each of which keeps a rule."""
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield complain("must be an array", at)
            return
        if len(value) < least:
            yield complain(f"no less than {least} items allowed", at)
        if most is not None and len(value) > most:
            yield complain(f"no more than {most} items allowed", at)
        for index, one in enumerate(value):
            yield from of(one, f"{at}/{index}")
    return rule


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *also: Rule) -> Rule:
    """An object with these fields and no others; `also` are asked once each field by itself is right."""
    known = {**required, **(optional or {})}

    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complain("must be an object", at)
            return
        found = [complain(f"missing required field: {name}", at) for name in required if name not in value]
        for name, held in value.items():
            found += known[name](held, f"{at}/{name}") if name in known else [
                complain(f"unsupported field: {name}", at)]
        for one in also if not found else ():
            found += one(value, at)
        yield from found
    return rule


def by_type(table: Mapping[str, Rule], what: str) -> Rule:
    """An object whose `type` says which rule it keeps."""
    def rule(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            yield complain(f"invalid {what}: missing type", at)
        elif kind not in table:
            yield complain(f"unsupported type: {kind}", f"{at}/type")
        else:
            yield from table[kind](value, at)
    return rule


def unique(found: Iterable[tuple[str, str]], what: str) -> Iterator[str]:
    """Complaints about every (value, pointer) whose value was there before."""
    seen: set[str] = set()
    for value, at in found:
        if value in seen:
            yield complain(f"`{what}` already exists: {value}", at)
        seen.add(value)
