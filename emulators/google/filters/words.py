"""Words of texts and searches.

support.google.com/mail/answer/7190: a dot in a number is a decimal point, a space or hyphen separates two numbers. What
else separates words is in no page of Google's; sensefulsolutions.com/2010/07/how-gmail-filter-email-matching-works.html
tried it out: everything but letters, digits and underscores; words match as a whole, without stems and plurals.
"""

import re
import unicodedata
from collections.abc import Sequence

Words = tuple[str, ...]
_WORD = re.compile(r"\d+(?:\.\d+)+(?!\w)|\w+")


def words(text: str) -> Words:
    """The words of a text, in one case."""
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))


def has_phrase(text: Sequence[str], phrase: Words) -> bool:
    """True: the words of the phrase stand in the text one behind another."""
    length = len(phrase)
    return any(tuple(text[at:at + length]) == phrase for at in range(len(text) - length + 1))
