"""GetServerTimeZones."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import created, shown
from .soap import Answer, Mailbox, names


def zones(mailbox: Mailbox, *ids: str, full: str = "", version: str = "") -> Answer:
    """Sends a GetServerTimeZones; `full` is the attribute that says whether whole definitions are wanted."""
    wanted = f"<m:Ids>{''.join(f'<t:Id>{one}</t:Id>' for one in ids)}</m:Ids>" if ids else ""
    attribute = f' ReturnFullTimeZoneData="{full}"' if full else ""
    return mailbox.call(f"<m:GetServerTimeZones{attribute}>{wanted}</m:GetServerTimeZones>", version=version)


def test_the_page_get_server_time_zones_names_and_identifiers(mailbox: Mailbox) -> None:
    """The first example of the page: two zones by id, each with its name and nothing in it."""
    found = zones(mailbox, "Eastern Standard Time", "Pacific Standard Time", full="false").ok()

    shown_ = {one.get("Id"): (one.get("Name"), len(one)) for one in found.all(".//t:TimeZoneDefinition")}
    assert shown_ == {
        "Eastern Standard Time": ("(UTC-05:00) Eastern Time (US & Canada)", 0),
        "Pacific Standard Time": ("(UTC-08:00) Pacific Time (US & Canada)", 0),
    }


@pytest.mark.parametrize("full", ["", "true"])
def test_the_page_get_server_time_zones_whole_definitions_are_the_default(mailbox: Mailbox, full: str) -> None:
    """ReturnFullTimeZoneData is true unless it is said to be false."""
    one = zones(mailbox, "Romance Standard Time", full=full).ok().one(".//t:TimeZoneDefinition")

    assert names(one) == ["Periods", "TransitionsGroups", "Transitions"]
    assert {period.get("Bias") for period in one[0]} == {"-PT1H", "-PT2H"}


def test_the_page_get_server_time_zones_without_ids_all_are_told(mailbox: Mailbox) -> None:
    """Every zone of the server once, each with a name of its own."""
    found = zones(mailbox, full="false").ok().all(".//t:TimeZoneDefinition")

    ids = [one.get("Id") for one in found]
    assert len(set(ids)) == len(ids) > 130
    assert {str(one.get("Name"))[:4] for one in found} == {"(UTC"}


def test_the_page_get_server_time_zones_an_unknown_id_is_left_out(mailbox: Mailbox) -> None:
    """A zone that the server does not know is not told; none is left when none is known."""
    some = zones(mailbox, "Nowhere Standard Time", "UTC", full="false").ok()
    none = zones(mailbox, "Nowhere Standard Time", full="false").ok()

    assert [one.get("Id") for one in some.all(".//t:TimeZoneDefinition")] == ["UTC"]
    assert none.all(".//t:TimeZoneDefinition") == []


def test_the_page_ews_schema_versions_the_operation_came_with_2010(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A request in the schema of 2007 does not know it; a server of 2010 does."""
    assert zones(mailbox, "UTC", version="Exchange2007_SP1").fault == "ErrorIncorrectSchemaVersion"
    emulator.configure(version="2010")
    assert zones(mailbox, "UTC", version="Exchange2010").codes == ["NoError"]


@pytest.mark.parametrize("zone", ["Nepal Standard Time", "Lord Howe Standard Time", "Greenland Standard Time"])
def test_the_page_time_zones_and_ews_each_id_can_be_used(mailbox: Mailbox, zone: str) -> None:
    """An id that the server tells is one that an appointment may name."""
    assert zones(mailbox, zone, full="false").ok().one(".//t:TimeZoneDefinition").get("Id") == zone
    item = created(
        mailbox,
        "<t:Start>2024-03-04T12:00:00</t:Start><t:End>2024-03-04T23:00:00Z</t:End>"
        f'<t:StartTimeZone Id="{zone}"/>',
    )
    assert shown(mailbox.item(item), "TimeZone") != ["UTC"]
