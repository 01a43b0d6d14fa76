"""What is read of a contact, and what of it is written again.

The fields are those of ContactItemType in the order of the schema ([MS-OXWSCONT] 2.2.4.3). What has no field of its own
travels as the MAPI property that Outlook keeps it in ([MS-OXOCNTC] 2.2.1, [MS-OXOFLAG] 2.2, [MS-OXPROPS]).
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.connectors.exchange.typed.fields import COMMON, REMINDS, SEARCH_KEY, SIGNAL, Fields, Property
from engine.connectors.exchange.typed.flag import FLAG

ADDRESS = "Address"


def _texts(numbers: Iterable[int], where: str = "") -> tuple[Property, ...]:
    return tuple(Property(f"{number:#06x}", "String", where) for number in numbers)


ORIGINAL_NAMES = _texts((0x8084, 0x8094, 0x80a4), ADDRESS)   # PidLidEmail1OriginalDisplayName, …2…, …3…
# What its owner sees of a contact and no field holds.
SEEN = (
    *_texts((
        0x3a45,                                 # PidTagDisplayNamePrefix
        0x3a43, 0x3a47, 0x3a0c, 0x3a0d,         # PidTagHobbies, …ReferredByName, …Language, …Location
        0x3a07, 0x3a00, 0x3a10, 0x3a4a,       # PidTagGovernmentIdNumber, …Account, …OrganizationalIdNumber, …CustomerId
        0x3a4c, 0x3a49, 0x3a50,                 # PidTagFtpSite, …ComputerNetworkName, …PersonalHomePage
        0x3a5e, 0x3a64,                         # PidTagHomeAddressPostOfficeBox, …OtherAddressPostOfficeBox
    )),
    Property("0x3a4d", "Short"),                # PidTagGender
    *_texts((
        0x802c, 0x802d, 0x802e,                 # PidLidYomiFirstName, …LastName, …CompanyName
        0x80d8, 0x804a,                         # PidLidFreeBusyLocation, …WorkAddressPostOfficeBox
        0x804f, 0x8050, 0x8051, 0x8052,         # PidLidContactUserField1 to …4
    ), ADDRESS),
    Property("0x8535", "String", COMMON),       # PidLidBilling
)
# What programs keep beside it: formatted addresses, countries by their codes, days without a time, certificates, fax.
BESIDE = (
    *_texts((
        0x801a, 0x801b, 0x801c, 0x802b,         # PidLidHomeAddress, …WorkAddress, …OtherAddress, …Html
        0x80da, 0x80db, 0x80dc, 0x80dd,         # PidLidHomeAddressCountryCode to …AddressCountryCode
        0x80b2, 0x80b3, 0x80b4, 0x80c2, 0x80c3, 0x80c4, 0x80d2, 0x80d3, 0x80d4,     # PidLidFax1AddressType and so on
    ), ADDRESS),
    *ORIGINAL_NAMES,
    *(Property(number, "Binary", ADDRESS) for number in ("0x80b5", "0x80c5", "0x80d5")),    # PidLidFax1OriginalEntryId
    Property("0x80de", "SystemTime", ADDRESS),      # PidLidBirthdayLocal
    Property("0x80df", "SystemTime", ADDRESS),      # PidLidWeddingAnniversaryLocal
    Property("0x8025", "Boolean", ADDRESS),         # PidLidAutoLog
    Property("0x853a", "StringArray", COMMON),      # PidLidContacts
    Property("0x3a22", "Binary"),                   # PidTagUserCertificate
    Property("0x3a70", "BinaryArray"),              # PidTagUserX509Certificate
)
# What Exchange 2013 knows; to a key that it does not know it refuses the whole request.
PHONES = frozenset({
    "AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone", "CompanyMainPhone",
    "HomeFax", "HomePhone", "HomePhone2", "Isdn", "MobilePhone", "OtherFax", "OtherTelephone", "Pager", "PrimaryPhone",
    "RadioPhone", "Telex", "TtyTddPhone",
})
REMINDER = (REMINDS, Property("0x8502", "SystemTime", COMMON), SIGNAL)      # with PidLidReminderTime
CONTACT = Fields(
    "Contact",
    "contacts",
    of_items=("ItemClass", "Subject", "Sensitivity", "Body", "Categories", "Importance"),
    between=("Culture", "Flag"),
    own=(
        "FileAs", "FileAsMapping", "DisplayName", "GivenName", "Initials", "MiddleName", "Nickname", "CompanyName",
        "EmailAddresses", "PhysicalAddresses", "PhoneNumbers", "AssistantName", "Birthday", "BusinessHomePage",
        "Children", "Companies", "Department", "Generation", "ImAddresses", "JobTitle", "Manager", "Mileage",
        "OfficeLocation", "PostalAddressIndex", "Profession", "SpouseName", "Surname", "WeddingAnniversary",
    ),
    recurs=(),
    asked=("item:Attachments",),
    since_2013=frozenset({"Flag"}),
    properties=(*SEEN, *BESIDE, *FLAG, *REMINDER, Property(SEARCH_KEY, "Binary", carried=False)),
)
