"""`omm admin rotate-key`: what it does with the keys, what it says, and what it never shows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast

import click
import fakeredis
import pytest
from cryptography.fernet import Fernet

import wiring
from bot.services import Services
from bot.work.heartbeats import Heartbeats, Role
from bot.work.programs import Programs
from engine.errors import FatalError, Side
from engine.migration.content import Content
from engine.migration.record import State
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from engine.store.store import Store
from engine.store.vault import Vault
from terminal.output import Output
from terminal.rotating import run_rotate_key
from terminal.session import Session
from terminal.usage import UsageError
from tests.servers.slack.signed_world import services_on
from tests.servers.terminal_session import OnEngine
from tests.unit.life.world import KEY, Life

IMAGE = Change(Entry("reply", "Reply", "ours"), Entry("reply", "Reply", "before"))


@dataclass
class At(OnEngine):
    """A session with settings of its own."""

    settings: Any = None


@dataclass
class Place:
    """A deployment: its tasks, its key file or its setting, and whoever calls the command there."""

    life: Life
    directory: Path
    given: str = ""         # what OMM_SECRET_KEYS holds
    answers: int = -1
    said: str = ""

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.directory), "OMM_SECRET_KEYS": self.given}

    @property
    def config(self) -> Path:
        return self.directory / ".config" / "omm"

    def begins_with(self, key: str) -> None:
        """The key file as the first start has left it."""
        self.config.mkdir(parents=True)
        (self.config / "secret.key").write_text(key + "\n")
        (self.config / "secret.key").chmod(0o600)

    def engine(self) -> Any:
        """The engine as another process opens it, with the keys of now."""
        keys, redis, clock = wiring.keys(wiring.settings(self.environ)), self.life.redis, self.life.clock
        return replace(self.life.engine, store=Store(redis, keys=keys, clock=clock),
                       vault=Vault(redis, keys=keys, clock=clock))

    def rotate(self, **how: Any) -> dict[str, Any]:
        """Calls the command; what programs are told, with the exit status."""
        out, aside = StringIO(), StringIO()
        at = At(self.engine(), Output(out, aside, as_json=True), self.life.redis, wiring.settings(self.environ))
        asked = {"check": False, "remove_old": False, "setting_file": None, "yes": True, "wait": self.waits, **how}
        try:
            status = run_rotate_key(cast(Session, at), **asked)
        finally:
            self.said = aside.getvalue() + out.getvalue()
        return json.loads(out.getvalue()) | {"status": status}

    def waits(self, _seconds: float) -> None:
        """Nothing happens meanwhile."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Keys are in the file, and a migration that was paused has passwords, a setting, and a line in its report."""
    life = Life(fakeredis.FakeServer(), tmp_path)
    made = Place(life, tmp_path)
    made.begins_with(KEY)
    return made


def audited(place: Place) -> list[tuple[str, str]]:
    """What was done, with its result, the oldest first."""
    services: Services = services_on(wiring.Doors(place.life.engine, place.life.redis, ""))
    found = [placed.entry for placed in services.trail.audit.entries("terminal")]
    return [(entry.what, entry.result) for entry in reversed(found) if entry]


def test_a_key_of_the_file_is_replaced_and_the_old_one_removed(place):
    """One command makes a key and rewrites the store; another one removes the old key. Both are in the audit."""
    task_id = place.life.put(State.PAUSED)

    done = place.rotate()

    assert (done["status"], done["state"], done["keys"]) == (0, "rotated", 2)
    assert (done["values"]["passwords"]["rewritten"], done["removable"], done["file_rewritten"]) == (2, True, True)
    assert "rotate-key --remove-old" in place.said

    gone = place.rotate(remove_old=True)

    assert (gone["status"], gone["state"], gone["keys"]) == (0, "removed", 1)
    assert KEY not in (place.config / "secret.key").read_text()
    assert [path.name for path in place.config.iterdir()] == ["secret.key"]
    assert place.engine().vault.get(task_id, Side.SOURCE) == "one"
    assert audited(place) == [("replace the secret key", "done"), ("remove the old secret key", "done")]


def test_no_key_is_ever_shown(place, capfd):
    """Whatever the command does, neither key nor password is in what it says."""
    place.life.engine.vault.put(place.life.put(State.PAUSED), Side.SOURCE, "hunter2-hunter2")
    words = []
    for how in ({"check": True}, {}, {"check": True}, {"remove_old": True}):
        place.rotate(**how)
        keys = [line for path in place.config.iterdir() for line in path.read_text().split()]
        words.append((place.said + "".join(capfd.readouterr()), [KEY, *keys, "hunter2-hunter2"]))

    assert all(secret not in said for said, secrets in words for secret in secrets)


def test_the_same_command_again_makes_no_third_key(place):
    """A rotation that was interrupted goes on: what is left is rewritten, with the key that there is."""
    place.rotate()
    held = (place.config / "secret.key").read_text()
    place.given = KEY       # somebody writes under the old key still
    place.engine().vault.put("7K2F-9QXD", Side.SOURCE, "late")
    place.given = ""

    with pytest.raises(FatalError, match=r"still needed, and stays\. What is in the store under it: 1 value"):
        place.rotate(remove_old=True)
    again = place.rotate()

    assert (place.config / "secret.key").read_text() == held
    assert (again["values"]["passwords"]["rewritten"], again["removable"]) == (1, True)


def test_check_only_counts(place):
    """No key is made, nothing is written, and nothing is in the audit."""
    place.life.put(State.PAUSED)

    found = place.rotate(check=True)

    assert (found["state"], found["keys"], found["removable"]) == ("counted", 1, False)
    assert found["values"]["passwords"]["newest"] == 2
    assert [path.name for path in place.config.iterdir()] == ["secret.key"]
    assert audited(place) == []


def test_what_lies_in_mailboxes_keeps_the_old_key(place):
    """Until when is said; a task that began under the new key needs none of that."""
    now = place.life.clock.now
    ended = place.life.put(State.COMPLETED, ended=now)
    place.life.engine.store.images.save(Image(ended, Content.OUT_OF_OFFICE, (IMAGE,)))
    going = place.life.put(State.PAUSED)
    place.life.engine.store.images.save(Image(going, Content.OUT_OF_OFFICE, (IMAGE,)))

    place.life.clock.move(minutes=1)
    done = place.rotate()

    assert done["needed"] == {
        "tasks": sorted([ended, going]), "running": [going], "until": (now + timedelta(hours=48)).isoformat()
    }
    assert (done["status"], done["removable"]) == (0, False)
    assert "The old key must stay." in place.said
    assert f"The old key can go 48 hours after {going} has ended." in place.said
    with pytest.raises(FatalError, match="2 migrations have changed settings"):
        place.rotate(remove_old=True)
    assert audited(place)[-1] == ("remove the old secret key", "failed")

    place.life.engine.store.images.drop(going)
    place.rotate()
    assert f"The old key can go from {now + timedelta(hours=48):%-d %B %Y, %H:%M} UTC on." in place.said
    place.life.engine.store.images.drop(ended)
    place.life.clock.move(minutes=1)
    later = place.life.put(State.PAUSED)
    place.engine().store.images.save(Image(later, Content.OUT_OF_OFFICE, (IMAGE,)))
    place.rotate()
    assert place.rotate(remove_old=True)["state"] == "removed"


def test_a_task_of_which_nothing_is_known_is_waited_for_unless_it_is_gone(place):
    """One of a newer release may have left something under the old key; one that was forgotten needs nothing."""
    newer, gone = place.life.put(State.PAUSED), place.life.put(State.PAUSED)
    for task_id in (newer, gone):
        place.life.engine.store.images.save(Image(task_id, Content.OUT_OF_OFFICE, (IMAGE,)))
    place.life.redis.hset(f"omm:task:{newer}", "record", '{"v":99}')
    place.life.redis.delete(f"omm:task:{gone}")

    assert place.rotate()["needed"] == {"tasks": [newer], "running": [newer], "until": None}


def test_keys_of_the_setting_are_replaced_in_steps(place, tmp_path):
    """With one key it says what to do, and writes the line; with two it rewrites; then it says what to take out."""
    place.given = KEY
    task_id = place.life.put(State.PAUSED)
    with pytest.raises(UsageError, match="--setting-file FILE writes a line"):
        place.rotate()
    line = tmp_path / "line"

    added = place.rotate(setting_file=str(line))

    assert (added["state"], line.stat().st_mode & 0o777) == ("added", 0o600)
    name, _, held = line.read_text().strip().partition("=")
    assert (name, held.split(",")[1:]) == ("OMM_SECRET_KEYS", [KEY])
    assert held.split(",")[0] not in place.said
    with pytest.raises(UsageError, match="File exists"):
        place.rotate(setting_file=str(line))

    place.given = held
    assert place.rotate()["values"]["passwords"]["rewritten"] == 2
    said = "take it out of OMM_SECRET_KEYS on every machine. What encrypts, the first key there, stays"
    assert said in place.said
    with pytest.raises(UsageError, match="Take it out of OMM_SECRET_KEYS"):
        place.rotate(remove_old=True)
    place.given = held.split(",")[0]
    assert place.engine().vault.get(task_id, Side.DESTINATION) == "two"
    assert place.rotate(check=True)["values"]["passwords"] == {"newest": 2, "older": 0, "none": 0, "rewritten": 0}


def test_a_program_that_has_not_got_the_new_key_is_waited_for(place):
    """It is named when it stays so, and nothing was encrypted; once it has the key, the rest goes on."""
    place.given = KEY
    place.life.put(State.PAUSED)
    redis = place.life.redis
    Heartbeats(redis).beat(Role.CHECKS)
    Programs(redis).note("web", place.engine().store.key_names())
    place.given = f"{Fernet.generate_key().decode()},{KEY}"

    lacking = r"have not got the new key.*web on .*; worker\.py checks is running, and does not say which"
    with pytest.raises(FatalError, match=lacking):
        place.rotate()
    assert place.rotate(check=True)["values"]["passwords"]["older"] == 2

    Programs(redis).note("checks", place.engine().store.key_names())
    place.waits = lambda _seconds: Programs(redis).note("web", place.engine().store.key_names())
    assert place.rotate()["values"]["passwords"]["rewritten"] == 2


def test_the_old_key_stays_while_a_program_has_no_other(place):
    """What that program keeps from now on could be read by nobody; `--check` names it, too."""
    old = place.engine().store.key_names()
    Programs(place.life.redis).note("move", old)
    with pytest.raises(FatalError, match="have not got the new key, so nothing was encrypted"):
        place.rotate()

    assert place.rotate(check=True)["removable"] is False
    assert "what they keep is under the old one: move on" in place.said
    with pytest.raises(FatalError, match=r"still needed, and stays\. .*have not got the new key.*: move on"):
        place.rotate(remove_old=True)


def test_a_key_that_comes_back_is_the_newest_since_then(place):
    """What was put into mailboxes under the one in between still needs that one."""
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    for keys in (f"{first},{KEY}", f"{second},{first}"):
        place.given = keys
        place.rotate()
        place.life.clock.move(minutes=5)
    between = place.life.put(State.PAUSED)
    place.engine().store.images.save(Image(between, Content.OUT_OF_OFFICE, (IMAGE,)))
    place.life.clock.move(minutes=5)
    place.given = f"{first},{second}"

    for how in ({"check": True}, {}):
        found = place.rotate(**how)
        assert (found["needed"]["tasks"], found["removable"]) == ([between], False)


def test_one_key_given_twice_is_one_key(place):
    """It was not replaced, and there is no old one."""
    place.given = f"{KEY},{KEY}"

    with pytest.raises(UsageError, match="holds one key"):
        place.rotate()
    assert (place.rotate(check=True)["keys"], place.rotate(check=True)["removable"]) == (1, False)


def test_no_file_holds_a_key_that_was_removed(place):
    """Nor does one that a process has left that was killed before it put it into its place."""
    (place.config / ".0123456789abcdef.new").write_text(f"{KEY}\n")
    place.rotate()
    place.rotate(remove_old=True)

    assert [path.name for path in place.config.iterdir()] == ["secret.key"]


def test_what_no_key_opens_is_counted(place):
    """It says so, and that something is missing; the rest is rewritten."""
    place.given = Fernet.generate_key().decode()
    place.engine().vault.put("7K2F-9QXD", Side.SOURCE, "of a lost key")
    place.given = ""
    place.life.put(State.PAUSED)

    done = place.rotate()

    assert (done["status"], done["values"]["passwords"]) == (
        1, {"newest": 2, "older": 0, "none": 1, "rewritten": 2})
    assert "1 value can be opened by none of the keys. Add the missing key" in place.said


def test_two_at_once_are_one(place):
    """The second one is refused, so that no key is made twice."""
    with (
        place.life.engine.store.acquire("secret keys", holder="x"),
        pytest.raises(FatalError, match="Another omm admin rotate-key is at work"),
    ):
        place.rotate()
    assert [path.name for path in place.config.iterdir()] == ["secret.key"]


@pytest.mark.parametrize(("how", "words"), [
    ({"check": True, "remove_old": True}, "three different steps"),
    ({"check": True, "setting_file": "x"}, "three different steps"),
    ({"setting_file": "x"}, "--setting-file is for keys that OMM_SECRET_KEYS holds"),
    ({"remove_old": True}, "There is no old key"),
])
def test_what_cannot_be_done_like_this_is_refused(place, how, words):
    """In words that say why; nothing is changed."""
    with pytest.raises(UsageError, match=words):
        place.rotate(**how)
    assert [path.name for path in place.config.iterdir()] == ["secret.key"]


def test_whoever_says_no_keeps_the_old_key(place, monkeypatch):
    """Without --yes it asks, and says what is lost with the key."""
    place.rotate()

    def no(question: str, **_how: object) -> None:
        assert "no backup of the store from before can be read" in question
        raise click.Abort

    monkeypatch.setattr(click, "confirm", no)
    with pytest.raises(click.Abort):
        place.rotate(remove_old=True, yes=False)
    assert len(list(place.config.iterdir())) == 2
