"""Typed and pasted names: accepted in full, or rejected with a reason."""

import pytest
from chatpage import Open
from playwright.sync_api import expect


@pytest.mark.parametrize("name", ["\u202eevil", "x" * 33, "\u200b"])
def test_a_name_that_cannot_be_used_is_refused_with_one_reason_wherever_it_is_typed(enter: Open, name: str) -> None:
    reason = "This name cannot be used. Choose 1 to 32 visible characters,"
    reason += " and none that change the text direction."
    ann = enter("Ann")
    ann.say(f"/nick {name}")
    expect(ann.page.locator("#composer-notice")).to_have_text(reason)
    expect(ann.field).to_have_value(f"/nick {name}")
    ann.page.get_by_role("button", name="Your name: Ann").click()
    ann.page.get_by_label("Name", exact=True).fill(name)
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("alert")).to_have_text(reason)


def test_a_pasted_name_is_taken_whole_or_refused(enter: Open) -> None:
    ann = enter("Ann")
    field = ann.page.get_by_label("Name", exact=True)
    for count in (20, 10):
        name = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * count
        if not field.is_visible():
            ann.page.get_by_role("button", name="Your name: Ann").click()
        field.fill("")
        ann.page.keyboard.insert_text(name)
        expect(field).to_have_value(name)
        ann.page.keyboard.press("Enter")
        if count > 10:
            expect(ann.page.get_by_role("alert")).to_contain_text("Choose 1 to 32 visible characters")
    expect(ann.page.get_by_role("complementary").get_by_text(name)).to_be_visible()


def test_a_name_that_people_would_trust_is_marked(enter: Open) -> None:
    name = "\u0430dmin"  # with a Cyrillic letter
    ann, bob = enter(name), enter("Bob")
    ann.send("hello")
    expect(bob.page.get_by_role("complementary").get_by_text(f"{name} (guest)")).to_be_visible()
    bob.say("/nick S.u.p.p.o.r.t")
    expect(ann.page.get_by_role("complementary").get_by_text("S.u.p.p.o.r.t (guest)")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Your name: S.u.p.p.o.r.t (guest)")).to_be_visible()
