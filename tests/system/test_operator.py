"""What the operator of a machine has `omm` do with it: its key replaced, and all of it looked at."""

from __future__ import annotations

from cryptography.fernet import Fernet

from emulators.exchange import Fault
from tests.servers.on_disk import files
from tests.system.command import Command, finish
from tests.system.conftest import Ends

REFUSE = Fault(operation="CreateItem", nth=1, action="items", positions=(0,), code="ErrorItemCorrupt")


def test_the_key_is_replaced_and_nowhere_seen(command: Command) -> None:
    """One command makes a new key, another removes the old one; neither is in what is said, or in a log."""
    config = command.directory / "home" / ".config" / "omm"
    assert command.run("status").status == 0
    old = (config / "secret.key").read_text().strip()

    done = command.run("admin", "rotate-key")
    gone = command.run("admin", "rotate-key", "--remove-old", "--yes", "--json")

    assert (done.status, gone.status, gone.json["state"]) == (0, 0, "removed")
    assert "omm admin rotate-key --remove-old" in done.stderr + done.stdout
    (file,) = config.iterdir()
    new = file.read_text().strip()
    said = "".join((done.stdout, done.stderr, gone.stdout, gone.stderr)).encode() + b"".join(
        files(command.state).values())
    assert old != new
    assert old.encode() not in said
    assert new.encode() not in said


def test_the_key_is_replaced_while_a_migration_runs(ends: Ends) -> None:
    """It goes on to its end. Without the old key its report is read, and its kept password rolls it back."""
    ends.exchange.add_fault(REFUSE)
    ends.exchange.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="writes"))
    command = ends.command
    moving = command.start("migrate", *ends.urls, "--json")
    assert ends.exchange.wait_held("writes", 90)

    rotated = command.run("admin", "rotate-key", "--json")
    ends.exchange.release("writes")
    done = finish(moving)
    again = command.run("admin", "rotate-key", "--json")
    gone = command.run("admin", "rotate-key", "--remove-old", "--yes")

    assert rotated.json["values"]["passwords"]["rewritten"] == 2
    assert (done.status, again.json["removable"], gone.status) == (1, True, 0)
    report = command.run("report", done.json["task_id"], "--json")
    assert report.json["failures"] == done.json["failures"]
    back = command.run("rollback", done.json["task_id"], "--yes", env={"OMM_DESTINATION_PASSWORD": None})
    assert back.status == 0
    assert ends.subjects() == []


def test_keys_of_the_setting_are_written_into_a_file(command: Command) -> None:
    """What to do is said; the line for the setting is in a file, and a second key is used from it."""
    key = Fernet.generate_key().decode()
    asked = command.run("admin", "rotate-key", env={"OMM_SECRET_KEYS": key})
    line = command.directory / "line"

    written = command.run("admin", "rotate-key", "--setting-file", str(line), env={"OMM_SECRET_KEYS": key})

    held = line.read_text().strip().partition("=")[2]
    done = command.run("admin", "rotate-key", "--json", env={"OMM_SECRET_KEYS": held})
    assert (asked.status, written.status, done.status) == (3, 0, 0)
    assert "--setting-file FILE" in asked.stderr
    assert (done.json["keys"], done.json["removable"]) == (2, True)
    assert not any(each in r.stdout + r.stderr for each in held.split(",") for r in (asked, written, done))


def test_a_deployment_is_looked_at(command: Command) -> None:
    """Without programs and a token something is wrong, each in a line; keys and store are right."""
    done = command.run("doctor", "--json")

    assert (done.status, done.json["state"]) == (2, "wrong")
    found = {(line["subject"], line["verdict"]) for line in done.json["lines"]}
    assert {("keys", "right"), ("store", "right"), ("store's disk", "right"), ("what is encrypted", "right"),
            ("programs", "wrong"), ("Slack's token", "wrong"), ("e-mail", "untried")} <= found
