"""The benchmark compares what it says it compares."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from exchangelib import DELEGATE, Account, Configuration, Credentials

from bench import calendars, revision, sides
from bench.from_exchange import PACES
from bench.mailbox import FOLDERS
from bench.servers import PASSWORD, exchange, source
from tests.servers.mail_servers.dovecot import MISSING, installed

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

HOUSE = Path(__file__).parents[2]
MESSAGES = 15        # one a folder, and one more


def everything(url: str, address: str) -> list[tuple[str, int]]:
    """Each message's subject and the length of its body, read by exchangelib as it comes."""
    config = Configuration(service_endpoint=url, credentials=Credentials(address, PASSWORD))
    account = Account(address, config=config, autodiscover=False, access_type=DELEGATE)
    return sorted(
        (message.subject, len(message.text_body))
        for folder in account.msg_folder_root.walk() if folder.total_count
        for message in folder.all().only("subject", "text_body")
    )


def test_both_sides_bring_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `omm migrate` and the stock script leave behind is the same, whole mailbox."""
    with (
        source(MESSAGES, 5000) as mail,
        exchange(["ours@example.org", "stock@example.org"]) as server,
        sides.authorities(mail, server) as ca_file,
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
        mine = sides.ours(mail, server, "ours@example.org", ca_file)
        theirs = sides.stock(mail, server, "stock@example.org", ca_file)
        ours, stock = (everything(server.url, f"{side}@example.org") for side in ("ours", "stock"))

    assert len(FOLDERS) == 14
    assert [subject for subject, _ in ours] == sorted(f"Letter {number}" for number in range(MESSAGES))
    assert min(length for _, length in ours) > 4000
    assert ours == stock
    assert 0 < mine.inner < mine.seconds
    assert 0 < theirs.inner < theirs.seconds
    assert min(mine.peak, theirs.peak) > 10_000_000


def test_the_command_prints_a_table_for_each_pace() -> None:
    """`python -m bench` ends well and shows all sides with their ratio, at each pace."""
    command = [sys.executable, "-m", "bench", "--runs", "1", "--messages", str(MESSAGES)]

    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    of_calendars = len(calendars.PACES)
    assert done.stdout.count("| omm migrate |") == 2 + len(PACES) + of_calendars       # from Dovecot, and from Exchange
    assert done.stdout.count("| stock libraries, the same mailbox |") == 2
    assert done.stdout.count("| stock libraries, bare |") == 2
    assert done.stdout.count("| every second request breaks it |") == 2
    assert done.stdout.count("| appointments a second |") == 1 + of_calendars    # of the emulator alone, and that move
    assert done.stdout.count("| prebuilt requests, sent by our writers |") == len(PACES) + of_calendars
    assert done.stdout.count("| exchangelib's bulk_create |") == of_calendars
    assert done.stdout.count("| the same once more, with nothing to copy |") == 1
    assert done.stdout.count("| reading alone, by our readers |") == len(PACES)


def test_another_product_is_run_whatever_folder_it_is_run_in(tmp_path: Path) -> None:
    """Beside the bench lies this product; the one that is compared with must not be mistaken for it."""
    (tmp_path / "cli.py").write_text("def main() -> int:\n    print('another product')\n    return 0\n")
    command, environment = revision.omm(tmp_path)

    done = subprocess.run(command, env=environment, cwd=HOUSE, capture_output=True, text=True, check=True)

    assert done.stdout == "another product\n"
