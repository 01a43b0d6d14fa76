"""What the old server cannot render is put together from its fields, and arrives as what it was, or is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.connectors.exchange.soap import MESSAGES
from engine.migration.record import State
from tests.recovery.engine.test_exchange_marks import OLD, SENT, Pair, pair_of


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_of(tmp_path, "2019") as made:
        yield made


def spoiled(pair: Pair, subject: str) -> None:
    """From now on the server cannot render the message."""
    [one] = [one for one in pair.left.messages(OLD) if one.subject == subject]
    pair.left.spoil(OLD, one.item_id)


def said(pair: Pair, task: str) -> list[str]:
    return [f"{line.folder}: {line.item}: {line.reason}" for line in pair.at.engine.store.reported(task).failures]


def attached(pair: Pair, name: str) -> None:
    """Gives the only message an attachment of that name, in raw XML."""
    [one] = pair.left.messages(OLD)
    made = pair.old.asked(
        f'<m:CreateAttachment><m:ParentItemId Id="{one.item_id}"/><m:Attachments><t:FileAttachment><t:Name>{name}'
        "</t:Name><t:Content>AAECAw==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
    )
    assert made.find(f".//{MESSAGES}ResponseCode").text == "NoError"


def test_its_hidden_recipients_arrive_too(pair: Pair) -> None:
    """It has the Bcc that the server tells."""
    pair.old.create("hidden", "Message", "", SENT, "Bcc: Carol <carol@example.net>\r\n")
    spoiled(pair, "hidden")
    pair.at.migrate("old")

    assert "carol@example.net" in "".join(pair.new.items()["hidden"]["BccRecipients"])


@pytest.mark.parametrize("name", ["a&#10;Subject: b", "a&#13;&#10;b: c.txt", "a&#9;b", "a&#127;&#133;b", "&#10;"])
def test_a_name_of_an_attachment_that_looks_like_a_header_costs_no_mail(pair: Pair, name: str) -> None:
    """The name is a stranger's: what stands in it is no field, and its file arrives."""
    pair.old.create("odd", "Message", "", SENT, "")
    attached(pair, name)
    spoiled(pair, "odd")
    pair.old.create("another", "Message", "", SENT, "")
    done = pair.at.migrate("old")
    [odd] = [one for one in pair.at.messages() if one.subject == "odd"]

    assert (done.state, pair.at.counts(done).copied) == (State.COMPLETED, 2), done.attention
    assert b"AAECAw==" in odd.mime
