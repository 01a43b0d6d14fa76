"""PidTagUrlCompName (0x10F3) of an item to which no client has given one."""

from emulators.exchange.item import Item
from emulators.exchange.people import names

# What a name in a URL cannot have, as DavMail writes it when it looks for one (davmail.util.StringUtil, since 2010).
_ESCAPES = {"%": "%25", "/": "\uf8ff", "&": "%26", "+": "%2B", ":": "%3A", ";": "%3B", "<": "%3C", ">": "%3E",
            '"': "%22", "#": "%23", "~": "%7E", "*": "%2A", "|": "%7C", "?": "%3F", "\r\n": "_x000D__x000A_"}
_TABLE = str.maketrans({sign: escape for sign, escape in _ESCAPES.items() if len(sign) == 1})


def of(item: Item) -> str:
    """The name: what a contact is filed as, else the subject, unique within its folder (page PidTagUrlComponentName).

    Assumption: the number of the item makes it unique; of names that are alike, Exchange may number later ones alone.
    """
    told = names.file_as(item.extra) if item.kind == "Contact" else item.subject
    name = (told or item.subject or "No Subject").replace("\r\n", _ESCAPES["\r\n"]).translate(_TABLE)
    return f"{name}-{item.entry}.EML"
