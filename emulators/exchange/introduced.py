"""Which words of the schema came with which version.

A request may only use what the version in its RequestServerVersion knows. Sources: Appendix C of MS-OXWSCORE
(R1230, R1346, R1349, R1351, R1355, R1731, R2283, R2311, R2919 ...), of MS-OXWSSYNC (R37809, R37811008) and of
MS-OXWSCONT (R1275004 to R1275044, R1275106, R1275108), "EWS schema versions in Exchange"; SuppressReadReceipts and what
R1275116 to R1275120 name are in the schema of 2013 RTM already.
"""

from collections.abc import Iterable
from functools import lru_cache

from lxml import etree

from emulators.exchange.settings import RANK
from emulators.exchange.soap import local, m, t

_ELEMENTS = {
    **dict.fromkeys(("ReturnNewItemIds", "SyncScope", "StoreEntryId"), "Exchange2010_SP1"),
    **dict.fromkeys((
        "Flag", "InstanceKey", "NormalizedBody", "EntityExtractionResult", "PolicyTag", "ArchiveTag",
        "RetentionDate", "Preview", "RightsManagementLicenseData", "BlockStatus", "HasBlockedImages",
        "TextBody", "IconIndex", "ReminderNextTime", "NormalizedBodyType", "BlockExternalImages",
        "AddBlankTargetToLinks", "InlineImageUrlTemplate", "MaximumBodySize"), "Exchange2013"),
    **dict.fromkeys((       # of appointments: MS-OXWSMTGS_R696 to R711, R80048, and the pages of the elements
        "EnhancedLocation", "EndTimeZoneId", "EndWallClock", "IsOrganizer", "JoinOnlineMeetingUrl",
        "OnlineMeetingSettings", "StartTimeZoneId", "StartWallClock"), "Exchange2013"),
    **dict.fromkeys((
        "AccountName", "IsAutoUpdateDisabled", "Comment", "ContactType", "Gender", "ObjectId", "PersonId", "SourceId",
        "Urls", "Cid", "SkypeAuthCertificate", "SkypeId", "YomiNickname"), "Exchange2016"),
    **dict.fromkeys(("MimeContentUTF8", "SortKey", "Hashtags", "Mentions", "MentionedMe"), "Exchange2016"),
}
_OPERATIONS = {
    **dict.fromkeys(("CreateUserConfiguration", "GetUserConfiguration", "UpdateUserConfiguration",
                     "DeleteUserConfiguration"), "Exchange2010"),
    **dict.fromkeys(("GetInboxRules", "UpdateInboxRules"), "Exchange2010_SP1"),
    "GetServerTimeZones": "Exchange2010",
    "GetUserRetentionPolicyTags": "Exchange2013",
}
_ATTRIBUTES = {"SuppressReadReceipts": "Exchange2013"}
_VALUES = {("LegacyFreeBusyStatus", "WorkingElsewhere"): "Exchange2013"}     # MS-OXWSCDATA_R4001
_FOLDERS = {
    **dict.fromkeys((
        "recoverableitemsroot", "recoverableitemsdeletions", "recoverableitemsversions",
        "recoverableitemspurges", "archiveroot", "archivemsgfolderroot", "archivedeleteditems",
        "archiverecoverableitemsroot", "archiverecoverableitemsdeletions", "archiverecoverableitemsversions",
        "archiverecoverableitemspurges"), "Exchange2010_SP1"),
    **dict.fromkeys((
        "syncissues", "conflicts", "localfailures", "serverfailures", "recipientcache", "quickcontacts",
        "conversationhistory", "adminauditlogs", "todosearch", "mycontacts", "directory", "imcontactlist",
        "peopleconnect", "favorites"), "Exchange2013"),
    "archiveinbox": "Exchange2013_SP1",     # since 15.00.0913.09, says the page of DistinguishedFolderId
    # The schema of 2013 has none of these; Assumption: 2016 brought them.
    **dict.fromkeys((
        "archive", "externalcontacts", "personmetadata", "recoverableitemsdiscoveryholds", "yammerfeeds",
        "yammerinbound", "yammeroutbound", "yammerroot"), "Exchange2016"),
}
_URIS = {**{name: version for name, version in _ELEMENTS.items() if version != "Exchange2010_SP1"},
         "DistinguishedFolderId": "Exchange2013", "MimeContentUTF8": "Exchange2016"}


KEYS = frozenset({"BusinessMobile", "IPPhone"})     # of phone numbers, since 2016


@lru_cache(maxsize=32)
def later(rank: int) -> frozenset[str]:
    """The elements that a version does not know."""
    return frozenset(name for name, version in _ELEMENTS.items() if RANK[version] > rank)


def offered(operations: Iterable[str], rank: int) -> list[str]:
    """Those of some operations that a version knows."""
    return [name for name in operations if not _later(_OPERATIONS.get(name), rank)]


def too_new(request: etree._Element, rank: int) -> str | None:
    """The first word in the request that its version does not know, or None."""
    if _later(_OPERATIONS.get(local(request)), rank):
        return local(request)
    return next((word for element in request.iter(*_tags(rank)) if (word := _word(element, rank))), None) \
        or next((name for name, version in _ATTRIBUTES.items()
                 if name in request.attrib and _later(version, rank)), None)


@lru_cache(maxsize=32)
def _tags(rank: int) -> tuple[str, ...]:
    """The elements worth looking at: lxml walks over the others without Python."""
    newer = tuple(t(name) for name in later(rank))
    keyed = (t("Entry"), t("IndexedFieldURI")) if _later("Exchange2016", rank) else ()
    valued = (t(name) for (name, _), version in _VALUES.items() if RANK[version] > rank)
    asked = (t("FieldURI"), t("DistinguishedFolderId"), m("ReturnNewItemIds"), m("SyncScope"))
    return (*asked, *keyed, *newer, *valued)


def _word(element: etree._Element, rank: int) -> str | None:
    name = local(element)
    if _later(_ELEMENTS.get(name), rank):
        return name
    key = {"Entry": element.get("Key"), "IndexedFieldURI": element.get("FieldIndex")}.get(name)
    if key in KEYS and _later("Exchange2016", rank):
        return key
    if (word := element.text or "") and _later(_VALUES.get((name, word)), rank):
        return word
    if name == "FieldURI" and _later(_URIS.get(element.get("FieldURI", "").partition(":")[2]), rank):
        return element.get("FieldURI")
    if name == "DistinguishedFolderId" and _later(_FOLDERS.get(element.get("Id", "")), rank):
        return element.get("Id")
    return None


def _later(version: str | None, rank: int) -> bool:
    return version is not None and RANK[version] > rank
