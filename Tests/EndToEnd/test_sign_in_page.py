"""People who sign in on the page: a site behind the same nginx knows them by a cookie."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from chatpage import ChatPage, Open, until
from conftest import running
from joserfc import jwt
from joserfc.jwk import OctKey
from localcluster import Node
from playwright.sync_api import Browser, Locator, Page, expect
from test_access import LOOKS, expect_accessible
from test_widths import expect_fits
from website import FrontDoor, Site

SECRET = "a secret that a site and its chat share"
NAMES = {"ann": "Ann Lee", "wide": "W" * 32}
STORED = "() => JSON.stringify(Object.entries({ ...localStorage, ...sessionStorage }))"
COOKIE = {"name": "site", "value": "ann"}


class Chat:
    """A node that users sign in to, and the site that knows them."""

    def __init__(self, binary: Path, directory: Path, mode: str) -> None:
        self.lasts = 600
        self.site = Site(self.token)
        (directory / "secret").write_text(SECRET)
        settings = {
            **{"AUTH": mode, "JWT_SECRET_FILE": str(directory / "secret"), "SIGN_IN_URL": "/token"},
            **{"DRAIN_GRACE": "0", "DRAIN_SECONDS": "2", "MESSAGE_RATE": "0"},
        }
        self.node = Node("n1", binary, directory / "logs", settings)
        self.door = FrontDoor(directory, self.node, self.site)

    def token(self, user: str) -> str:
        claims = {"sub": user, "exp": int(time.time()) + self.lasts, "jti": str(time.monotonic_ns())}
        named = {"name": NAMES[user]} if user in NAMES else {}
        return jwt.encode({"alg": "HS256"}, claims | named, OctKey.import_key(SECRET))


@contextmanager
def serving(binary: Path, directory: Path, mode: str) -> Iterator[Chat]:
    chat = Chat(binary, directory, mode)
    with running(chat.node), running(chat.door):
        yield chat
    chat.site.stop()


@pytest.fixture
def both(binary: Path, tmp_path: Path) -> Iterator[Chat]:
    with serving(binary, tmp_path, "both") as chat:
        yield chat


@pytest.fixture
def users(binary: Path, tmp_path: Path) -> Iterator[Chat]:
    with serving(binary, tmp_path, "users") as chat:
        yield chat


class Visitors:
    """Opens pages, some with the cookie of the site; none may have complained at the end."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.opened = ExitStack()

    def __call__(self, name: str, known: bool = False, expect_online: bool = True, **context: object) -> ChatPage:
        if known:
            context["storage_state"] = {"cookies": [COOKIE | {"domain": "127.0.0.1", "path": "/"} | LASTING]}
        page = ChatPage(self.browser, self.url, name, expect_online=expect_online, **context)
        self.opened.callback(page.close)
        self.opened.callback(page.expect_no_problems)
        return page


LASTING = {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}


@contextmanager
def visitors(browser: Browser, chat: Chat) -> Iterator[Visitors]:
    visit = Visitors(browser, chat.door.url)
    with visit.opened:
        yield visit


# Whatever the page says, for however short a time.
NOTE_FLASHES = """
    window.flashes = [];
    new MutationObserver(() => {
        const said = [".sign-in:not([hidden]) p", "#toast", "#banner:not([hidden])"]
            .map((place) => document.querySelector(place)?.textContent ?? "");
        if (said.join("")) flashes.push(said);
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""


def me(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("navigation", name="Rooms").locator(".me")


def button(chat: ChatPage, name: str) -> Locator:
    return chat.page.get_by_role("navigation", name="Rooms").get_by_role("button", name=name)


def expect_user(chat: ChatPage, name: str = "Ann Lee") -> None:
    expect(me(chat)).to_have_accessible_name(f"Your name: {name}. It is that of your account")
    expect(button(chat, "Sign out")).to_be_visible()
    chat.expect_online()


def expect_guest(chat: ChatPage, name: str) -> None:
    expect(me(chat)).to_have_accessible_name(f"Your name: {name}. Change it")
    expect(button(chat, "Sign in")).to_be_visible()
    chat.expect_online()


def stored(page: Page, name: str) -> str | None:
    return page.evaluate(f"localStorage.getItem('webchat.{name}')")


def test_one_click_signs_in_by_way_of_the_site_and_another_out_again(
    browser: Browser, both: Chat, artifacts: Path
) -> None:
    with visitors(browser, both) as visit:
        guest = visit("Otter")
        bob = visit("Bob")
        expect_guest(guest, "Otter")
        guest.send("as a guest")
        guest.picture(artifacts, "sign-in-offered")
        token, user = stored(guest.page, "token"), None
        assert token and both.site.tokens == 0
        guest.field.fill("a draft")
        guest.page.wait_for_timeout(300)
        button(guest, "Sign in").click()
        expect_user(guest)
        expect(guest.toast).to_contain_text("Signed in as")
        guest.picture(artifacts, "signed-in")
        assert guest.page.url == guest.url and both.site.tokens == 2
        expect(guest.field).to_have_value("a draft")
        guest.send("as a user")
        expect(bob.messages.last.locator(".sender")).to_have_text("Ann Lee")
        assert stored(guest.page, "token") == token and stored(guest.page, "name") == "Otter"
        assert "eyJ" not in guest.page.evaluate(STORED)
        me(guest).click()
        expect(guest.toast).to_have_text("This is the name of your account. It cannot be changed here.")
        guest.say("/nick Other")
        expect(guest.toast).to_have_text("This is the name of your account. It cannot be changed here.")
        guest.reload()
        expect_user(guest)
        button(guest, "Sign out").click()
        expect_guest(guest, "Otter")
        assert stored(guest.page, "token") != user and stored(guest.page, "name") == "Otter"
        guest.send("a guest again")
        expect(bob.messages.last.locator(".sender")).to_have_text("Otter (guest)")
        guest.reload()
        expect_guest(guest, "Otter")


@pytest.mark.parametrize("look", ["desktop-light", "phone-dark"])
def test_a_guest_with_the_name_of_an_account_is_shown_as_a_guest_everywhere(
    browser: Browser, both: Chat, artifacts: Path, look: str
) -> None:
    with visitors(browser, both) as visit:
        ann = visit("Otter", room="names")
        button(ann, "Sign in").click()
        expect_user(ann)
        guest = visit("Ann Lee", room="names")
        cho = visit("Cho", room="names", expect_online=False, **LOOKS[look])
        ann.send("the real one")
        guest.field.press_sequentially("me")
        expect(cho.page.locator("#typing")).to_have_text("\u2068Ann Lee (guest)\u2069 is typing…")
        guest.send("me too")
        senders = cho.log.locator(".sender")
        expect(senders).to_have_text(["Ann Lee", "Ann Lee (guest)"])
        expect(cho.messages.last).to_have_accessible_name(re.compile("^\u2068Ann Lee \\(guest\\)\u2069, "))
        expect(cho.log.locator(".event").last).to_contain_text("Ann Lee\u2069 created this room")
        guest.message("the real one").hover()
        guest.page.get_by_role("button", name="React with 👍").click()
        expect(cho.log.locator(".chip")).to_have_attribute("title", "\u2068Ann Lee (guest)\u2069")
        cho.picture(artifacts, f"guests-{look}")
        expect_accessible(cho.page, look)
        names = ["Ann Lee", "Ann Lee (guest)", "Cho (guest)"]
        until(lambda: sorted(ann.page.locator("#people bdi").all_text_contents()) == names, ann.page)
        ann.page.get_by_role("button", name="More about this room").click()
        ann.page.get_by_role("button", name="Members and roles").click()
        members = ann.page.get_by_role("dialog").locator("bdi")
        until(lambda: sorted(members.all_text_contents()) == names, ann.page)
        ann.page.keyboard.press("Escape")
        # The list of rooms wants a token here.
        for chat in (ann, guest):
            chat.page.get_by_role("button", name="+ Browse or create").click()
            expect(chat.page.get_by_role("dialog", name="Rooms").get_by_role("link", name="#names")).to_be_visible()
            chat.page.keyboard.press("Escape")
        ann.say("/dm Ann Lee (guest)")
        expect(ann.page.locator("#room-name")).to_have_text("Ann Lee (guest)")
        ann.send("psst")
        expect(guest.toast).to_have_text("\u2068Ann Lee\u2069 writes to you.ShowNot now")


def test_who_comes_back_without_having_logged_in_stays_a_guest(browser: Browser, both: Chat) -> None:
    both.site.visitor = None
    with visitors(browser, both) as visit:
        guest = visit("Otter")
        with guest.page.expect_navigation(url=guest.url):
            button(guest, "Sign in").click()
        expect_guest(guest, "Otter")
        assert both.site.tokens == 2
        guest.reload()
        expect_guest(guest, "Otter")
        assert both.site.tokens == 2


def test_a_site_that_fails_is_reported_and_the_guest_stays(browser: Browser, both: Chat) -> None:
    both.site.status = 500
    with visitors(browser, both) as visit:
        guest = visit("Otter", known=True)
        button(guest, "Sign in").click()
        expect(guest.toast).to_have_text("Signing in did not work. Try again in a moment.")
        expect_guest(guest, "Otter")
        both.site.status = None
        both.site.as_json = False
        button(guest, "Sign in").focus()
        guest.page.keyboard.press("Enter")
        expect_user(guest)
        expect(button(guest, "Sign out")).to_be_focused()


def test_a_token_is_renewed_before_it_ends_and_the_socket_stays(browser: Browser, both: Chat) -> None:
    both.lasts = 6
    with visitors(browser, both) as visit:
        ann = visit("Otter", known=True)
        sockets: list[str] = []
        ann.page.on("websocket", lambda socket: sockets.append(socket.url))
        button(ann, "Sign in").click()
        expect_user(ann)
        until(lambda: both.site.tokens >= 4, ann.page)
        assert len(sockets) == 1
        both.site.status = 503
        asked = both.site.tokens
        until(lambda: both.site.tokens > asked, ann.page)
        ann.send("still here")
        # The token ends, and 30 s later the server dismisses its user.
        notice = ann.page.locator(".sign-in")
        expect(notice).to_contain_text("Signing in did not work. Try again in a moment.", timeout=60_000)
        expect(ann.connection).to_have_text("Not signed in")
        ann.say("waits")
        both.site.status = None
        notice.get_by_role("button", name="Sign in").click()
        ann.expect_sent("waits")
        expect(notice).to_be_hidden()
        expect(ann.field).to_be_focused()
        assert len(sockets) == 2
        both.site.status = 401
        expect(notice).to_contain_text("Sign in to take part", timeout=60_000)
        notice.get_by_role("button", name="Continue as guest").click()
        expect_guest(ann, "Otter")


def test_users_who_are_known_come_in_without_a_click(browser: Browser, users: Chat) -> None:
    with visitors(browser, users) as visit:
        ann = visit("Otter", known=True, before=NOTE_FLASHES)
        expect_user(ann)
        ann.send("hello")
        expect(ann.messages.last.locator(".sender")).to_have_text("Ann Lee")
        expect(ann.page.locator(".sign-in")).to_be_hidden()
        assert ann.page.evaluate("flashes") == [] and users.site.tokens == 1
        button(ann, "Sign out").click()
        notice = ann.page.locator(".sign-in")
        expect(notice).to_contain_text("Sign in to take part")
        expect(me(ann)).to_have_accessible_name("Your name: Otter. Change it")
        expect(notice.get_by_role("button", name="Continue as guest")).to_be_hidden()
        notice.get_by_role("button", name="Sign in").click()
        expect_user(ann)


@pytest.mark.parametrize("look", LOOKS)
def test_who_is_not_known_is_asked_to_sign_in_and_nothing_is_lost(
    browser: Browser, users: Chat, artifacts: Path, look: str
) -> None:
    with visitors(browser, users) as visit:
        sockets: list[str] = []
        ann = visit("Otter", expect_online=False, before=NOTE_FLASHES, **LOOKS[look])
        notice = ann.page.locator(".sign-in")
        expect(notice).to_contain_text("Sign in to take part")
        assert {tuple(said) for said in ann.page.evaluate("flashes")} == {("Sign in to take part", "", "")}
        ann.page.on("websocket", lambda socket: sockets.append(socket.url))
        ann.say("said before")
        ann.page.wait_for_timeout(6_000)
        assert sockets == [] and users.site.tokens == 1
        expect(ann.page.locator("#banner")).to_be_hidden()
        ann.picture(artifacts, f"sign-in-first-{look}")
        expect_accessible(ann.page, look)
        notice.get_by_role("button", name="Sign in").focus()
        ann.page.keyboard.press("Enter")
        ann.expect_online()
        ann.expect_sent("said before")
        expect(ann.messages.last.locator(".sender")).to_have_text("Ann Lee")
        expect(notice).to_be_hidden()
        rooms = ann.page.get_by_role("button", name="Rooms")
        if rooms.is_visible():
            rooms.click()
        expect(ann.page.get_by_role("button", name="Sign out")).to_be_visible()
        ann.picture(artifacts, f"signed-in-{look}")
        expect_accessible(ann.page, look)
        assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_the_sheet_closes_and_the_page_says_what_happened(
    browser: Browser, both: Chat, artifacts: Path
) -> None:
    with visitors(browser, both) as visit:
        ann = visit("Otter", known=True, locale="de-DE", expect_online=False, **LOOKS["phone-light"])
        expect(ann.connection).to_have_text("Verbunden")
        # What surrounds the conversation loads after the first screen.
        expect(ann.page.locator("#room-name")).not_to_be_empty()
        rooms = ann.page.get_by_role("button", name="Räume")
        rooms.click()
        ann.picture(artifacts, "sign-in-offered-phone")
        expect_accessible(ann.page, "phone-light")
        ann.page.get_by_role("button", name="Anmelden").tap()
        expect(ann.toast).to_contain_text("Angemeldet als \u2068Ann Lee\u2069.")
        rooms.click()
        ann.picture(artifacts, "signed-in-phone")
        expect(ann.page.get_by_role("button", name="Dein Name: Ann Lee. Er gehört zu deinem Konto")).to_be_visible()
        expect_accessible(ann.page, "phone-light")


def test_an_account_without_a_name_is_called_what_its_user_likes(browser: Browser, both: Chat) -> None:
    both.site.visitor = "cho"
    with visitors(browser, both) as visit:
        cho = visit("Cho")
        button(cho, "Sign in").click()
        expect(button(cho, "Sign out")).to_be_visible()
        cho.expect_online()
        cho.say("/nick Cho Two")
        expect(me(cho)).to_have_accessible_name("Your name: Cho Two. Change it")
        cho.reload()
        expect(me(cho)).to_have_accessible_name("Your name: Cho Two. Change it")


def test_a_server_that_only_knows_guests_is_asked_for_nothing_more(enter: Open) -> None:
    ann = enter("Ann")
    asked: list[str] = []
    ann.page.on("request", lambda request: asked.append(request.url))
    ann.reload()
    ann.page.wait_for_load_state("networkidle")
    assert len(asked) > 20 and not [url for url in asked if "SignIn" in url or "Account" in url]
    expect(me(ann)).to_be_visible()
    expect(ann.page.locator(".account, .sign-in")).to_have_count(0)


def test_the_longest_name_of_an_account_fits_at_every_width(browser: Browser, both: Chat) -> None:
    both.site.visitor = "wide"
    with visitors(browser, both) as visit:
        wide = visit("Otter")
        button(wide, "Sign in").click()
        expect_user(wide, NAMES["wide"])
        expect_fits(wide.page, "signed in")
        wide.page.set_viewport_size({"width": 320, "height": 740})
        wide.page.get_by_role("button", name="Rooms").click()
        expect(wide.page.get_by_role("button", name="Sign out")).to_be_visible()
        expect_fits(wide.page, "the sheet")


def test_whom_a_proxy_names_there_is_nothing_to_click(browser: Browser, binary: Path, tmp_path: Path) -> None:
    chat = Chat(binary, tmp_path, "users")
    chat.node.settings = {
        **{"AUTH": "users", "AUTH_HEADER": "X-User", "AUTH_NAME_HEADER": "X-Name", "TRUSTED_PROXIES": "127.0.0.1/32"},
        **{"SIGN_IN_URL": "/token", "DRAIN_GRACE": "0", "DRAIN_SECONDS": "2"},
    }
    chat.door.headers = {"X-User": "ann", "X-Name": "Ann Lee"}
    with running(chat.node), running(chat.door), visitors(browser, chat) as visit:
        ann = visit("Otter")
        ann.send("hello")
        expect(ann.messages.last.locator(".sender")).to_have_text("Ann Lee")
        expect(me(ann)).to_have_accessible_name("Your name: Ann Lee. It is that of your account")
        expect(button(ann, "Sign in")).to_be_hidden()
        assert stored(ann.page, "name") == "Otter"
        ann.reload()
        ann.send("again")
        assert chat.site.tokens == 0
    chat.site.stop()
