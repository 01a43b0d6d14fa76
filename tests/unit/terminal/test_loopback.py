"""The browser's way back to a command: one answer with the right state, whoever else comes by."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import requests

from terminal.loopback import HOST, WayBack, way_back

CODE = "4/the-code"


def get(waits: WayBack, path: str = "", *, method: str = "GET", host: str = "", **given: str) -> requests.Response:
    address = waits.address + path + (f"?{urlencode(given)}" if given else "")
    headers = {"Host": host} if host else {}
    return requests.request(method, address, headers=headers, allow_redirects=False, timeout=60)


def test_it_takes_what_google_sends_back() -> None:
    """On this machine alone; the page holds nothing of it, is kept nowhere, and is no referrer."""
    with way_back() as waits:
        assert waits.wait(0) is None
        page = get(waits, state=waits.state, code=CODE, scope="openid", iss="https://accounts.google.com")
        back = waits.wait(60)

    assert waits.address.startswith(f"http://{HOST}:")
    assert back is not None
    assert (back.code, back.error, page.status_code) == (CODE, "", 200)
    assert "close this window" in page.text
    assert CODE not in page.text
    assert waits.state not in page.text
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert CODE not in f"{back!r}"


def test_whoever_else_comes_takes_nothing_away() -> None:
    """A scanner that looks first, a wrong state, none, two of them, another path, another name of this machine."""
    with way_back() as waits:
        others = [
            get(waits), get(waits, method="HEAD"), get(waits, "favicon.ico"), get(waits, method="POST"),
            get(waits, method="HEAD", state=waits.state, code=CODE),
            get(waits, code=CODE), get(waits, state="x" * 43, code="4/another"), get(waits, state=waits.state),
            get(waits, "back", state=waits.state, code=CODE),
            get(waits, host="evil.example.org", state=waits.state, code=CODE),
            get(waits, f"?state={waits.state}&state={waits.state}&code={CODE}"),
            get(waits, f"?state={waits.state}&code={CODE}{'x' * 9000}"),
        ]
        nothing = waits.wait(0)
        get(waits, state=waits.state, code=CODE)
        back = waits.wait(60)

    assert nothing is None
    assert {answer.status_code for answer in others} <= {404, 501}
    assert back is not None
    assert back.code == CODE


def test_of_two_tabs_the_first_one_counts() -> None:
    """What comes after is nobody's, and changes nothing."""
    with way_back() as waits:
        get(waits, state=waits.state, code=CODE)
        second = get(waits, state=waits.state, code="4/second")
        back = waits.wait(60)

    assert back is not None
    assert (back.code, second.status_code) == (CODE, 404)


def test_a_refusal_comes_back_as_well() -> None:
    """Google's word for it, and no code."""
    with way_back() as waits:
        get(waits, state=waits.state, error="access_denied")
        back = waits.wait(60)

    assert back is not None
    assert (back.code, back.error) == ("", "access_denied")


def test_two_commands_wait_at_addresses_and_for_states_of_their_own() -> None:
    """Nobody gets what is another's; when it is over nobody is there."""
    with way_back() as one, way_back() as other:
        assert one.address != other.address
        assert one.state != other.state
        assert get(other, state=one.state, code=CODE).status_code == 404
    with pytest.raises(requests.ConnectionError):
        get(one)
