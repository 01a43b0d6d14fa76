"""CreateUserConfiguration, GetUserConfiguration, UpdateUserConfiguration, DeleteUserConfiguration."""

import re
from collections.abc import Callable

from lxml import etree

from emulators.exchange import associated, draft, folder, fragments, item, moments
from emulators.exchange.associated import Configuration
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.soap import failure, is_true, local, response, success, t, text

# Assumption: letters, digits, dots and underscores; with the prefix of its class the name fits a subject of 255.
_NAME = re.compile(r"[A-Za-z0-9._]{1,237}")
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")      # Python's int takes more
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_RANGES = {"Byte": (0, 2**8), "Integer32": (-2**31, 2**31), "UnsignedInteger32": (0, 2**32),
           "Integer64": (-2**63, 2**63), "UnsignedInteger64": (0, 2**64)}


def create_user_configuration(call: Call) -> str:
    """Answer a CreateUserConfiguration request; one that is there already is ErrorItemSave (Assumption)."""
    def work() -> str:
        given = call.request[0]
        place, name = _named(call, given[0])
        if associated.named(call, place, name) is not None:
            raise ItemError("ErrorItemSave", "A user configuration with this name exists in the folder.")
        one = Configuration(call.mailbox.id, place.id, 0, name, None, None, None, call.now, call.now, 0, 0)
        _set(one, given)
        associated.write(call, one)
        return ""
    return _answer(call, "CreateUserConfiguration", work)


def get_user_configuration(call: Call) -> str:
    """Answer a GetUserConfiguration request: the parts that UserConfigurationProperties lists."""
    def work() -> str:
        one = _existing(call, call.request[0])
        wanted = set((call.request[1].text or "").split())
        whole = "All" in wanted
        parts = {"Id": item.id_element(call, associated.as_item(one)), "Dictionary": one.dictionary,
                 "XmlData": _binary("XmlData", one.xml), "BinaryData": _binary("BinaryData", one.binary)}
        inner = "".join(part for name, part in parts.items() if part is not None and (whole or name in wanted))
        holder = f'<t:UserConfigurationName Name="{text(call.request[0].get("Name", ""))}">'
        place = fragments.fragment(call.request[0][0])
        return f"<m:UserConfiguration>{holder}{place}</t:UserConfigurationName>{inner}</m:UserConfiguration>"
    return _answer(call, "GetUserConfiguration", work)


def update_user_configuration(call: Call) -> str:
    """Answer an UpdateUserConfiguration request. Assumption: parts that it leaves out stay as they are."""
    def work() -> str:
        given = call.request[0]
        one = _existing(call, given[0])
        _set(one, given)
        associated.write(call, one)
        return ""
    return _answer(call, "UpdateUserConfiguration", work)


def delete_user_configuration(call: Call) -> str:
    """Answer a DeleteUserConfiguration request."""
    def work() -> str:
        associated.bury(call, _existing(call, call.request[0]))
        return ""
    return _answer(call, "DeleteUserConfiguration", work)


def _answer(call: Call, operation: str, work: Callable[[], str]) -> str:
    try:
        call.injected(0)
        return response(operation, [success(operation, work())])
    except ItemError as error:
        return response(operation, [failure(operation, error.code, error.text, values=error.values)])


def _named(call: Call, element: etree._Element) -> tuple[folder.Folder, str]:
    """The folder and the name in a UserConfigurationName; raises ItemError."""
    name = element.get("Name", "")
    if _NAME.fullmatch(name) is None:
        raise ItemError("ErrorInvalidArgument", "The name of the user configuration is not valid.")
    return folder.find(call, element[0], missing="ErrorFolderNotFound"), name


def _existing(call: Call, element: etree._Element) -> Configuration:
    found = associated.named(call, *_named(call, element))
    if found is None:
        raise ItemError("ErrorItemNotFound")
    return found


def _set(one: Configuration, given: etree._Element) -> None:
    for part in given:
        match local(part):
            case "Dictionary":
                one.dictionary = _dictionary(part)
            case "XmlData":
                one.xml = _checked_binary(part.text or "")
            case "BinaryData":
                one.binary = _checked_binary(part.text or "")


def _checked_binary(value: str) -> str:
    """Base64 without white space; libxml2 lets through what is none."""
    try:
        draft.decoded(value)
    except ItemError as error:
        raise ItemError("ErrorInvalidValueForProperty") from error
    return "".join(value.split())


def _binary(name: str, value: str | None) -> str | None:
    return None if value is None else f"<t:{name}>{value}</t:{name}>"


def _dictionary(element: etree._Element) -> str:
    """The Dictionary with every value checked. Assumption: no key comes twice, and keys are no arrays."""
    keys = [(key.findtext(t("Type")), key.findtext(t("Value"))) for key in element.iter(t("DictionaryKey"))]
    if len(keys) != len(set(keys)) or any((kind or "").endswith("Array") for kind, _ in keys):
        raise ItemError("ErrorInvalidValueForProperty")
    inner = "".join(f"<t:DictionaryEntry>{''.join(map(_object, entry))}</t:DictionaryEntry>" for entry in element)
    return f"<t:Dictionary>{inner}</t:Dictionary>" if inner else "<t:Dictionary/>"


def _object(element: etree._Element) -> str:
    """A key or a value; raises ItemError ErrorInvalidValueForProperty when it does not fit its type."""
    name = local(element)
    if is_true(element.get(_NIL)):
        return f'<t:{name} xsi:nil="true"/>'
    kind = element.findtext(t("Type"), "")
    values = [one.text or "" for one in element.iterfind(t("Value"))]
    if kind != "StringArray" and len(values) != 1:
        raise ItemError("ErrorInvalidValueForProperty")
    inner = "".join(f"<t:Value>{text(_checked(kind, value))}</t:Value>" for value in values)
    return f"<t:{name}><t:Type>{kind}</t:Type>{inner}</t:{name}>"


def _checked(kind: str, value: str) -> str:
    try:
        if kind in _RANGES:
            low, high = _RANGES[kind]
            if _WHOLE.fullmatch(value) is None or not low <= int(value) < high:
                raise ItemError("ErrorInvalidValueForProperty")
            return str(int(value))
        if kind in ("Boolean", "DateTime", "ByteArray"):
            return {"Boolean": _boolean, "DateTime": moments.moment, "ByteArray": _checked_binary}[kind](value)
    except (ValueError, KeyError) as error:
        raise ItemError("ErrorInvalidValueForProperty") from error
    return value


def _boolean(value: str) -> str:
    return {"true": "true", "1": "true", "false": "false", "0": "false"}[value.strip().lower()]
