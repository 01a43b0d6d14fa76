"""ResolveNames: whom a name may mean, in the directory and among the owner's contacts ("ResolveNames operation")."""

from collections.abc import Iterator

from emulators.exchange import folder, item
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.folder import Folder
from emulators.exchange.fragments import parsed, written
from emulators.exchange.item import Item
from emulators.exchange.people import directory, members, names
from emulators.exchange.people.directory import Entry
from emulators.exchange.people.members import Member
from emulators.exchange.soap import children, failure, is_true, response, success, t

_MOST = 100
_SCOPES = {"ActiveDirectory": "d", "ActiveDirectoryContacts": "dc", "Contacts": "c", "ContactsActiveDirectory": "cd"}


def resolve_names(call: Call) -> str:
    """Answer a ResolveNames request: one candidate is a success, several are a warning, none is an error."""
    try:
        call.injected(0)
        found = _candidates(call)
        last = "true" if len(found) <= _MOST else "false"
        inner = (f'<m:ResolutionSet TotalItemsInView="{len(found[:_MOST])}" IncludesLastItemInRange="{last}">'
                 f"{''.join(found[:_MOST])}</m:ResolutionSet>")
        several = ItemError("ErrorNameResolutionMultipleResults")
        answer = success("ResolveNames", inner) if len(found) == 1 \
            else failure("ResolveNames", several.code, several.text, inner=inner, warning=True)
    except ItemError as error:
        answer = failure("ResolveNames", error.code, error.text, values=error.values)
    return response("ResolveNames", [answer])


def _candidates(call: Call) -> list[str]:
    """The Resolution elements, in the order of the SearchScope; raises ItemError when there is none."""
    words, where = call.request.findtext("{*}UnresolvedEntry", ""), _place(call)
    wanted = directory.unprefixed(words)
    if wanted in ("", ",", "-"):
        raise ItemError("ErrorInvalidNameForNameResolution")        # page of ResponseCode
    found: list[str] = []
    for place in _SCOPES[call.request.get("SearchScope", "ActiveDirectoryContacts")]:
        if place == "d":
            found += [_of_directory(call, one) for one in directory.matching(call, words)]
        else:
            found += _of_contacts(call, where, wanted)
    if not found:
        raise ItemError("ErrorNameResolutionNoResults")
    return found


def _of_directory(call: Call, entry: Entry) -> str:
    """Somebody in the directory, with what it knows when ReturnFullContactData asks."""
    mailbox = members.mailbox(call, Member(entry.name, entry.address, "SMTP", entry.kind), None)
    more = ""
    if is_true(call.request.get("ReturnFullContactData")):
        more = (f"<t:Contact>{written('DisplayName', entry.name)}<t:EmailAddresses>"
                f'<t:Entry Key="EmailAddress1">SMTP:{entry.address}</t:Entry></t:EmailAddresses>'
                "<t:ContactSource>ActiveDirectory</t:ContactSource></t:Contact>")
    return f"<t:Resolution><t:Mailbox>{mailbox}</t:Mailbox>{more}</t:Resolution>"


def _place(call: Call) -> Folder:
    """The folder of the contacts, the default one unless one is named; raises ItemError (page of ResponseCode)."""
    named = children(call.request, "ParentFolderIds")
    if len(named) > 1:
        raise ItemError("ErrorResolveNamesOnlyOneContactsFolderAllowed")
    place = folder.find(call, named[0]) if named else folder.distinguished(call, "contacts")
    if not place.holds("IPF.Contact"):
        raise ItemError("ErrorResolveNamesInvalidFolderType")
    return place


def _of_contacts(call: Call, place: Folder, wanted: str) -> Iterator[str]:
    """Contacts and groups of a folder; each address of a contact by itself."""
    for stored in item.in_folder(call.db, place.id, "1 ORDER BY born"):
        for one in _meant(stored, wanted):
            mailbox = members.mailbox(call, one, stored)
            yield f"<t:Resolution><t:Mailbox>{mailbox}</t:Mailbox></t:Resolution>"


def _meant(stored: Item, wanted: str) -> list[Member]:
    name = names.display_name(stored.extra)
    if stored.kind == "DistributionList":
        return [Member(name, "", "MAPIPDL", "PrivateDL", stored.entry)] if directory.begins(wanted, name) else []
    if "EmailAddresses" not in stored.extra:
        return []
    found = [Member(name or entry.get("Name") or entry.text, entry.text, entry.get("RoutingType") or "SMTP", "Contact",
                    stored.entry)
             for entry in parsed(stored.extra["EmailAddresses"]).iterchildren(t("Entry")) if entry.text]
    return [one for one in found if directory.begins(wanted, name, one.address)]
