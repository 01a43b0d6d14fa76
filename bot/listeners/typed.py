"""What was typed after the command: a task ID in it, and whether it may hold a password."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from itertools import pairwise

from engine.errors import InputError
from engine.migration.task_id import parse_task_id

SHORTEST, LONGEST_WORD = 6, 16      # characters of a password at least, of an ordinary word at most
OF_SLACK = re.compile(r"<(?:[@#!]|mailto:)[^>]*>")      # a person, a channel, an address, as Slack writes them
HALF = 4            # characters of a task ID before its dash
MISTYPED_ID = re.compile(r"[0-9A-Za-z]{3,5}-[0-9A-Za-z]{3,5}")
MINUS = "\u2212"
# Stands beside a word in a sentence.
BESIDE = ".,;:?!'\"()\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a"
MARKS = "`*_~#[]{}<>"       # that Slack or people put around an ID
APOSTROPHES = str.maketrans("", "", "-'\u2019")


def task_id_in(text: str) -> tuple[str, str]:
    """The task ID that the text begins with, '' if it does not, and the rest.

    An ID may be written in two words, in quotes, as code, and with whatever a program made of its dash.
    """
    words = _plain(text).split()
    for count in (2, 1):
        try:
            return parse_task_id("".join(_bare(word) for word in words[:count])), " ".join(words[count:])
        except InputError:
            continue
    return "", " ".join(words)


def names_another(rest: str) -> bool:
    """True: what follows a task ID names one more, however it is written.

    Small letters alone are none, with a dash or in two words: `roll-back`, `stop this`.
    """
    bare = [_bare(word) for word in rest.split()]
    halves = [f"{first}{second}" for first, second in pairwise(bare) if len(first) == len(second) == HALF]
    return any(_is_another(word) for word in (*bare, *halves))


def _is_another(word: str) -> bool:
    try:
        parse_task_id(word)
    except InputError:
        return False
    return word.isupper() or any(c.isdigit() for c in word)


def _plain(text: str) -> str:
    """The text without signs that nobody sees, each dash the one of the keyboard, each letter in its usual form.

    Slack writes <, > and & as HTML does: docs.slack.dev/messaging/formatting-message-text.
    """
    usual = unicodedata.normalize("NFKC", unescape(text))
    seen = (c for c in usual if unicodedata.category(c) != "Cf")
    return "".join("-" if c == MINUS or unicodedata.category(c) == "Pd" else c for c in seen)


def _bare(word: str) -> str:
    return word.strip(BESIDE + MARKS)


def could_be_password(text: str) -> bool:
    """True: one of the words is not written as an ordinary word is.

    It has six characters or more, and holds a digit, a sign or a capital letter in its midst, or is longer than 16
    letters. People, channels and addresses as Slack writes them, and task IDs with their dash, are ordinary, also if a
    sign is missing in one or there is one too many. Marks of a letter, as many scripts have them, count as nothing.
    """
    return any(_could_be(word) for word in _plain(text).split())


def _could_be(word: str) -> bool:
    bare = word.strip(BESIDE)
    if len(bare) < SHORTEST or OF_SLACK.fullmatch(word) or MISTYPED_ID.fullmatch(_bare(word)):
        return False
    letters = "".join(c for c in bare.translate(APOSTROPHES) if unicodedata.category(c)[0] != "M")
    is_word = letters.isalpha() and (letters.isupper() or letters[1:] == letters[1:].lower())
    return not is_word or len(letters) > LONGEST_WORD
