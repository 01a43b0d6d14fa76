"""A rule of our own that is off and that no mail meets, with what a server might show otherwise than it was written."""

from __future__ import annotations

from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.meaning import meaning, shown
from engine.connectors.exchange.soap import TYPES, attribute
from engine.ports.settings import Entry

NAME = "OMM check"
_RULE = (
    f'<t:Rule xmlns:t="{TYPES[1:-1]}"><t:DisplayName>{NAME}</t:DisplayName><t:IsEnabled>false</t:IsEnabled>'
    "<t:Conditions><t:ContainsSubjectStrings><t:String>OMM doctor</t:String></t:ContainsSubjectStrings>"
    "<t:FromAddresses><t:Address><t:Name>OMM doctor</t:Name>"
    "<t:EmailAddress>doctor@omm.invalid</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>"
    "</t:Address></t:FromAddresses><t:WithinDateRange><t:StartDateTime>2020-01-01T00:00:00Z</t:StartDateTime>"
    f"</t:WithinDateRange><t:WithinSizeRange><t:MinimumSize>{form.HUGE}</t:MinimumSize></t:WithinSizeRange>"
    "</t:Conditions><t:Actions><t:AssignCategories><t:String>OMM doctor</t:String></t:AssignCategories>"
    "<t:MoveToFolder><t:FolderId Id=%s/></t:MoveToFolder><t:StopProcessingRules>true</t:StopProcessingRules>"
    "</t:Actions></t:Rule>"
)


def trial_rule(folder_id: str) -> Entry:
    """It, filing into that folder."""
    rule = form.canonical(form.read(_RULE % attribute(folder_id)))
    return Entry(meaning(rule), NAME, form.written(rule), shown=shown(rule))
