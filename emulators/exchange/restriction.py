"""Restrictions and sort orders of searches.

Contains follows its attributes. Of IsEqualTo and its kin no page says whether case matters to them ("consider using the
Contains element, as it provides options for matching parameters, such as case", page of IsEqualTo): that is
`Settings.equality_ignores_case`. Sort orders are those of a locale (LcidSort of [MS-OXCMAPIHTTP] 2.2.4.1.1), where
letters come before case and accents; Assumption: these decide nothing. Where an item lacks the property, MAPI leaves
open what a comparison says (pages of SPropertyRestriction and SComparePropsRestriction). Assumption: it does not fit.
"""

import base64
import operator
import unicodedata
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Protocol, TypeVar

from lxml import etree

from emulators.exchange import extended
from emulators.exchange.errors import ItemError
from emulators.exchange.moments import moment
from emulators.exchange.soap import local, t

R = TypeVar("R", bound="Row")
Value = str | bytes | int | float | bool | list[str] | None


class Row(Protocol):
    """Something that can be searched: it knows its properties by name or extended path."""

    def named(self, name: str) -> Value:
        """A property, or None."""

    def extended(self, path: extended.PropertyPath) -> str | list[str] | None:
        """An extended property."""

    @property
    def equality_ignores_case(self) -> bool:
        """Whether IsEqualTo and its kin take capitals for small letters."""


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "IsEqualTo": operator.eq,
    "IsNotEqualTo": operator.ne,
    "IsGreaterThan": operator.gt,
    "IsGreaterThanOrEqualTo": operator.ge,
    "IsLessThan": operator.lt,
    "IsLessThanOrEqualTo": operator.le,
}
_NO_EXISTS = ("IsRead", "IsDraft", "IsSubmitted", "IsFromMe", "IsResend", "IsUnmodified", "HasAttachments",
              "IsAssociated")

# The whole numbers: Excludes can be applied to nothing else (page of the element).
_WHOLE = frozenset({"Size", "ActualWork", "TotalWork", "ChangeCount", "ChildFolderCount", "TotalCount"})
_FLAGS = frozenset({*_NO_EXISTS, "IsAllDayEvent", "IsComplete", "ReminderIsSet"})
_ENUMERATIONS = {"Importance": extended.IMPORTANCE, "Sensitivity": extended.SENSITIVITY}
_MOST_NODES = 255
_WHOLE_TYPES = frozenset({"Short", "Integer", "Long"})

# Numbers, flags, dates and choices: Contains looks into texts alone (page ResponseCode).
_NO_TEXT = frozenset({
    *_NO_EXISTS, "Size", "Importance", "Sensitivity", "DateTimeReceived", "DateTimeSent", "DateTimeCreated",
    "LastModifiedTime", "Start", "End", "IsAllDayEvent", "Birthday", "WeddingAnniversary", "FileAsMapping",
    "PostalAddressIndex", "ActualWork", "TotalWork", "ChangeCount", "CompleteDate", "DueDate", "StartDate",
    "IsComplete", "IsRecurring", "PercentComplete", "Status", "ReminderDueBy", "ReminderIsSet"})



def check(request: etree._Element, searchable: set[str], only_filtered: Collection[str] = ()) -> None:
    """Refuse a restriction or sort order on what the server calculates (rule R11), rows or no rows.

    `only_filtered` are properties that can be in a restriction and not in a sort order.

    Raises ItemError: ErrorUnsupportedPathForQuery, ErrorUnsupportedPathForSortGroup,
    ErrorInvalidPropertyForExists, ErrorContainsFilterWrongType, ErrorInvalidExcludesRestriction,
    ErrorInvalidValueForProperty, ErrorRestrictionTooLong, and those of a bad extended property.
    """
    _check_size(request)
    for holder, code in (("Restriction", "ErrorUnsupportedPathForQuery"),
                         ("SortOrder", "ErrorUnsupportedPathForSortGroup")):
        found = request.find(f"{{*}}{holder}")
        for path in () if found is None else found.iter(t("FieldURI"), t("IndexedFieldURI"), t("ExtendedFieldURI")):
            _check_path(path, searchable | set(only_filtered) if holder == "Restriction" else searchable, code)


def _check_size(request: etree._Element) -> None:
    """A restriction has 255 nodes at most (page of ResponseCode). Assumption: these are its expressions."""
    found = request.find("{*}Restriction")
    names = _EXPRESSIONS.keys() | _COMPARISONS.keys()
    if found is not None and sum(local(one) in names for one in found.iter()) > _MOST_NODES:
        raise ItemError("ErrorRestrictionTooLong")


def _check_path(path: etree._Element, searchable: set[str], code: str) -> None:
    name, parent = path.get("FieldURI", "").partition(":")[2], path.getparent()
    whole = path.get("PropertyType") in _WHOLE_TYPES if local(path) == "ExtendedFieldURI" else name in _WHOLE
    if parent is not None and local(parent) == "Excludes" and not whole:
        raise ItemError("ErrorUnsupportedPathForQuery")
    if parent is not None and local(parent) == "Excludes" and parent[1].get("Value", "").lower() in ("", "0x"):
        raise ItemError("ErrorInvalidExcludesRestriction")
    if local(path) == "ExtendedFieldURI":
        extended.read_path(path)
        if parent is not None and local(parent) == "Contains" and not path.get("PropertyType", "").startswith("String"):
            raise ItemError("ErrorContainsFilterWrongType")
    elif parent is not None and local(parent) == "Contains" and name in _NO_TEXT:
        raise ItemError("ErrorContainsFilterWrongType")
    elif parent is not None and local(parent) == "Exists" and name in _NO_EXISTS:
        raise ItemError("ErrorInvalidPropertyForExists")
    elif (name.partition(":")[0] if local(path) == "IndexedFieldURI" else name) not in searchable:
        raise ItemError(code)
    if parent is not None and local(parent) in _COMPARISONS and path is parent[0] and local(parent[1][0]) == "Constant":
        _check_constant(path, parent[1][0].get("Value", ""))


def _check_constant(path: etree._Element, raw: str) -> None:
    """Refuse a constant that the property cannot be, rows or no rows; raises ItemError ErrorInvalidValueForProperty."""
    name = path.get("FieldURI", "").partition(":")[2]
    if name in _ENUMERATIONS and raw not in _ENUMERATIONS[name]:
        raise ItemError("ErrorInvalidValueForProperty")
    _constant(False if name in _FLAGS else 0 if name in _WHOLE else "", path, raw)


def fits(row: Row, expression: etree._Element) -> bool:
    """Whether a row fits a search expression; raises ItemError."""
    name = local(expression)
    if name in _COMPARISONS:
        return _compare(row, expression, _COMPARISONS[name])
    if name not in _EXPRESSIONS:
        raise ItemError("ErrorInvalidOperation", f"This server does not search by {name}.")
    return _EXPRESSIONS[name](row, expression)


def _and(row: Row, expression: etree._Element) -> bool:
    return all(fits(row, one) for one in expression)


def _or(row: Row, expression: etree._Element) -> bool:
    return any(fits(row, one) for one in expression)


def _not(row: Row, expression: etree._Element) -> bool:
    return not fits(row, expression[0])


def value(row: Row, path: etree._Element) -> Value:
    """What a path says of a row, numbers as numbers."""
    if local(path) == "ExtendedFieldURI":
        found = extended.read_path(path)
        raw = row.extended(found)
        return _typed(found.kind, raw) if isinstance(raw, str) else raw
    name = path.get("FieldURI", "").partition(":")[2]
    return row.named(f"{name}:{path.get('FieldIndex')}" if local(path) == "IndexedFieldURI" else name)


def _typed(kind: str, raw: str) -> Value:
    """An extended property's value as what it is."""
    if kind in ("Integer", "Short", "Long", "Currency"):
        return int(raw)
    if kind in ("Double", "Float", "ApplicationTime"):
        return float(raw)
    if kind == "Binary":
        return base64.b64decode(raw)
    return raw == "true" if kind == "Boolean" else raw


def _ranked(path: etree._Element, found: Value) -> Value:
    """Importance and sensitivity are compared by rank, as the store keeps them."""
    order = {"item:Importance": extended.IMPORTANCE, "item:Sensitivity": extended.SENSITIVITY}.get(
        path.get("FieldURI", ""))
    return order.index(found) if order is not None and isinstance(found, str) and found in order else found


def _compare(row: Row, expression: etree._Element, compare: Callable[[Any, Any], bool]) -> bool:
    left, other = value(row, expression[0]), expression[1][0]
    right: Value = _constant(left, expression[0], other.get("Value", "")) \
        if local(other) == "Constant" else value(row, other)
    left, right = _ranked(expression[0], left), _ranked(expression[0], right)
    if left is None:
        return compare is operator.ne
    if row.equality_ignores_case:
        left, right = _without_case(left), _without_case(right)
    if isinstance(left, list):
        return right in left if compare is operator.eq else False
    try:
        return compare(left, right)
    except TypeError:       # a number and a text: neither is the greater
        return False


def _without_case(found: Value) -> Value:
    if isinstance(found, list):
        return [one.casefold() for one in found]
    return found.casefold() if isinstance(found, str) else found


def _constant(left: Value, path: etree._Element, raw: str) -> Value:
    """A constant in the type of what it is compared with; raises ItemError ErrorInvalidValueForProperty."""
    if local(path) == "ExtendedFieldURI":
        return _constant_of(path.get("PropertyType", ""), raw)
    try:
        if isinstance(left, bool):
            return {"true": True, "1": True, "false": False, "0": False}[raw.lower()]
        if isinstance(left, int):
            return int(raw)
        if isinstance(left, float):
            return float(raw)
        if _is_time(path):
            return moment(raw)
    except (ValueError, KeyError) as error:
        raise ItemError("ErrorInvalidValueForProperty") from error
    return raw


def _constant_of(kind: str, raw: str) -> Value:
    """A constant as the extended property with this type is; as an entry of one that has many. Raises ItemError."""
    try:
        return _typed(kind, extended.checked(kind.removesuffix("Array"), raw))
    except ItemError as error:
        raise ItemError("ErrorInvalidValueForProperty") from error


def _is_time(path: etree._Element) -> bool:
    name = path.get("FieldURI", "")
    return "DateTime" in name or name.endswith(
        ("LastModifiedTime", ":Start", ":End", ":Birthday", ":WeddingAnniversary", ":StartDate", ":DueDate",
        ":CompleteDate", ":ReminderDueBy"))


def _exists(row: Row, expression: etree._Element) -> bool:
    return value(row, expression[0]) is not None


def _contains(row: Row, expression: etree._Element) -> bool:
    found, wanted = value(row, expression[0]), expression[1].get("Value", "")
    words = found if isinstance(found, list) else [] if found is None else [str(found)]
    comparison = expression.get("ContainmentComparison", "Exact")
    mode = expression.get("ContainmentMode", "FullString")
    return any(_holds(_folded(one, comparison), _folded(wanted, comparison), mode) for one in words)


def _folded(words: str, comparison: str) -> str:
    """Words without what a ContainmentComparison ignores: case, or accents."""
    if "NonSpacing" in comparison or comparison == "Loose":
        words = "".join(c for c in unicodedata.normalize("NFD", words) if unicodedata.category(c) != "Mn")
    return words.casefold() if "IgnoreCase" in comparison or comparison == "Loose" else words


def _holds(words: str, wanted: str, mode: str) -> bool:
    if mode == "FullString":
        return words == wanted
    if mode == "Prefixed":
        return words.startswith(wanted)
    if mode == "PrefixOnWords":
        return any(word.startswith(wanted) for word in words.split())
    if mode == "ExactPhrase":
        return f" {wanted} " in f" {' '.join(words.split())} "
    return wanted in words


def _excludes(row: Row, expression: etree._Element) -> bool:
    found = value(row, expression[0])
    return isinstance(found, int) and not found & extended.number_of(expression[1].get("Value", ""))


_EXPRESSIONS: dict[str, Callable[[Row, etree._Element], bool]] = {
    "And": _and, "Or": _or, "Not": _not, "Exists": _exists, "Contains": _contains, "Excludes": _excludes,
}


def ordered(rows: list[R], order: etree._Element | None) -> list[R]:
    """The rows in a SortOrder."""
    for one in reversed(list(order if order is not None else ())):
        rows = sorted(rows, key=partial(_sort_key, one[0]), reverse=one.get("Order") == "Descending")
    return rows


def _sort_key(path: etree._Element, row: Row) -> tuple[int, Any]:
    return _sortable(_ranked(path, value(row, path)))


def _sortable(found: Value) -> tuple[int, Any]:
    if found is None:
        return 0, 0
    words = ";".join(found) if isinstance(found, list) else found
    return 1, _folded(words, "Loose") if isinstance(words, str) else words


def expression(request: etree._Element) -> etree._Element | None:
    """The search expression of a request, if it has one."""
    restriction = request.find("{*}Restriction")
    return None if restriction is None else restriction[0]

