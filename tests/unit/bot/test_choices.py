"""What the form asks once both mailboxes were looked at."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest

from bot import ids
from bot.views import choices, modals
from bot.views.forms import CHOICES
from engine.migration import question_words
from engine.migration.content import Content
from engine.migration.questions import ABOUT, Question, answered, questions
from engine.migration.request import Choice
from engine.ports.facts import Facts
from engine.ports.settings import Live
from tests.unit.bot.records import complaints, read
from tests.unit.bot.test_migrate_form import RIDDLES, sentences, texts

BOTH = (Content.INBOX_RULES, Content.OUT_OF_OFFICE)
BUSY = Live(rules=12, sending=2, answers=True)
GUARDED = Live(outlook_rules=True)
EVERY = [Question(choice, rules, is_open) for choice, rules, is_open in product(Choice, (0, 1, 12), (True, False))]


def facts(live: Live | None) -> Facts:
    return Facts(folders=3, messages=9, live=live)


def asked(old: Live | None, new: Live | None, *contents: Content) -> list[Question]:
    return list(questions(contents or BOTH, facts(old), facts(new)))


def drawn(*asked_for: Question, made: tuple[Choice, ...] = ()) -> dict[str, Any]:
    return modals.modal("Form", choices.asked(asked_for, made, 7, anew=True), ids.View.FORM, submit="Start")


def test_only_what_makes_a_difference_is_asked() -> None:
    """Rules that send, rules that Outlook would lose, replies that go out: each where it moves, and where it is so."""
    sending, outlook, replies = Question(Choice.FORWARDING, 2), Question(Choice.OUTLOOK_RULES, 12), Question(
        Choice.LEAVE_OFF)

    assert asked(BUSY, GUARDED) == [sending, outlook, replies]
    assert asked(BUSY, GUARDED, Content.INBOX_RULES) == [sending, outlook]
    assert asked(BUSY, GUARDED, Content.OUT_OF_OFFICE, Content.MAIL) == [replies]
    assert asked(BUSY, GUARDED, Content.MAIL) == []
    assert asked(Live(rules=3), Live()) == []
    assert asked(Live(), GUARDED) == []
    assert asked(None, None) == []
    assert asked(None, GUARDED) == [Question(Choice.OUTLOOK_RULES)]
    assert asked(Live(rules=None, answers=True), GUARDED) == [Question(Choice.OUTLOOK_RULES), replies]
    assert asked(BUSY, Live(rules=None, answers=None)) == [sending, replies]


def test_replies_that_stay_as_they_are_are_only_told() -> None:
    """A new mailbox that answers already keeps its replies, so there is nothing to choose."""
    [question] = asked(Live(answers=True), Live(answers=True))
    view = drawn(question)

    assert not question.is_open
    assert [block["type"] for block in view["blocks"]] == ["alert", "section"]
    assert "two replies" in read(view)


def test_replies_that_stay_behind_are_not_asked_about() -> None:
    """A new mailbox that is off and has texts of its own keeps them, so that it sends nothing."""
    assert asked(Live(answers=True), Live(keeps_replies=True)) == []
    assert len(asked(Live(answers=True), Live(answers=True, keeps_replies=True))) == 1


def test_nobody_has_agreed_to_what_was_not_asked() -> None:
    """A tick counts for the questions that left something open; what becomes of labels no look asks about."""
    told = Question(Choice.LEAVE_OFF, is_open=False)

    assert answered(Choice, [Question(Choice.FORWARDING, 2), told]) == (Choice.FORWARDING, Choice.COPIES)
    assert answered(Choice, []) == (Choice.COPIES,)     # which no look raises: the form asks it by itself


@pytest.mark.parametrize("question", EVERY)
def test_each_question_fits_into_a_form(question: Question) -> None:
    """In plain words, and one box that nobody has ticked yet."""
    view = drawn(question)
    boxes = [block for block in view["blocks"] if block["type"] == "input"]

    assert complaints(view, "modal") == []
    assert [box["block_id"] for box in boxes] == [f"{CHOICES[question.choice]}7"] * question.is_open
    assert all(box["optional"] and "initial_options" not in box["element"] for box in boxes)
    assert [sentence for sentence in sentences(texts(view)) if len(sentence) > 160] == []
    assert [text for text in texts(view) if re.search(RIDDLES, text, re.IGNORECASE)] == []
    assert len(choices.box_of(question)) <= 75      # Slack, option object: text


def test_what_was_ticked_comes_up_ticked() -> None:
    """And nothing else does."""
    view = drawn(*(Question(choice, 2) for choice in Choice), made=(Choice.LEAVE_OFF,))
    ticked = {block["block_id"]: bool(block["element"].get("initial_options"))
              for block in view["blocks"] if block["type"] == "input"}

    assert ticked == {"forwarding_7": False, "outlook_rules_7": False, "label_copies_7": False, "leave_off_7": True}
    assert set(ABOUT) == set(CHOICES) == set(Choice)


def test_rules_are_counted_as_people_count() -> None:
    """One is not two."""
    assert choices.box_of(Question(Choice.FORWARDING, 1)) == "Also create the rule that sends mail on to others"
    assert choices.box_of(Question(Choice.FORWARDING, 2)) == "Also create the 2 rules that send mail on to others"
    assert "1 inbox rule of the old mailbox sends" in question_words.what_happens(Question(Choice.FORWARDING, 1))
    assert "the 3 inbox rules are left out" in question_words.what_happens(Question(Choice.OUTLOOK_RULES, 3))


def test_check_first_says_what_the_old_mailbox_does_by_itself() -> None:
    """As far as it tells that."""
    assert dict(question_words.live(BOTH, facts(BUSY))) == {
        Content.INBOX_RULES: "12 rules, 2 of which send mail on to others.",
        Content.OUT_OF_OFFICE: "it is on, or will be by a schedule.",
    }
    assert dict(question_words.live((Content.MAIL,), facts(BUSY))) == {}
    assert dict(question_words.live(BOTH, facts(None))) == {}
