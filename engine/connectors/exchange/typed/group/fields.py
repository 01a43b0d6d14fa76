"""What is read of a contact group, and what of it is written again ([MS-OXWSDLIST] 2.2.4.1).

Its members are read, and written in another way (writing/members.py): they may be other items of the mailbox.
"""

from __future__ import annotations

from engine.connectors.exchange.typed.contact.fields import REMINDER
from engine.connectors.exchange.typed.fields import COMMON, SEARCH_KEY, Fields, Property
from engine.connectors.exchange.typed.flag import FLAG

BILLING = Property("0x8535", "String", COMMON)      # PidLidBilling [MS-OXPROPS]

GROUP = Fields(
    "DistributionList",
    "contacts",
    of_items=("ItemClass", "Sensitivity", "Body", "Categories", "Importance"),
    between=("Culture", "Flag"),
    own=("DisplayName", "FileAs"),
    recurs=(),
    asked=("item:Attachments", "distributionlist:Members"),
    since_2013=frozenset({"Flag"}),
    properties=(BILLING, *FLAG, *REMINDER, Property(SEARCH_KEY, "Binary", carried=False)),
)
