"""What people see at Google: the chooser, boxes for scopes, and pages that lead nowhere."""

from __future__ import annotations

import re
from html import unescape

import pytest

from emulators.google.scopes import EMAIL, IMAP_ADMIN, MAIL
from tests.contract.google_emulator.app import BACK, BOB, CALENDAR, CLAIRE, SCOPES, App, get, parameters, post


def text(page: str) -> str:
    """What stands on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_scopes_are_ticked_one_by_one(app: App) -> None:
    """Boxes for all but what is for signing in; what is not ticked is not granted, and the token has no more."""
    browser = app.browser()
    page = browser.asked(app.url())
    assert set(browser.boxes(page)) == {MAIL, CALENDAR}
    assert "checked" not in page.text
    assert "permanently delete all your email from Gmail" in text(page.text)
    assert "See your primary Google Account email address" in text(page.text)

    credentials = app.granted(ticks=[CALENDAR])
    assert set(credentials.granted_scopes) == {CALENDAR, EMAIL, "openid"}
    assert app.api("gmail/v1/users/me/profile", credentials.token).status_code == 403
    nothing = app.granted(ticks=[])
    assert set(nothing.granted_scopes) == {EMAIL, "openid"}


def test_one_scope_alone_is_all_or_nothing(app: App) -> None:
    """No box; two without any for signing in have boxes, and none ticked is a refusal."""
    browser = app.browser()
    assert browser.boxes(browser.asked(app.url(scope=MAIL))) == []
    assert app.redeem(app.code(scope=MAIL)).json()["scope"] == MAIL
    back = parameters(app.browser(ticks=[]).back_from(app.url(scope=f"{MAIL} {CALENDAR}")))
    assert back["error"] == "access_denied"


def test_an_account_is_chosen(app: App) -> None:
    """Without a hint everybody is offered; with one, a second address too, the page is theirs, and can be left."""
    chooser = get(app.url())
    assert "Claire Martin" in chooser.text
    assert BOB in chooser.text
    sub = app.api("oauth2/v3/userinfo", app.google.consent(CLAIRE, ["openid"])["access_token"]).json()["sub"]
    for hint in (CLAIRE, "C.Martin@example.org", sub):
        assert CLAIRE in get(app.url(login_hint=hint)).text
        assert BOB not in get(app.url(login_hint=hint)).text
    assert BOB in get(app.url(login_hint=CLAIRE, prompt="select_account consent")).text
    app.google.add_person("zoe@gmail.com")
    assert "zoe@gmail.com" in get(app.url()).text
    assert "zoe@gmail.com" not in get(app.url(hd="example.org")).text
    unknown = text(get(app.url(login_hint="<b>zoe</b>@example.org")).text)
    assert "<b>zoe</b>@example.org was asked for" in unknown

    other = app.redeem(app.code(user=BOB, login_hint=CLAIRE)).json()
    assert app.google.introspect(other["access_token"])["email"] == BOB


def test_who_has_consented_is_not_asked_again(app: App) -> None:
    """Nor for less; for more, with prompt=consent, or after the access was removed, they are."""
    app.granted()
    sent_on = post(app.url().partition("?")[0], {"query": app.query(prompt=None), "user": CLAIRE, "do": "choose"},
                   allow_redirects=False)
    assert parameters(sent_on.headers["Location"])["prompt"] == "none"
    assert get(app.url(prompt=None, login_hint=CLAIRE, scope=MAIL), follow=False).status_code == 302
    assert get(app.url(prompt=None, login_hint=CLAIRE, scope=f"{MAIL} profile"), follow=False).status_code == 200
    assert get(app.url(login_hint=CLAIRE), follow=False).status_code == 200
    app.google.revoke(CLAIRE)
    assert get(app.url(prompt=None, login_hint=CLAIRE), follow=False).status_code == 200


def test_with_prompt_none_nobody_sees_anything(app: App) -> None:
    """interaction_required comes back where somebody would have to choose or consent."""
    for hint in (None, CLAIRE):
        answer = get(app.url(prompt="none", login_hint=hint), follow=False)
        assert parameters(answer.headers["Location"])["error"] == "interaction_required"
    app.granted()
    answer = get(app.url(prompt="none", login_hint=CLAIRE), follow=False)
    assert "code" in parameters(answer.headers["Location"])


@pytest.mark.parametrize(("changes", "status", "code"), [
    ({"client_id": None}, 401, "invalid_client"),
    ({"client_id": "nobody.apps.googleusercontent.com"}, 401, "invalid_client"),
    ({"redirect_uri": None}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": f"{BACK}/"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": f"{BACK}?a=b"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": BACK.replace("127.0.0.1", "localhost")}, 400, "redirect_uri_mismatch"),
    ({"response_type": "token"}, 400, "unsupported_response_type"),
    ({"response_type": "code id_token"}, 400, "unsupported_response_type"),
    ({"scope": ""}, 400, "invalid_request"),
    ({"scope": "https://www.googleapis.com/auth/gmail.everything"}, 400, "invalid_scope"),
    ({"scope": IMAP_ADMIN}, 400, "invalid_scope"),
    ({"state": None}, 400, "invalid_request"),
    ({"access_type": "always"}, 400, "invalid_request"),
    ({"prompt": "none consent"}, 400, "invalid_request"),
    ({"prompt": "login"}, 400, "invalid_request"),
    ({"include_granted_scopes": "yes"}, 400, "invalid_request"),
    ({"code_challenge": "short"}, 400, "invalid_request"),
    ({"code_challenge": "c" * 44, "code_challenge_method": "S256"}, 400, "invalid_request"),
    ({"code_challenge_method": "S256"}, 400, "invalid_request"),
    ({"code_challenge": "c" * 43, "code_challenge_method": "s256"}, 400, "invalid_request"),
    ({"approval_prompt": "force"}, 400, "invalid_request"),
])
def test_a_wrong_request_ends_at_google(app: App, changes: dict[str, str | None], status: int, code: str) -> None:
    """The person reads the code, and nobody is sent to the address that the request names."""
    answer = get(app.url(**changes), follow=False)
    assert answer.status_code == status
    assert "Location" not in answer.headers
    assert f"Error {status}: {code}" in text(answer.text)


def test_a_parameter_comes_once(app: App) -> None:
    """Twice is refused on Google's page."""
    assert "invalid_request" in get(f"{app.url()}&state=another").text


@pytest.mark.parametrize(("settings", "person", "status", "code"), [
    ({"audience": "internal", "organization": "other.example"}, {}, 403, "org_internal"),
    ({"publishing": "testing"}, {}, 403, "access_denied"),
    ({}, {"admin_blocks": True}, 400, "admin_policy_enforced"),
])
def test_who_may_not_ends_at_google(app: App, settings: dict[str, str], person: dict[str, bool], status: int,
                                    code: str) -> None:
    """After the account is chosen, with a hint at once, and when Continue is pressed in a page that was open before."""
    open_page = app.browser().asked(app.url())
    app.google.configure(**settings)
    app.google.change_person(CLAIRE, **person)
    for answer in (app.browser().open(app.url()), app.browser().open(app.url(login_hint=CLAIRE)),
                   app.browser().press(open_page)):
        assert answer.status_code == status
        assert answer.url.startswith(app.google.url)
        assert f"Error {status}: {code}" in text(answer.text)
    assert app.google.tokens(CLAIRE) == {"access": [], "refresh": []}


def test_those_for_whom_it_is_may(app: App) -> None:
    """The people of the organization; in testing those on the list, with a warning; Gmail's own people never inside."""
    app.google.configure(audience="internal")
    assert app.granted().token
    app.google.add_person("zoe@gmail.com")
    assert "org_internal" in app.browser("zoe@gmail.com").open(app.url()).text
    app.google.configure(audience="external", publishing="testing")
    app.google.change_person(BOB, test_user=True)
    assert "has not verified" in text(app.browser(BOB).asked(app.url()).text)
    assert app.granted(user=BOB).token


def test_the_pages_are_forms_without_a_script(app: App) -> None:
    """Nothing that an app or a person has written is markup; forms lead to Google and the app alone."""
    app.google.change_person(CLAIRE, name="<script>alert(1)</script>")
    app.google.configure(app_name="<i>omm</i>")
    chooser = get(app.url(state='"><script>alert(1)</script>'))
    consent = app.browser().asked(app.url(state='"><script>alert(1)</script>'))
    for page in (chooser, consent):
        assert "<script" not in page.text
        assert "<i>" not in page.text
        assert "form-action 'self' http://127.0.0.1:9" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
    assert get(f"{app.google.url}static/google.css").headers["Content-Type"].startswith("text/css")


def test_pressing_without_a_browser_is_the_same(app: App) -> None:
    """The facade's press() leads where the page's buttons do."""
    done = app.google.press(app.query(), CLAIRE, "continue", [MAIL])
    assert set(parameters(done.location)["scope"].split()) == {MAIL, EMAIL, "email", "openid"}
    assert "code" not in parameters(app.google.press(app.query(), CLAIRE, "cancel").location)
    assert "Choose an account" in app.google.press(app.query(), CLAIRE, "another").page
    whole = app.google.consent(CLAIRE, SCOPES)
    assert app.refresh(whole["refresh_token"]).status_code == 200
    assert "refresh_token" not in app.google.consent(CLAIRE, SCOPES, offline=False)


def test_other_pages_cannot_press(app: App) -> None:
    """A form of another origin, or under a foreign name, is refused."""
    url, fields = app.url().partition("?")[0], {"query": app.query(), "user": CLAIRE, "do": "continue"}
    assert post(url, fields, headers={"Origin": "http://evil.example"}).status_code == 403
    assert post(url, fields, headers={"Host": "evil.example"}).status_code == 403
