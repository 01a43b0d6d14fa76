"""Which servers the names mean that admins type, and what is wrong with those that mean none."""

from __future__ import annotations

import pytest

from bot.policy import ServerNotAllowedError, check_servers, matches, parse_hosts
from bot.stored.policies import Policy
from engine.errors import InputError, Side


@pytest.mark.parametrize(("typed", "kept"), [
    ("mail.example.org", "mail.example.org"),
    ("  MAIL.Example.ORG.  ", "mail.example.org"),
    ("*.example.org", "*.example.org"),
    ("*.Example.org.", "*.example.org"),
    ("müller.example", "xn--mller-kva.example"),
    ("*.MÜLLER.example", "*.xn--mller-kva.example"),
    ("mail．example。org", "mail.example.org"),
    ("<http://mail.example.org|mail.example.org>", None),
    ("<mailto:ann@example.org|ann@example.org>", None),
    ("192.0.2.7", "192.0.2.7"),
    ("2001:DB8:0::1", "2001:db8::1"),
    ("[2001:db8::1]", "2001:db8::1"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("localhost", "localhost"),
    ("*", None),
    ("*.", None),
    ("*example.org", None),
    ("mail.*.org", None),
    ("*.*.org", None),
    ("*.0.2.7", None),
    ("*.192.0.2.7", None),
    ("1.2.3", None),
    ("mail.example.org:993", None),
    ("[2001:db8::1]:993", None),
    ("https://mail.example.org", None),
    ("mail.example.org/ews", None),
    ("ann@example.org", None),
    ("mail example.org", None),
    ("mail..example.org", None),
    (".example.org", None),
    ("a" * 64 + ".example.org", None),
    ("ex\u200bample.org\u0000", None),
])
def test_what_is_typed_as_a_name(typed: str, kept: str | None) -> None:
    """It is kept as DNS compares it, or the line at fault is named."""
    if kept is not None:
        assert parse_hosts(typed) == (kept,)
        return
    with pytest.raises(InputError, match=r"^Line 2\b"):
        parse_hosts(f"mail.example.org\n{typed}")


def test_lines_without_a_name_are_left_out() -> None:
    """The same name twice is one; a hundred are the most."""
    assert parse_hosts("\n a.example \r\n\nA.example\nb.example\n") == ("a.example", "b.example")
    assert parse_hosts("") == ()
    with pytest.raises(InputError, match="at most 100"):
        parse_hosts("\n".join(f"s{n}.example" for n in range(101)))


@pytest.mark.parametrize(("pattern", "host", "means"), [
    ("mail.example.org", "mail.example.org", True),
    ("mail.example.org", "MAIL.EXAMPLE.ORG", True),
    ("mail.example.org", "mail.example.org.", True),
    ("mail.example.org", "mail.example.org..", False),
    ("mail.example.org", "a.mail.example.org", False),
    ("mail.example.org", "mail.example.org.evil.net", False),
    ("mail.example.org", "xmail.example.org", False),
    ("*.example.org", "mail.example.org", True),
    ("*.example.org", "a.b.example.org", True),
    ("*.example.org", "Mail.Example.Org.", True),
    ("*.example.org", "example.org", False),
    ("*.example.org", ".example.org", False),
    ("*.example.org", "example.org.evil.net", False),
    ("*.example.org", "mail.example.org.evil.net", False),
    ("*.example.org", "evilexample.org", False),
    ("*.example.org", "mail.example.org@evil.net", False),
    ("*.example.org", "evil.net/mail.example.org", False),
    ("*.example.org", "evil.net#.example.org", False),
    ("*.example.org", "", False),
    ("xn--mller-kva.example", "müller.example", True),
    ("xn--mller-kva.example", "MÜLLER.example", True),
    ("xn--mller-kva.example", "mu\u0308ller.example", True),
    ("xn--mller-kva.example", "muller.example", False),
    ("*.xn--mller-kva.example", "mail.müller.example", True),
    ("example.org", "еxample.org", False),      # its first letter is Cyrillic
    ("192.0.2.7", "192.0.2.7", True),
    ("192.0.2.7", "::ffff:192.0.2.7", True),
    ("192.0.2.7", "192.0.2.70", False),
    ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1", True),
    ("2001:db8::1", "[2001:db8::1]", True),
    ("2001:db8::1", "2001:db8::2", False),
    ("*.example.org", "192.0.2.7", False),
    ("*.0.2.7", "192.0.2.7", False),
    ("192.0.2.7", "0300.0.2.7", False),
    ("192.0.2.7", "3221225991", False),
])
def test_which_servers_a_name_means(pattern: str, host: str, means: bool) -> None:
    """One that is allowed too little is asked for again; one that is allowed too much is not noticed by anybody."""
    assert matches(pattern, host) is means


def test_each_side_has_names_of_its_own() -> None:
    """Without any, every server is allowed there. One that is not known yet is checked when it is."""
    policy = Policy(source_hosts=("imap.example.net", "*.old.example"))

    check_servers(policy, {Side.SOURCE: "a.old.example", Side.DESTINATION: "anywhere.example"})
    check_servers(policy, {Side.SOURCE: "", Side.DESTINATION: "anywhere.example"})
    with pytest.raises(ServerNotAllowedError, match=r"do not allow ex\.example\.org as a source server") as caught:
        check_servers(policy, {Side.SOURCE: "ex.example.org", Side.DESTINATION: "anywhere.example"})
    assert caught.value.side is Side.SOURCE
    assert "ex.example.org" not in caught.value.brief
