"""GetUserRetentionPolicyTags (page of the operation)."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import shown
from .soap import Answer, Mailbox, distinguished


def tags(mailbox: Mailbox, *, version: str = "") -> Answer:
    """Sends a GetUserRetentionPolicyTags."""
    return mailbox.call("<m:GetUserRetentionPolicyTags/>", version=version)


def test_the_page_get_user_retention_policy_tags_none_is_a_success(mailbox: Mailbox) -> None:
    """A mailbox without a policy has an empty list, which is not left out."""
    answer = tags(mailbox)

    assert answer.body.get("ResponseClass") == "Success"
    assert len(answer.one("m:RetentionPolicyTags")) == 0


def test_the_page_get_user_retention_policy_tags_tells_what_each_does(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Period, type, action and the three flags of each tag, in the order of the policy."""
    emulator.configure(retention_tags=[
        {"DisplayName": "Archive", "RetentionPeriod": "730", "Type": "All", "RetentionAction": "MoveToArchive",
         "IsArchive": "true", "IsVisible": "false", "Description": "Two years"},
        {"DisplayName": "Mine", "OptedInto": "true"}])  # fmt: skip

    first, second = tags(mailbox).all(".//t:RetentionPolicyTag")

    assert shown(first, "DisplayName", "RetentionPeriod", "Type", "RetentionAction", "IsArchive", "IsVisible",
                 "Description") == ["Archive", "730", "All", "MoveToArchive", "true", "false", "Two years"]  # fmt: skip
    assert shown(second, "DisplayName", "RetentionPeriod", "Type", "OptedInto", "Description") == [
        "Mine", "365", "Personal", "true", None,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["Inbox", "SentItems", "DeletedItems", "All", "Personal"])
def test_the_page_get_user_retention_policy_tags_of_folders_and_of_all(
    emulator: ExchangeEmulator, mailbox: Mailbox, kind: str
) -> None:
    """A tag is for one default folder, for everything, or for whatever its owner puts it on."""
    emulator.configure(retention_tags=[{"Type": kind}])

    assert tags(mailbox).texts(".//t:Type") == [kind]


def test_the_page_get_user_retention_policy_tags_a_tag_removes_nothing_here(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """The emulator tells of tags and never acts on them, so that a test sees what it has put there."""
    emulator.configure(retention_tags=[{"Type": "All", "RetentionPeriod": "0"}])
    mailbox.message("<t:Subject>Old</t:Subject>", folder=distinguished("inbox"))

    assert tags(mailbox).texts(".//t:RetentionPeriod") == ["0"]
    assert mailbox.subjects(distinguished("inbox")) == ["Old"]
