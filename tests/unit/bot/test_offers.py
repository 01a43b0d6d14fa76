"""The catalogue of destinations."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.offers import read
from engine.errors import InputError


def _file(folder: Path, text: str) -> Path:
    path = folder / "offers.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_box_offers_what_ovhcloud_sells_and_any_other_server() -> None:
    """Four offers are there without a file. None fills in an address: a guess would be somebody else's server."""
    offers = {offer.name: offer.example for offer in read()}

    assert offers == {
        "OVHcloud Hosted Exchange": "ex5.mail.ovh.net",
        "OVHcloud Private Exchange": "ex.example.org",
        "OVHcloud Email Pro": "pro1.mail.ovh.net",
        "Another Exchange server": "ex.example.org",
    }
    assert [offer.server for offer in read()] == [""] * 4


def test_an_operator_adds_changes_and_takes_away(tmp_path: Path) -> None:
    """New offers come first, known ones keep what the file does not say, hidden ones are gone."""
    offers = read(_file(tmp_path, """
        [[offer]]
        key = "ours"
        name = "Our Exchange"
        server = "mail.corp.example"
        [[offer]]
        key = "ovhcloud-hosted-exchange"
        server = "ex2.mail.ovh.net"
        [[offer]]
        key = "ovhcloud-email-pro"
        hidden = true
    """))

    assert [(offer.name, offer.server) for offer in offers] == [
        ("Our Exchange", "mail.corp.example"), ("OVHcloud Hosted Exchange", "ex2.mail.ovh.net"),
        ("OVHcloud Private Exchange", ""), ("Another Exchange server", ""),
    ]
    assert "Control Panel" in offers.find("ovhcloud-hosted-exchange").hint


def test_an_offer_that_is_gone_is_the_first_one() -> None:
    """A form from before a change of the file can still be drawn."""
    assert read().find("gone") == next(iter(read()))


@pytest.mark.parametrize(("text", "said"), [
    ("offer = 1", "[[offer]]"),
    ("[[offer]", "TOML"),
    ("[[offers]]\nkey = 'x'", "[[offer]]"),
    ("[[offer]]\nname = 'x'", "key"),
    ("[[offer]]\nkey = 'Big One'", "key"),
    ("[[offer]]\nkey = 'x'", "name"),
    ("[[offer]]\nkey = 'x'\nname = ' '", "name"),
    ("[[offer]]\nkey = 'x'\nname = 3", "name"),
    ("[[offer]]\nkey = 3", "key"),
    (f"[[offer]]\nkey = 'x'\nname = '{'n' * 76}'", "75"),
    ("[[offer]]\nkey = 'x'\nname = 'n'\nurl = 'h'", "url"),
    ("[[offer]]\nkey = 'x'\nname = 'n'\nserver = 'ann@host'", "e-mail"),
    ("[[offer]]\nkey = 'x'\nname = 'n'\nexample = 'ann@host'", "e-mail"),
    ("[[offer]]\nkey = 'x'\nname = 'n'\nhidden = 'yes'", "hidden"),
    ("[[offer]]\nkey = 'x'\nname = 'n'\n[[offer]]\nkey = 'x'\nname = 'm'", "same key"),
    ("".join(f"[[offer]]\nkey = 'x{n}'\nname = 'n'\n" for n in range(97)), "100"),
    ("".join(f"[[offer]]\nkey = '{key}'\nhidden = true\n" for key in (
        "ovhcloud-hosted-exchange", "ovhcloud-private-exchange", "ovhcloud-email-pro", "exchange")), "0 offers"),
])
def test_a_malformed_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    """The operator reads which setting, which file, and what to mend."""
    path = _file(tmp_path, text)

    with pytest.raises(InputError) as caught:
        read(path)

    assert "OMM_OFFERS_FILE" in str(caught.value)
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file and one in another encoding are said in words."""
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "gone.toml")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(InputError, match="UTF-8"):
        read(tmp_path / "latin.toml")
