"""How texts are shown: direction, code and links."""

from chatpage import ChatPage, Open
from playwright.sync_api import Locator, expect

# The distances of a part of a text from both edges of its message, in pixels.
PLACE = """(node, part) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(part);
        if (at < 0) continue;
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + part.length);
        const { left, right } = range.getBoundingClientRect();
        const box = node.getBoundingClientRect();
        return { left: left - box.left, right: box.right - right };
    }
    throw new Error(`no ${part}`);
}"""


def said(chat: ChatPage, text: str) -> Locator:
    chat.field.fill(text)
    count = chat.messages.count()
    chat.page.keyboard.press("Enter")
    expect(chat.messages).to_have_count(count + 1)
    return chat.messages.last.locator(".text")


def test_each_paragraph_runs_in_its_own_direction_and_code_from_left_to_right(enter: Open) -> None:
    ann = enter("Ann", room="directions")
    for quote in ("", "> "):
        lines = ["مرحبا `let b = 2;` هنا", "then English.", "ثم العربية!", "1. (שלום)"]
        text = said(ann, "\n".join(quote + line for line in lines))
        for part, start in (("مرحبا", "right"), ("then English.", "left"), ("ثم العربية!", "right"), ("שלום", "right")):
            place = text.evaluate(PLACE, part)
            assert place[start] < 40, (part, place)
        assert text.evaluate(PLACE, "let")["left"] < text.evaluate(PLACE, "2;")["left"]
    text = said(ann, "مرحبا\n```\nconst a = 1;\n// שלום\n(b);\n```")
    for line in ("const", "//", "(b"):
        assert text.evaluate(PLACE, line)["left"] < 40, line
    assert text.evaluate(PLACE, "const")["left"] < text.evaluate(PLACE, "1;")["left"]
    expect(text.locator("pre, code")).to_have_count(2)
    for code in text.locator("pre, code").all():
        expect(code).to_have_attribute("dir", "ltr")


def test_links_in_text_without_spaces_end_where_their_sentence_does(enter: Open) -> None:
    ann = enter("Ann", room="links")
    text = said(ann, "「https://example.com/y」や『https://example.com/x』と https://example.com/a。次は **これ**")
    expect(text.get_by_role("link")).to_have_text(
        ["https://example.com/y", "https://example.com/x", "https://example.com/a"]
    )
    expect(text.locator("strong")).to_have_text("これ")
    text = said(ann, "https://a.example/\"onclick='x' See https://a.example/b?c=d, or mailto:ann@a.example.")
    links = text.get_by_role("link").all()
    addresses = [link.get_attribute("href") for link in links]
    assert addresses == ["https://a.example/", "https://a.example/b?c=d", "mailto:ann@a.example"]
    assert all("noopener" in (link.get_attribute("rel") or "") for link in links)
