"""GetUserRetentionPolicyTags: what the settings say that the mailbox is under; and the tags that items may have."""

from lxml import etree

from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.soap import XMLNS, is_true, local, text

ELEMENTS = frozenset({"PolicyTag", "ArchiveTag"})

_ELEMENTS = {"DisplayName": "Delete after a year", "RetentionId": "00000000-0000-0000-0000-000000000001",
             "RetentionPeriod": "365", "Type": "Personal", "RetentionAction": "DeleteAndAllowRecovery",
             "IsVisible": "true", "OptedInto": "false", "IsArchive": "false"}


def get_user_retention_policy_tags(call: Call) -> str:
    """Answer a GetUserRetentionPolicyTags request, which is no batch: the response is itself the message."""
    tags = "".join(_tag({**_ELEMENTS, **given}) for given in call.settings.retention_tags)
    holder = f"<m:RetentionPolicyTags>{tags}</m:RetentionPolicyTags>" if tags else "<m:RetentionPolicyTags/>"
    return (f'<m:GetUserRetentionPolicyTagsResponse {XMLNS} ResponseClass="Success"><m:ResponseCode>NoError'
            f"</m:ResponseCode>{holder}</m:GetUserRetentionPolicyTagsResponse>")


def _tag(values: dict[str, str]) -> str:
    order = ("DisplayName", "RetentionId", "RetentionPeriod", "Type", "RetentionAction", "Description", "IsVisible",
             "OptedInto", "IsArchive")
    inner = "".join(f"<t:{name}>{text(values[name])}</t:{name}>" for name in order if name in values)
    return f"<t:RetentionPolicyTag>{inner}</t:RetentionPolicyTag>"


def check(call: Call, element: etree._Element) -> None:
    """Refuse a PolicyTag or an ArchiveTag that the mailbox does not have.

    Raises ItemError as the page of ResponseCode says: ErrorInvalidRetentionTagInvisible for a tag that does not exist
    or is not visible, ErrorInvalidRetentionTagInheritance for one that is not explicit,
    ErrorInvalidRetentionTagTypeMismatch for one with a wrong action. Assumption: an archive tag moves to the archive,
    and no other tag does.
    """
    tags = [{**_ELEMENTS, **given} for given in call.settings.retention_tags]
    wanted = (element.text or "").strip().lower()
    found = next((tag for tag in tags if tag["RetentionId"].lower() == wanted), None)
    if found is None or not is_true(found["IsVisible"]):
        raise ItemError("ErrorInvalidRetentionTagInvisible")
    if not is_true(element.get("IsExplicit")):
        raise ItemError("ErrorInvalidRetentionTagInheritance")
    if (found["RetentionAction"] == "MoveToArchive") != (local(element) == "ArchiveTag"):
        raise ItemError("ErrorInvalidRetentionTagTypeMismatch")
