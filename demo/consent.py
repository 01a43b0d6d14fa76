"""How Claire allows OMM to read her Gmail account: from the form through OMM's pages and Google's, and back to it."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

from bot.ids import Action, Block
from demo.browser import Browser, Shown
from demo.google import ADDRESS, CALLBACK, NAME
from demo.person import LOOK, OWNER, PATIENCE, Person, said

COLLEAGUE = "colleague"
TO_GOOGLE, OWN_ACCOUNT = "Continue to Google", f"{NAME} {ADDRESS}"
NOT_YET, DONE, NOT_FOR_YOU = "One moment, please", "Thank you", "This link is not for you"
LEADS_ON = ("Allow", TO_GOOGLE, OWN_ACCOUNT, "Continue")


class Consent:
    """Claire's browser, and that of the colleague to whom she sends her first link."""

    def __init__(self, claire: Person) -> None:
        """Neither has been anywhere yet."""
        self._claire, self._story = claire, claire.story
        self._browser = Browser(claire.story.servers.ca_file)
        self._is_first = True

    def gives(self) -> None:
        """Presses "Authorise access" in the open form, allows what is asked, and waits until the form shows it."""
        self._claire.presses_in_form(Action.AUTHORISE_FORM)
        link = str(self._claire.presses_in_form(Action.AUTHORISE_OPEN)["url"])
        if self._is_first:
            self._is_refused_to_a_colleague(link)
        begun = len(self._browser.visited)
        page = self._goes_on(self._browser.opens(link))
        wrong = [] if DONE in page.title else [f"the pages ended with “{page.title}”: {page.text}"]
        self._story.judge(f"[browser] {page.text}", wrong)
        if self._is_first:
            self._keeps_no_code(begun)
        self._is_in_the_form()
        self._is_first = False

    def _is_refused_to_a_colleague(self, link: str) -> None:
        """Somebody else cannot be made to allow it for Claire."""
        other = Browser(self._story.servers.ca_file)
        page = other.opens(link)
        if "Allow" in page.buttons:
            page = other.presses("Allow", user=COLLEAGUE)
        self._story.judge(
            f"A colleague who is sent the link and signs in to Slack reads: {NOT_FOR_YOU}",
            [] if NOT_FOR_YOU in page.title and not page.buttons else [f"a colleague was shown “{page.title}”"],
        )

    def _goes_on(self, page: Shown) -> Shown:
        """Presses what leads on, until a page has nothing of the kind."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if NOT_YET in page.title:
                time.sleep(LOOK)
                page = self._browser.opens(page.url)
            elif words := next((one for one in LEADS_ON if one in page.buttons), ""):
                self._story.out.say(f"   [browser] {page.title}. Claire presses: {words}")
                also = {"user": OWNER} if words == "Allow" else {}
                page = self._browser.presses(words, ticks_all=True, **also)
            else:
                break
        return page

    def _keeps_no_code(self, begun: int) -> None:
        """What Google sends back is answered with a 303, and the code is in no address afterwards."""
        visited = self._browser.visited[begun:]
        back = [one for one in visited if urlsplit(one.url).path == CALLBACK]
        wrong = [f"the callback was answered with {one.status}" for one in back if one.status != 303]
        wrong += [] if back else ["Google has led nowhere"]
        codes = [code for one in back for code in parse_qs(urlsplit(one.url).query).get("code", ["none"])]
        later = visited[visited.index(back[0]):] if back else []
        wrong += ["the code stands in a later address" for one in later if any(code in one.leads_to for code in codes)]
        self._story.judge("The browser was sent on at once, by a 303, to an address without Google's code.", wrong)

    def _is_in_the_form(self) -> None:
        """The form shows the account, and has it filled in."""
        view = self._claire.dialog(lambda view: "Authorised as" in said(view))
        [field] = [block for block in view["blocks"] if block["block_id"].startswith(Block.SOURCE_LOGIN)]
        is_said = f"Authorised as {ADDRESS}" in " ".join(said(view).split())
        is_filled_in = field["element"].get("initial_value") == ADDRESS
        self._story.judge(
            f"[form] Access: Authorised as {ADDRESS}. It is filled in as the Google account.",
            [] if is_said and is_filled_in else ["the form does not show whose account it is"],
        )
