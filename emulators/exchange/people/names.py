"""How a contact is called: its display name, its complete name, and what it is filed under."""

from collections.abc import Callable, Mapping

from emulators.exchange.fragments import plain, written

Extra = Mapping[str, str]


def display_name(extra: Extra) -> str:
    """The display name that a client set, else the parts of the name.

    A recorded answer of Exchange 2019 makes it of GivenName and Surname. Assumption: MiddleName and Generation stand
    between and behind, as in PidTagDisplayName of MS-OXOCNTC 2.2.1.1.
    """
    given = plain(extra.get("DisplayName"))
    return given or _joined(extra, "GivenName", "MiddleName", "Surname", "Generation")


def _joined(extra: Extra, *names: str) -> str:
    return " ".join(part for name in names if (part := plain(extra.get(name))))


# The parts of CompleteNameType in its order, and where each lies (MS-OXWSCONT_R355 to R357).
_PARTS = (("Title", "DisplayNamePrefix"), ("FirstName", "GivenName"), ("MiddleName", "MiddleName"),
          ("LastName", "Surname"), ("Suffix", "Generation"), ("Initials", "Initials"), ("FullName", ""),
          ("Nickname", "Nickname"), ("YomiFirstName", "YomiGivenName"), ("YomiLastName", "YomiSurname"))


def complete_name(extra: Extra) -> str:
    """The CompleteName element, or nothing for a contact without a name."""
    found = ((part, display_name(extra) if part == "FullName" else plain(extra.get(name))) for part, name in _PARTS)
    inner = "".join(written(part, value) for part, value in found if value)
    return f"<t:CompleteName>{inner}</t:CompleteName>" if inner else ""


def _last_first(extra: Extra, comma: str) -> str:
    """The surname, a separator, and the other names."""
    last, rest = plain(extra.get("Surname")), _joined(extra, "GivenName", "MiddleName")
    return f"{last}{comma}{rest}" if last and rest else last or rest


def _with_company(extra: Extra, comma: str, *, behind: bool) -> str:
    """A name and the company on two lines."""
    parts = [_last_first(extra, comma), plain(extra.get("CompanyName"))]
    return "\r\n".join(part for part in (parts if behind else reversed(parts)) if part)


def _with_suffix(extra: Extra, comma: str) -> str:
    return " ".join(part for part in (_last_first(extra, comma), plain(extra.get("Generation"))) if part)


# The forms of FileAsMapping, as PidLidFileUnderId describes them (MS-OXOCNTC 2.2.1.1.12), with its number.
MAPPINGS: Mapping[str, tuple[int, Callable[[Extra], str]]] = {
    "LastCommaFirst": (0x8017, lambda e: _last_first(e, ", ")),
    "CompanyLastCommaFirst": (0x8018, lambda e: _with_company(e, ", ", behind=False)),
    "LastCommaFirstCompany": (0x8019, lambda e: _with_company(e, ", ", behind=True)),
    "LastFirst": (0x8030, lambda e: _last_first(e, "")),
    "LastSpaceFirst": (0x8031, lambda e: _last_first(e, " ")),
    "CompanyLastFirst": (0x8032, lambda e: _with_company(e, "", behind=False)),
    "CompanyLastSpaceFirst": (0x8033, lambda e: _with_company(e, " ", behind=False)),
    "LastFirstCompany": (0x8034, lambda e: _with_company(e, "", behind=True)),
    "LastSpaceFirstCompany": (0x8035, lambda e: _with_company(e, " ", behind=True)),
    "LastFirstMiddleSuffix": (0x8036, lambda e: _with_suffix(e, " ")),
    "FirstSpaceLast": (0x8037, lambda e: _joined(e, "GivenName", "MiddleName", "Surname", "Generation")),
    "LastFirstSuffix": (0x8038, lambda e: _with_suffix(e, "")),
    "Company": (0x3A16, lambda e: plain(e.get("CompanyName"))),
    "DisplayName": (0x3001, display_name),
    "FirstName": (0x3A06, lambda e: plain(e.get("GivenName"))),
    "LastName": (0x3A11, lambda e: plain(e.get("Surname"))),
    "Empty": (0, lambda _e: ""),
}


def mapping(extra: Extra) -> str:
    """The FileAsMapping; None where nobody set one (recorded)."""
    return plain(extra.get("FileAsMapping")) or "None"


def file_as(extra: Extra) -> str:
    """What the contact is filed under: made by the mapping, or with None as it was set (MS-OXWSCONT_R130)."""
    found = mapping(extra)
    return MAPPINGS[found][1](extra) if found in MAPPINGS else plain(extra.get("FileAs"))
