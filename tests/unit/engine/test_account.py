"""Accounts as a person writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.migration.account import MAX_LOGIN, SCHEMES, Access, Account, opening, parse_account
from engine.systems import EWS_PATH, System, Transport

SECRET = "s3cret-Passw0rd"

logins = st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60
).filter(lambda login: login.strip())
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
hosts = st.one_of(
    st.lists(labels, min_size=1, max_size=4).map(".".join),
    st.ip_addresses().map(str),
)
addresses = st.builds(
    "{}@{}".format, st.from_regex(r"[\w!$%&'*+=^`{|}~.-]{1,40}", fullmatch=True),
    st.lists(labels, min_size=2, max_size=4).map(".".join),
)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    scheme = SCHEMES[draw(st.sampled_from(sorted(SCHEMES)))]
    if scheme.system is System.GOOGLE:      # its URL is the address and nothing else: gmail://user@gmail.com
        return Account(scheme.system, draw(addresses), "imap.gmail.com", 993, Transport.TLS)
    path = draw(st.sampled_from([EWS_PATH, "/ews/exchange.asmx"])) if scheme.system is System.EXCHANGE else ""
    port = draw(st.one_of(st.just(scheme.port), st.integers(1, 65535)))
    return Account(scheme.system, draw(logins), draw(hosts), port, scheme.transport, path)


@given(accounts())
def test_an_account_survives_being_written_as_a_url(account: Account) -> None:
    """Every account that can be parsed is read back from its own URL unchanged."""
    assert parse_account(account.url, allow_plaintext=True) == account


@pytest.mark.parametrize(("url", "account"), [
    ("imaps://ann%40example.org@mail.example.org",
     Account(System.IMAP, "ann@example.org", "mail.example.org", 993, Transport.TLS)),
    ("imaps://ann@example.org@mail.example.org",
     Account(System.IMAP, "ann@example.org", "mail.example.org", 993, Transport.TLS)),
    ("IMAPS://ann@MAIL.Example.org:1993/",
     Account(System.IMAP, "ann", "mail.example.org", 1993, Transport.TLS)),
    ("imap+starttls://ann@[2001:db8::1]",
     Account(System.IMAP, "ann", "2001:db8::1", 143, Transport.STARTTLS)),
    ("pop3s://ann%40example.org@mail.example.org",
     Account(System.POP3, "ann@example.org", "mail.example.org", 995, Transport.TLS)),
    ("pop3+starttls://ann@mail.example.org",
     Account(System.POP3, "ann", "mail.example.org", 110, Transport.STARTTLS)),
    (" ews+https://CORP%5Cann@ex.example.org ",
     Account(System.EXCHANGE, "CORP\\ann", "ex.example.org", 443, Transport.TLS, EWS_PATH)),
    ("ews+https://CORP\\ann@ex.example.org/ews/EXCHANGE.asmx",
     Account(System.EXCHANGE, "CORP\\ann", "ex.example.org", 443, Transport.TLS, "/ews/EXCHANGE.asmx")),
    ("gmail://ann.lee+omm@gmail.com",
     Account(System.GOOGLE, "ann.lee+omm@gmail.com", "imap.gmail.com", 993, Transport.TLS)),
    (" GMAIL://ann%40example.org/",
     Account(System.GOOGLE, "ann@example.org", "imap.gmail.com", 993, Transport.TLS)),
    ("imaps://%3Fann%23@mail.example.org",
     Account(System.IMAP, "?ann#", "mail.example.org", 993, Transport.TLS)),
])
def test_urls_are_read_as_people_write_them(url: str, account: Account) -> None:
    """Defaults are filled in, the case of scheme and host does not matter, and @ in a login may stand as it is."""
    assert parse_account(url) == account


@pytest.mark.parametrize("url", [
    "", "   ", "imaps://", "imaps:///", "imaps://@host", "imaps://%20@host", "ann@example.org",
    "https://ann@host", "ftp://ann@host", "imaps:/ann@host", f"imaps://ann:{SECRET}@host", "imaps://ann:@host",
    f"imaps://ann:{SECRET}/@host", f"imaps://ann:12/{SECRET}@host", f"imaps://ann:{SECRET}?@host",
    f"imaps://ann:{SECRET}#@host", f"imaps://ann:{SECRET}@host:port", f"imaps://ann:{SECRET}@host:70000",
    "imaps://ann@host:0", "imaps://ann@host:-1", "imaps://ann@[::1", "imaps://ann@::1]", "imaps://ann@ho st",
    f"imaps://ann:{SECRET}@host℀example", "imaps://ann@host/INBOX", "pop3s://ann@host/INBOX", "imaps://ann@host?x=1", "imaps://ann@host#x",
    "ews+https://ann@host/owa", "ews+https://ann@host/EWS/Exchange.asmx/", "ews+https://ann@host/EWS/",
    "imaps://a%00nn@host", "imaps://a%0Ann@host", "imaps://a%7Fnn@host", "imaps://%FF%FE@host",
    "imaps://a\udcffnn@host", f"imaps://{'a' * (MAX_LOGIN + 1)}@host",
    f"imap://ann:{SECRET}@host", f"ews+http://ann:{SECRET}@host", f"mailto:{SECRET}",
    "gmail://", "gmail://ann", "gmail://ann@", "gmail://@gmail.com", f"gmail://ann:{SECRET}@gmail.com",
    "gmail://ann@gmail.com:993", "gmail://ann@gmail.com/INBOX", "gmail://ann@gmail.com?x=1", "gmail://a@b@gmail.com",
])
def test_every_wrong_form_is_refused_without_repeating_it(url: str) -> None:
    """What cannot be used is an InputError in our own words: nothing of a password typed into it comes back."""
    with pytest.raises(InputError) as caught:
        parse_account(url)

    said = f"{caught.value} {caught.value!r} {caught.value.args}"
    assert SECRET not in said
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("url", [
    "gmail://", "gmail:///", "gmail:ann@gmail.com", "GMAIL", f"gmail:ann:{SECRET}@gmail.com",
])
def test_what_is_meant_for_gmail_is_answered_with_how_gmail_is_written(url: str) -> None:
    """And not with a list of all that there is, or with how a login is written before a server."""
    with pytest.raises(InputError, match=r"gmail://user@gmail\.com") as caught:
        parse_account(url)

    assert SECRET not in str(caught.value)
    assert "%40" not in str(caught.value)


@given(st.text(max_size=80))
def test_nothing_else_than_an_input_error_comes_of_any_text(text: str) -> None:
    """Whatever is typed behind a scheme is an account or an InputError, and what it has for a password is not said."""
    said = ""
    try:
        said = parse_account(f"imaps://ann:{SECRET}{text}@host").host
    except InputError as error:
        said = str(error)

    assert SECRET not in said


@pytest.mark.parametrize("url", ["imap://ann@host", "pop3://ann@host", "ews+http://ann@host"])
def test_clear_text_must_be_allowed_by_name(url: str) -> None:
    """A scheme without encryption is refused until it is allowed."""
    with pytest.raises(InputError, match="clear text"):
        parse_account(url)

    assert parse_account(url, allow_plaintext=True).transport is Transport.PLAINTEXT


def test_the_identity_is_the_kind_and_the_login_however_it_is_written() -> None:
    """Case, composition and the server's name change nothing of who an account is; its kind does."""
    first = parse_account("imaps://R%C3%89NE%40Example.org@a.example.org")
    second = parse_account("imaps://re%CC%81ne%40example.org@b.example.org:1993")
    exchange = parse_account("ews+https://ren%C3%A9%40example.org@a.example.org")

    assert first.identity == second.identity
    assert first.identity != exchange.identity


def test_an_account_is_shown_by_login_and_host() -> None:
    """People read the login and the server, not a URL."""
    assert str(parse_account("imaps://ann%40example.org@mail.example.org")) == "ann@example.org on mail.example.org"


# Service accounts


SERVICE = parse_account("ews+https://mover%40example.org@ex.example.org")


def test_the_owner_of_a_mailbox_that_a_service_account_opens_is_the_mailboxs_address() -> None:
    """Tasks are followed and keys are made by it; sign-ins are counted by the login, and people read both."""
    opened = opening(SERVICE, " Bob@Example.org ", Access.FULL_ACCESS)

    assert (opened.mailbox, opened.access, opened.owner) == ("Bob@Example.org", Access.FULL_ACCESS, "Bob@Example.org")
    assert opened.identity == parse_account("ews+https://bob%40example.org@other.example.org").identity
    assert opened.signs_in == SERVICE.signs_in == SERVICE.identity
    assert str(opened) == "mover@example.org on ex.example.org, for the mailbox Bob@Example.org"
    assert (SERVICE.owner, str(SERVICE)) == ("mover@example.org", "mover@example.org on ex.example.org")


def test_a_logins_own_mailbox_needs_no_right() -> None:
    """Whoever names their own address is no service account."""
    assert opening(SERVICE, "Mover@example.org", Access.IMPERSONATION) == SERVICE


@pytest.mark.parametrize("mailbox", [
    "", "bob", "@example.org", "bob@", "bob @example.org", "bob@exa\nmple.org", "<bob@example.org>",
    "CORP\\bob@example.org", f"{'b' * 300}@example.org", "bob@example.org\u202e",
])
def test_what_is_no_address_is_no_mailbox_to_open(mailbox: str) -> None:
    """It goes into a header and into a request."""
    with pytest.raises(InputError, match="not an e-mail address"):
        opening(SERVICE, mailbox, Access.IMPERSONATION)


def test_only_on_exchange_a_login_opens_another_mailbox() -> None:
    """IMAP and POP3 know no such right."""
    with pytest.raises(InputError, match="An account on IMAP opens no mailbox but its own"):
        opening(parse_account("imaps://mover@example.org"), "bob@example.org", Access.FULL_ACCESS)


@pytest.mark.parametrize(("typed", "host"), [
    ("Mail.Example.ORG", "mail.example.org"), ("mail.example.org.", "mail.example.org"),
    ("b\u00fccher.example", "xn--bcher-kva.example"), ("B\u00dcCHER.example.:993", "xn--bcher-kva.example"),
    ("mail\uff0eexample\u3002org", "mail.example.org"), ("[2001:db8::1]", "2001:db8::1"),
])
@pytest.mark.parametrize("scheme", ["imaps", "ews+https"])
def test_a_server_has_one_name_however_it_is_typed(scheme: str, typed: str, host: str) -> None:
    """Refused sign-ins are counted by it: another spelling gives nobody three more."""
    assert parse_account(f"{scheme}://ann@{typed}").host == host


@pytest.mark.parametrize("host", [".", "\u2603..example", "\u00fc" * 70 + ".example"])
def test_what_cannot_be_a_server_s_name_is_refused(host: str) -> None:
    """In words that do not repeat it."""
    with pytest.raises(InputError, match=r"names no server|name or port cannot be read"):
        parse_account(f"imaps://ann@{host}")
