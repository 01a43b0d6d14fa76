"""A message that is attached to one day of a series is that one, also where one of the series has the same words."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import Box, occurrence
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.attachments import MAIL, mail
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Own, Seed, clock
from tests.servers.exchange.pair import OLD

START = clock(2025, 1, 6, 6)
ATTACHED = "<m:GetAttachment><m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>"


def _mime(box: Box) -> bytes:
    """The message that is attached to the third occurrence."""
    [master] = box.ids()
    [found] = [one.get("Id") for one in box.shown(occurrence(master, 3)).iter("{*}AttachmentId")]
    answer = box.call(
        f'{ATTACHED}<m:AttachmentIds><t:AttachmentId Id="{found}"/></m:AttachmentIds></m:GetAttachment>')
    return b64decode(answer.findtext(".//{*}MimeContent", ""))


def test_a_message_with_the_words_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    """“The plan” of Ann is attached to the series; for one day there is “the plan” of Zoe with another file in it."""
    zoes = replace(mail(), content=MAIL.replace(b"Ann <ann@", b"Zoe <zoe@").replace(b"\r\ndeep\r\n", b"\r\nother\r\n"))
    seed = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8), files=(mail(),),
                own={3: Own(files=(zoes,), instead=True)})
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [seed])
        done = moving.migrate()

        assert b"zoe@" in _mime(moving.old)
        assert b"zoe@" in _mime(moving.new) or moving.said(done), _mime(moving.new)
