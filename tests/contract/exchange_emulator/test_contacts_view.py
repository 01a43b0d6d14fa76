"""ContactsView, after the page of the element: contacts by display name, from one name to another."""

import pytest

from .people import contact, made
from .soap import Answer, Mailbox, distinguished

FALLING = (
    '<m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="contacts:DisplayName"/></t:FieldOrder>'
    "</m:SortOrder>"
)


@pytest.fixture
def people(mailbox: Mailbox) -> Mailbox:
    """A mailbox with contacts and a group."""
    for name in ("Name1", "Kelly Rollin", "Zoe", "Adam", "NAME"):
        contact(mailbox, f"<t:DisplayName>{name}</t:DisplayName>")
    made(mailbox, "DistributionList", "<t:DisplayName>Lovers of tea</t:DisplayName>")
    return mailbox


def view(mailbox: Mailbox, attributes: str, order: str = "") -> Answer:
    """Finds the display names of contacts by a view."""
    return mailbox.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="contacts:DisplayName"/></t:AdditionalProperties></m:ItemShape>'
        f"<m:ContactsView {attributes}/>{order}"
        f"<m:ParentFolderIds>{distinguished('contacts')}</m:ParentFolderIds></m:FindItem>"
    ).ok()


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ("", ["Adam", "Kelly Rollin", "Lovers of tea", "NAME", "Name1", "Zoe"]),
        ('InitialName="Kelly Rollin"', ["Kelly Rollin", "Lovers of tea", "NAME", "Name1", "Zoe"]),
        ('InitialName="Kate" FinalName="Name"', ["Kelly Rollin", "Lovers of tea"]),
        ('InitialName="Nn" FinalName="Oo"', []),
        ('FinalName="Name1"', ["Adam", "Kelly Rollin", "Lovers of tea", "NAME", "Name1"]),
    ],
)
def test_the_page_contacts_view_goes_from_name_to_name(people: Mailbox, attributes: str, shown: list[str]) -> None:
    """Names that are not there give way to the next inside; with FinalName Name neither NAME nor Name1 is shown."""
    answer = view(people, attributes)

    assert answer.texts(".//t:DisplayName") == shown
    assert answer.one(".//m:RootFolder").get("TotalItemsInView") == str(len(shown))


def test_the_example_of_the_page_contacts_view(people: Mailbox) -> None:
    """The first three from Kelly Rollin on, in the order that the request asks for: here downwards."""
    answer = view(people, 'MaxEntriesReturned="3" InitialName="Lovers of tea"', FALLING)

    assert answer.texts(".//t:DisplayName") == ["Lovers of tea", "Kelly Rollin", "Adam"]
    first = view(people, 'MaxEntriesReturned="1" InitialName="Kelly Rollin"').one(".//m:RootFolder")
    assert first.get("IncludesLastItemInRange") == "false"
