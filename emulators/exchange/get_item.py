"""GetItem."""

from emulators.exchange import associated, field_uri, item, item_shape, spoiled
from emulators.exchange.calendar import occurrence
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.soap import children, failure, response, success


def get_item(call: Call) -> str:
    """Answer a GetItem request, each item by itself (rule R15)."""
    answers = []
    for position, element in enumerate(children(call.request, "ItemIds")):
        try:
            shape = item_shape.read_shape(call, call.request[0])
            stored = associated.find(call, element) or occurrence.find(call, element)
            call.injected(position, _searched(call, stored))
            if call.settings.refuses_foreign_properties:
                field_uri.check(call, stored.kind, shape.paths)
            if not stored.associated:
                item.read_properties(call.db, [stored])
            spoiled.check(stored, shape)
            rendered = item_shape.render(call, stored, shape)
            answers.append(success("GetItem", f"<m:Items>{rendered}</m:Items>"))
        except ItemError as error:
            answers.append(failure("GetItem", error.code, error.text, values=error.values, inner="<m:Items/>"))
    return response("GetItem", answers)


def _searched(call: Call, stored: item.Item) -> bytes | None:
    """The MIME, when an injected fault wants to look into it."""
    return item.received_bytes(call.db, stored) if call.item_faults else None
