"""What was typed after the command."""

from __future__ import annotations

import pytest

from bot.listeners.typed import could_be_password, names_another, task_id_in

AS_PEOPLE_PASTE_IT = (
    "\u201c7K2F-9QXD\u201d", "\u201e7K2F-9QXD\u201c", "\u00ab7K2F-9QXD\u00bb", "`7K2F-9QXD`", "*7K2F-9QXD*",
    "(7K2F-9QXD)", "#7K2F-9QXD", "7K2F-9QXD.",
    "7K2F\u20139QXD", "7K2F\u20119QXD", "7K2F\u22129QXD", "\u200b7K2F-9QXD\ufeff",
    "7K2F\u00a09QXD", "\uff17K2F-9QXD", "&lt;7K2F-9QXD&gt;",
)


@pytest.mark.parametrize("text", [
    "hunter2", "Passw0rd!", "aB3$xyz", "correct!horse", "tr0ub4dor", "mYsecret", "correcthorsebatterystaple",
    "please take 4711-Sesame", "imaps://claire:secret@imap.example.net", "<@U0OWNER001>hunter2",
])
def test_what_is_not_written_as_words_are_may_be_a_password(text: str) -> None:
    """A digit, a sign or a capital letter in the midst of six characters or more."""
    assert could_be_password(text)


@pytest.mark.parametrize("text", [
    "", "statsu", "MIGRATE", "Please, cancel everything!", "7k2f-9qxd", "<@U0OWNER001> <#C0MIGRATE1|general>",
    "<mailto:claire@example.org|claire@example.org>", "a1!", "außerdem", "roll-back", *AS_PEOPLE_PASTE_IT,
    "7K2F-9QX", "7K2F-9QXDD", "Claire\u2019s", "please\u2026", "\u201eplease\u201c", "isn't",
    "ช่วยด้วยครับ", "सहायता चाहिए", "মাইগ্রেশন", "مُهَاجِرَة", "עַכְשָׁיו", "помогите", "ヘルプをください",
])
def test_ordinary_words_are_no_password(text: str) -> None:
    """Nor is a task ID, or whom Slack names; nor are words of scripts that set signs above and below a letter."""
    assert not could_be_password(text)


@pytest.mark.parametrize(("text", "found"), [
    ("7K2F-9QXD", ("7K2F-9QXD", "")), ("7k2f9qxd", ("7K2F-9QXD", "")), ("7k2f 9qxd now", ("7K2F-9QXD", "now")),
    ("7K2F-9QXD and more", ("7K2F-9QXD", "and more")), ("mine", ("", "mine")), ("", ("", "")),
])
def test_a_task_id_is_read_as_people_type_it(text: str, found: tuple[str, str]) -> None:
    """Its case and dash do not matter, and it may come in two words; what follows is not part of it."""
    assert task_id_in(text) == found


@pytest.mark.parametrize("text", AS_PEOPLE_PASTE_IT)
def test_a_task_id_is_read_as_people_paste_it(text: str) -> None:
    """Quotes, marks, other dashes and spaces, and signs that nobody sees come along from a message or a phone."""
    assert task_id_in(f"{text} please") == ("7K2F-9QXD", "please")


@pytest.mark.parametrize(("rest", "another"), [
    ("3MNP-4RST", True), ("and `3MNP-4RST`!", True), ("", False), ("stop this", False), ("roll-back", False),
    ("3MNP4RST", True), ("3mnp4rst", True), ("3MNP 4RST", True), ("and 3mnp 4rst", True), ("my last try", False),
    ("tomorrow", False), ("at 10 am", False),
])
def test_a_second_task_id_is_seen(rest: str, another: bool) -> None:
    """Two ordinary words are none, although an ID may be written in two."""
    assert names_another(rest) is another
