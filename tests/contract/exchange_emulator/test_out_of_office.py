"""GetUserOofSettings and SetUserOofSettings, after the examples on Microsoft's pages of both operations."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .people import entries
from .rules import letter
from .soap import Answer, Mailbox, names

CODE = "m:ResponseMessage/m:ResponseCode"
REPLIES = (
    "<t:InternalReply><t:Message>I am out of office. This is my internal reply.</t:Message></t:InternalReply>"
    "<t:ExternalReply><t:Message>I am out of office. This is my external reply.</t:Message></t:ExternalReply>"
)


def duration(start: str, end: str) -> str:
    """A Duration element."""
    return f"<t:Duration><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:Duration>"


def away(state: str = "Enabled", audience: str = "All", when: str = "", replies: str = REPLIES) -> str:
    """The content of UserOofSettings."""
    return f"<t:OofState>{state}</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>{when}{replies}"


def get(mailbox: Mailbox, address: str = "") -> Answer:
    """Sends a GetUserOofSettings request."""
    return mailbox.call(
        "<m:GetUserOofSettingsRequest><t:Mailbox>"
        f"<t:Address>{address or mailbox.address}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>"
    )


def put(mailbox: Mailbox, settings: str) -> str:
    """Sends a SetUserOofSettings request and returns the code of its answer."""
    return _put(mailbox, settings, mailbox.address).text(CODE)


def _put(mailbox: Mailbox, settings: str, address: str) -> Answer:
    return mailbox.call(
        "<m:SetUserOofSettingsRequest><t:Mailbox><t:Name>User1</t:Name>"
        f"<t:Address>{address}</t:Address><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>"
        f"<t:UserOofSettings>{settings}</t:UserOofSettings></m:SetUserOofSettingsRequest>"
    )


def replies(emulator: ExchangeEmulator, mailbox: Mailbox) -> list[tuple[str, str]]:
    """What would have been sent from a mailbox, and to whom."""
    return [(one.kind.split()[0], one.recipients[0]) for one in emulator.outgoing() if one.mailbox == mailbox.address]


def arrives(emulator: ExchangeEmulator, mailbox: Mailbox, *headers: str) -> None:
    """A message arrives."""
    emulator.deliver(mailbox.address, letter(mailbox.address, headers="\r\n".join(headers)))


def test_the_examples_of_the_pages(mailbox: Mailbox) -> None:
    """What is set is told with the elements of the page's example; the answers are not batches."""
    given = away(when=duration("2006-10-05T00:00:00", "2006-10-25T00:00:00"))
    assert put(mailbox, given) == "NoError"

    told = get(mailbox)

    assert names(told.body) == ["ResponseMessage", "OofSettings", "AllowExternalOof"]
    assert names(told.one("t:OofSettings")) == [
        *("OofState", "ExternalAudience", "Duration", "InternalReply", "ExternalReply"),
    ]
    assert told.text(".//t:OofState") == "Enabled"
    assert told.text(".//t:EndTime") == "2006-10-25T00:00:00Z"
    assert told.text(".//t:InternalReply/t:Message") == "I am out of office. This is my internal reply."


def test_a_new_mailbox_is_not_away(mailbox: Mailbox) -> None:
    """Before anything is set the state is Disabled, with a duration and empty replies."""
    told = get(mailbox)

    assert told.text(CODE) == "NoError"
    assert told.text(".//t:OofState") == "Disabled"
    assert told.text(".//t:StartTime") < told.text(".//t:EndTime")
    assert told.all(".//t:Message") == []


def test_an_old_server_writes_times_as_the_page_does(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Exchange 2010 leaves the Z out, and converts what was given with an offset."""
    emulator.configure(version="2010")
    mailbox.version = "Exchange2010"
    put(mailbox, away(when=duration("2030-01-01T01:00:00+01:00", "2030-01-02T00:00:00Z")))

    assert get(mailbox).text(".//t:StartTime") == "2030-01-01T00:00:00"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (away("Scheduled"), "ErrorInvalidScheduledOofDuration"),
        (away("Scheduled", when=duration("2006-01-01T00:00:00Z", "2006-01-02T00:00:00Z")),
         "ErrorInvalidScheduledOofDuration"),
        (away("Scheduled", when=duration("2100-01-02T00:00:00Z", "2100-01-01T00:00:00Z")),
         "ErrorInvalidScheduledOofDuration"),
        (away(when=duration("0001-01-01T00:00:00Z", "2100-01-01T00:00:00Z")), "ErrorInvalidScheduledOofDuration"),
        (away(replies=""), "ErrorInvalidUserOofSettings"),
        (away(replies="<t:InternalReply><t:Message>x</t:Message></t:InternalReply>"), "ErrorInvalidUserOofSettings"),
        (away(audience="None", replies=REPLIES.replace("I am out of office. This is my external reply.", "")),
         "ErrorInvalidUserOofSettings"),
        (away("Disabled", replies=""), "NoError"),
        (away("Scheduled", when=duration("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")), "NoError"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_changes_nothing(mailbox: Mailbox, settings: str, expected: str) -> None:
    """A schedule needs an end in the future after its start, and whoever is away needs both replies."""
    put(mailbox, away(audience="Known"))

    assert put(mailbox, settings) == expected
    assert (get(mailbox).text(".//t:ExternalAudience") == "Known") == (expected != "NoError")


def test_settings_of_another_user_are_refused(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """Another user's settings are a fault to read and to change, with full access too (page of GetUserOofSettings)."""
    other = open_mailbox(emulator)
    emulator.configure(full_access={mailbox.address: [other.address]})

    assert get(mailbox, other.address).fault == "ErrorAccessDenied"
    assert _put(mailbox, away(), other.address).fault == "ErrorAccessDenied"
    assert get(other).text(".//t:OofState") == "Disabled"
    assert get(mailbox, "nobody@example.org").text(CODE) == "ErrorNonExistentMailbox"
    assert get(mailbox, mailbox.address.upper()).text(CODE) == "NoError"


def test_the_language_of_a_reply_is_kept(mailbox: Mailbox) -> None:
    """xml:lang and HTML of a reply come back."""
    html = "<t:Message>&lt;b&gt;Weg&lt;/b&gt; &amp; fort</t:Message>"
    put(mailbox, away(replies=f'<t:InternalReply xml:lang="de-DE">{html}</t:InternalReply>'
                              f"<t:ExternalReply>{html}</t:ExternalReply>"))  # fmt: skip

    told = get(mailbox)
    assert told.one(".//t:InternalReply").get("{http://www.w3.org/XML/1998/namespace}lang") == "de-DE"
    assert told.text(".//t:ExternalReply/t:Message") == "<b>Weg</b> & fort"


def test_a_server_may_make_documents_of_replies(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A reply comes back inside of a body of HTML, once, however often it is written back; an empty one stays so."""
    emulator.configure(renders_replies=True)
    put(mailbox, away("Disabled", replies="<t:InternalReply><t:Message>Away</t:Message></t:InternalReply>"))
    told = get(mailbox)
    assert told.text(".//t:Message") == "<html>\n<body>\nAway\n</body>\n</html>\n"
    assert names(told.one(".//t:ExternalReply")) == []

    again = told.text(".//t:Message").replace("<", "&lt;")
    html = "<t:ExternalReply><t:Message>&lt;b&gt;x&lt;/b&gt;</t:Message></t:ExternalReply>"
    put(mailbox, away(replies=f"<t:InternalReply><t:Message>{again}</t:Message></t:InternalReply>{html}"))

    there = "<html>\n<body>\n<b>x</b>\n</body>\n</html>\n"
    assert get(mailbox).texts(".//t:Message") == [told.text(".//t:Message"), there]


def test_each_sender_would_be_answered_once(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A sender is answered once until the settings are set again: inside with one reply, outside with the other."""
    inside = "From: boss@example.org"
    put(mailbox, away())
    for _ in range(2):
        arrives(emulator, mailbox)
        arrives(emulator, mailbox, inside)
    assert replies(emulator, mailbox) == [("external", "ann@example.com"), ("internal", "boss@example.org")]

    put(mailbox, away())
    arrives(emulator, mailbox, inside)

    assert replies(emulator, mailbox)[2:] == [("internal", "boss@example.org")]


@pytest.mark.parametrize("audience", ["None", "Known"])
def test_strangers_are_answered_only_if_the_audience_is_all(
    emulator: ExchangeEmulator, mailbox: Mailbox, audience: str
) -> None:
    """Neither None nor Known answers a stranger, while colleagues get their reply."""
    put(mailbox, away(audience=audience))

    arrives(emulator, mailbox)
    arrives(emulator, mailbox, "From: boss@example.org")

    assert replies(emulator, mailbox) == [("internal", "boss@example.org")]


def test_machines_are_not_answered(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Automatic mail, mailing lists, reports and the owner's own mail get no reply."""
    put(mailbox, away())

    arrives(emulator, mailbox, "Auto-Submitted: auto-generated")
    arrives(emulator, mailbox, "Precedence: list")
    arrives(emulator, mailbox, "X-Auto-Response-Suppress: DR, OOF")
    arrives(emulator, mailbox, 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"')
    arrives(emulator, mailbox, f"From: {mailbox.address}")

    assert replies(emulator, mailbox) == []


def test_a_schedule_answers_while_it_lasts(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A scheduled absence answers between its start and its end; a disabled one never."""
    put(mailbox, away("Scheduled", when=duration("2090-01-01T00:00:00Z", "2100-01-01T00:00:00Z")))
    arrives(emulator, mailbox)
    assert replies(emulator, mailbox) == []

    put(mailbox, away("Scheduled", when=duration("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")))
    arrives(emulator, mailbox)
    assert replies(emulator, mailbox) == [("external", "ann@example.com")]

    emulator.configure(mailbox_ahead_s=80 * 365 * 86_400)
    arrives(emulator, mailbox, "From: cleo@example.com")
    emulator.configure(mailbox_ahead_s=0)
    assert len(replies(emulator, mailbox)) == 1

    put(mailbox, away("Disabled"))
    arrives(emulator, mailbox, "From: bob@example.com")
    assert len(replies(emulator, mailbox)) == 1


def test_the_page_external_audience_known_senders_are_in_a_contacts_folder(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Known answers who is in any of the contacts folders, in any case of letters (MS-OXWOOF, ExternalAudience)."""
    ann = entries("EmailAddresses", {"EmailAddress1": "other@example.com", "EmailAddress2": "Ann@Example.com"})
    place = mailbox.folder("Friends", kind="ContactsFolder")
    mailbox.call(
        f"<m:CreateItem><m:SavedItemFolderId>{place}</m:SavedItemFolderId>"
        f"<m:Items><t:Contact>{ann}</t:Contact></m:Items></m:CreateItem>"
    ).ok()
    put(mailbox, away(audience="Known"))

    arrives(emulator, mailbox)
    arrives(emulator, mailbox, "From: bob@example.com")
    assert replies(emulator, mailbox) == [("external", "ann@example.com")]

    put(mailbox, away(audience="None"))
    arrives(emulator, mailbox)
    assert len(replies(emulator, mailbox)) == 1
