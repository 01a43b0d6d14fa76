"""Before-images in the store: what was there first is written once."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest

from engine.errors import FatalError
from engine.migration.content import Content
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from engine.settings.stash import Stash
from engine.store.images import Images
from engine.store.keys import SecretKeys, secret_keys
from engine.store.patience import Patient

TASK, OTHER, RULES = "7K2F-9QXD", "3MNP-4RST", Content.INBOX_RULES
KEYS = ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")


def keys(*known: str) -> SecretKeys:
    return secret_keys({"OMM_SECRET_KEYS": ",".join(known)}, Path("/nonexistent"))


def images(server: fakeredis.FakeServer, *known: str) -> Images:
    return Images(Patient(fakeredis.FakeRedis(server=server), patience=0), keys=keys(*(known or KEYS[:1])))


def image(value: str, before: str | None, *, sure: bool = False, task: str = TASK) -> Image:
    first = None if before is None else Entry("a", "A", before)
    return Image(task, RULES, (Change(Entry("a", "A", value), first, sure),))


def stash(value: str) -> Stash:
    return Stash(TASK, RULES, image(value, None).changes)


def test_what_was_there_first_is_never_written_over() -> None:
    """A process that was late, or wrong, changes what was sent, and not what was there before."""
    kept = images(fakeredis.FakeServer())
    kept.save(image("ours", "theirs"))

    kept.save(image("later", "ours", sure=True))

    assert kept.load(TASK, RULES) == image("later", "theirs", sure=True)


def test_a_task_without_changes_has_an_empty_image() -> None:
    """Nothing of another task or content is in it."""
    kept = images(fakeredis.FakeServer())
    kept.save(image("ours", None, task=OTHER))

    assert kept.load(TASK, RULES) == Image(TASK, RULES)
    assert kept.load(OTHER, Content.OUT_OF_OFFICE).changes == ()
    assert kept.tasks() == [OTHER]


def test_another_key_is_said() -> None:
    """As with reports: a person can add it, and until then nothing is guessed."""
    server = fakeredis.FakeServer()
    images(server).save(image("ours", None))
    sealed = images(server).seal(stash("ours"))

    for read in (
        lambda kept: kept.load(TASK, RULES), lambda kept: kept.unseal(sealed, TASK, RULES),
    ):
        with pytest.raises(FatalError, match="OMM_SECRET_KEYS"):
            read(images(server, KEYS[1]))
        assert read(images(server, KEYS[1], KEYS[0])).changes == image("ours", None).changes


def test_what_was_sealed_for_one_task_opens_for_no_other() -> None:
    """Whoever copies it to another name in the mailbox gains nothing."""
    kept = images(fakeredis.FakeServer())

    with pytest.raises(FatalError, match="another migration"):
        kept.unseal(kept.seal(stash("ours")), OTHER, RULES)
