"""What was typed after the command: a task ID in it, and whether it may hold a password."""

from __future__ import annotations

import re

from engine.errors import InputError
from engine.task_id import parse_task_id

SHORTEST, LONGEST_WORD = 6, 16      # characters of a password at least, of an ordinary word at most
OF_SLACK = re.compile(r"<(?:[@#!]|mailto:)[^>]*>")      # a person, a channel, an address, as Slack writes them
TASK_ID = re.compile(r"[0-9A-Za-z]{4}-[0-9A-Za-z]{4}")


def task_id_in(text: str) -> tuple[str, str]:
    """The task ID that the text begins with, '' if it does not, and the rest. An ID may be written in two words."""
    words = text.split()
    for count in (2, 1):
        try:
            return parse_task_id(" ".join(words[:count])), " ".join(words[count:])
        except InputError:
            continue
    return "", text


def could_be_password(text: str) -> bool:
    """True: one of the words is not written as an ordinary word is.

    It has six characters or more, and holds a digit, a sign or a capital letter in its midst, or is longer than 16
    letters. People, channels and addresses as Slack writes them, and task IDs with their dash, are ordinary.
    """
    return any(_could_be(word) for word in text.split())


def _could_be(word: str) -> bool:
    bare = word.strip(".,;:?!'\"()")
    if len(bare) < SHORTEST or OF_SLACK.fullmatch(word) or TASK_ID.fullmatch(bare):
        return False
    letters = bare.replace("-", "")
    is_word = letters.isalpha() and (letters.isupper() or letters[1:] == letters[1:].lower())
    return not is_word or len(letters) > LONGEST_WORD
