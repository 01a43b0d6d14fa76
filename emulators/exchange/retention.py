"""GetUserRetentionPolicyTags: what the settings say that the mailbox is under."""

from emulators.exchange.call import Call
from emulators.exchange.soap import XMLNS, text

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
