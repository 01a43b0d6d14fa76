"""GetUserRetentionPolicyTags (page of the operation)."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import shown
from .people import create, field, put
from .soap import Answer, Mailbox, distinguished, reference


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


ONE, TWO, HIDDEN = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("element", "tag", "explicit", "code"),
    [
        ("PolicyTag", ONE, "true", "NoError"),
        ("ArchiveTag", TWO, "true", "NoError"),
        ("PolicyTag", TWO, "true", "ErrorInvalidRetentionTagTypeMismatch"),
        ("ArchiveTag", ONE, "true", "ErrorInvalidRetentionTagTypeMismatch"),
        ("PolicyTag", ONE, "false", "ErrorInvalidRetentionTagInheritance"),
        ("PolicyTag", HIDDEN, "true", "ErrorInvalidRetentionTagInvisible"),
        ("PolicyTag", TWO[:-1] + "9", "true", "ErrorInvalidRetentionTagInvisible"),
    ],
)
@pytest.mark.parametrize(("kind", "folder"), [("Message", "inbox"), ("Task", "tasks")])
def test_the_page_response_code_an_item_has_a_tag_of_the_mailbox(
    emulator: ExchangeEmulator, mailbox: Mailbox, element: str, tag: str, explicit: str, code: str,
    kind: str, folder: str
) -> None:
    """A tag that does not exist, is hidden, implicit or of another action is refused, at creation and by an update."""
    emulator.configure(retention_tags=[
        {"RetentionId": ONE}, {"RetentionId": TWO, "RetentionAction": "MoveToArchive"},
        {"RetentionId": HIDDEN, "IsVisible": "false"}])  # fmt: skip
    given = f'<t:{element} IsExplicit="{explicit}">{tag}</t:{element}>'
    bare = create(kind, "<t:Subject>Bare</t:Subject>", folder=folder)
    item = reference(mailbox.call(saving(bare)).ok().one(".//t:ItemId"))

    made = mailbox.call(saving(create(kind, given, folder=folder)))
    change = put(kind, field(f"item:{element}"), given)
    changed = mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
        f"<t:ItemChange>{item}<t:Updates>{change}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )

    assert made.codes + changed.codes == [code, code]
    assert shown(mailbox.item(item), element) == [tag if code == "NoError" else None]


def test_when_an_item_is_retained_until_is_for_the_server_to_say(mailbox: Mailbox) -> None:
    """RetentionDate, which Microsoft's client can only read, is refused."""
    date = "<t:RetentionDate>2030-01-01T00:00:00Z</t:RetentionDate>"

    assert mailbox.call(create("Task", date, folder="tasks")).codes == ["ErrorInvalidPropertySet"]


def saving(request: str) -> str:
    """The same CreateItem, for messages too."""
    return request.replace("<m:CreateItem>", '<m:CreateItem MessageDisposition="SaveOnly">')
