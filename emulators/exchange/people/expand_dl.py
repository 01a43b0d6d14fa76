"""ExpandDL: the members of one group, not of groups within it ("ExpandDL operation")."""

from lxml import etree

from emulators.exchange import item
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.people import directory, members
from emulators.exchange.people.directory import Entry
from emulators.exchange.people.members import Member
from emulators.exchange.soap import failure, response, success, t


def expand_dl(call: Call) -> str:
    """Answer an ExpandDL request."""
    try:
        call.injected(0)
        found = _members(call, call.request[0])
        attributes = f'TotalItemsInView="{len(found)}" IncludesLastItemInRange="true"'
        inner = "".join(f"<t:Mailbox>{one}</t:Mailbox>" for one in found)
        answer = success("ExpandDL", f"<m:DLExpansion {attributes}>{inner}</m:DLExpansion>")
    except ItemError as error:
        answer = failure("ExpandDL", error.code, error.text, values=error.values)
    return response("ExpandDL", [answer])


def _members(call: Call, mailbox: etree._Element) -> list[str]:
    """What stands in each Mailbox element; raises ItemError."""
    identifier = mailbox.find(t("ItemId"))
    if identifier is not None:
        stored = item.find(call, identifier)
        if stored.kind != "DistributionList":       # "valid only for private distribution lists" (page of ResponseCode)
            raise ItemError("ErrorInvalidItemForOperationExpandDL")
        return [members.mailbox(call, one, found) for one, found in members.told(call, members.kept(stored.extra))]
    address = mailbox.findtext(t("EmailAddress"))
    if not address:
        raise ItemError("ErrorInvalidMailbox")
    return [members.mailbox(call, _member(call, one), None) for one in _group(call, address).members]


def _group(call: Call, wanted: str) -> Entry:
    """The public group with this address, EX address, alias or name; raises ItemError."""
    found = [one for one in directory.entries(call.db) if one.kind == "PublicDL" and wanted.lower() in (
        one.address, one.ex.lower(), one.name.lower(), one.address.partition("@")[0])]
    if len(found) > 1:
        raise ItemError("ErrorNameResolutionMultipleResults")
    if not found:
        raise ItemError("ErrorNameResolutionNoResults")
    return found[0]


def _member(call: Call, address: str) -> Member:
    found = directory.by_address(call, address)
    return Member(address, address, "SMTP", "OneOff") if found is None \
        else Member(found.name, found.address, "SMTP", found.kind)
