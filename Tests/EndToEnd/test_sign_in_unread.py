"""What is unread belongs to the user, not to the visit."""

from playwright.sync_api import Browser, expect
from test_sign_in_page import Chat, both, button, expect_guest, expect_user, visitors

__all__ = ["both"]


def test_what_is_unread_of_a_person_stays_so_over_signing_out_and_in(browser: Browser, both: Chat) -> None:
    with visitors(browser, both) as visit:
        ann = visit("Otter")
        button(ann, "Sign in").click()
        expect_user(ann)
        bob = visit("Bob")
        expect(ann.page.locator("#people li").filter(has_text="Bob")).to_be_visible()
        ann.say("/dm Bob")
        rooms = ann.page.locator("#rooms .room-list")
        expect(ann.page.locator("#room-name")).to_have_text("Bob (guest)")
        ann.send("hello")
        bob.page.get_by_role("button", name="Show", exact=True).click()
        bob.expect_message("hello")
        ann.say("/join lobby")
        expect(ann.page.locator("#room-name")).to_have_text("lobby")
        bob.send("are you there?")
        expect(rooms.locator(".count")).to_have_text("1")
        button(ann, "Sign out").click()
        expect_guest(ann, "Otter")
        expect(rooms.get_by_role("link")).to_have_count(1)
        button(ann, "Sign in").click()
        expect_user(ann)
        expect(rooms.locator(".count")).to_have_text("1")
