"""After too many refused passwords: what a person reads wherever a sign-in was not even tried."""

from __future__ import annotations

import fakeredis
import pytest

from bot import offers
from bot.notices.milestones import milestones
from bot.notices.third_party import email_of
from bot.stored.drafts import Draft, Verdict
from bot.views import migrate_form
from bot.views.cards import card
from engine.errors import Cause, Side, SignInError
from engine.migration.account import parse_account
from engine.migration.record import Attention, Migration, State
from engine.store.keys import SecretKeys
from engine.store.sign_ins import ALLOWED, SignIns
from terminal import words as terminal_words
from tests.unit.bot.records import NOW, OWNER, TASK, complaints, migration, read, shown

each_side = pytest.mark.parametrize("side", Side)


@pytest.fixture
def error(side: Side) -> SignInError:
    """What the engine says, nine minutes before another try."""
    sign_ins = SignIns(fakeredis.FakeRedis(), keys=SecretKeys([b"k" * 32]), clock=lambda: NOW)
    account = parse_account("imaps://ann@imap.example.org")
    sign_ins.refused(account, times=ALLOWED)
    with pytest.raises(SignInError) as caught:
        sign_ins.before(account, side=side)
    return caught.value


def plain(side: Side) -> str:
    return (
        f"The {side} server refused the password 3 times in ten minutes. To keep the server from locking the account, "
        "wait 10 minutes, then try again."
    )


def is_named_once(side: Side, seen: str) -> bool:
    return plain(side) in seen and f"{side.capitalize()}: {plain(side)}" not in seen


@each_side
def test_the_form_says_how_long_to_wait(side: Side, error: SignInError) -> None:
    """The whole of it stands in the form, however little room there is, and its side is named once."""
    draft = Draft(TASK, "T0", OWNER, "", NOW, verdict=Verdict(str(error), error.cause, error.side))

    view = migrate_form.migration_form(draft, offers.read())

    assert complaints(view, "modal") == []
    assert is_named_once(side, read(view))


def on_card(record: Migration) -> str:
    """All words of its card, one space between two."""
    return " ".join(read(list(card(shown(record)).blocks)).split())


def stopped(error: SignInError) -> Migration:
    attention = Attention(str(error), error.cause.value, error.side and error.side.value)
    return migration(State.NEEDS_ATTENTION, attention=attention)


@each_side
def test_the_card_says_how_long_to_wait(side: Side, error: SignInError) -> None:
    """And what to press then."""
    seen = on_card(stopped(error))

    assert is_named_once(side, seen)
    assert "Check the password and wait ten minutes, then press Resume" in seen


@each_side
def test_the_messages_say_how_long_to_wait(side: Side, error: SignInError) -> None:
    """Its owner's message and the e-mail."""
    record = stopped(error)
    notice = milestones(record, ())[-1]

    assert is_named_once(side, read(list(notice.message().blocks)))
    assert is_named_once(side, email_of(record, notice)[1])


@each_side
def test_the_terminal_says_how_long_to_wait(side: Side, error: SignInError) -> None:
    """In what `omm status TASK-ID` says."""
    assert is_named_once(side, " ".join(terminal_words.details(stopped(error), held=False, now=NOW)))


def test_another_error_is_said_with_its_side() -> None:
    """A host's name does not tell which of the two sides it is."""
    attention = Attention("imap.example.org was not found.", Cause.HOST_UNKNOWN.value, Side.SOURCE.value)

    seen = on_card(migration(State.NEEDS_ATTENTION, attention=attention))

    assert "Source: imap.example.org was not found." in seen
