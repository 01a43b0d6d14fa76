"""GetItem."""

from collections.abc import Callable
from functools import cache, partial

from emulators.exchange import associated, field_uri, item, item_shape, spoiled
from emulators.exchange.calendar import occurrence
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.item_shape import Shape
from emulators.exchange.soap import children, failure, response, success


def get_item(call: Call) -> str:
    """Answer a GetItem request, each item by itself (rule R15)."""
    read = cache(partial(item_shape.read_shape, call, call.request[0]))
    found = _found(call, read)
    item.read_properties(call.db, [one for one in found if isinstance(one, Item) and not one.associated])
    return response("GetItem", [_answer(call, one, read) for one in found])


def _found(call: Call, read: Callable[[], Shape]) -> list[Item | ItemError]:
    """What is asked for, in order, or why it is refused."""
    hidden, found = associated.finder(call), list[Item | ItemError]()
    for position, element in enumerate(children(call.request, "ItemIds")):
        try:
            shape = read()
            stored = hidden(element) or occurrence.find(call, element)
            call.injected(position, _searched(call, stored))
            if call.settings.refuses_foreign_properties:
                field_uri.check(call, stored.kind, shape.paths)
            found.append(stored)
        except ItemError as error:
            found.append(error)
    return found


def _answer(call: Call, stored: Item | ItemError, read: Callable[[], Shape]) -> str:
    """The response message on one item."""
    if isinstance(stored, ItemError):
        return _refused(stored)
    try:
        spoiled.check(stored, read())
        return success("GetItem", f"<m:Items>{item_shape.render(call, stored, read())}</m:Items>")
    except ItemError as error:
        return _refused(error)


def _refused(error: ItemError) -> str:
    return failure("GetItem", error.code, error.text, values=error.values, inner="<m:Items/>")


def _searched(call: Call, stored: Item) -> bytes | None:
    """The MIME, when an injected fault wants to look into it."""
    return item.received_bytes(call.db, stored) if call.item_faults else None
