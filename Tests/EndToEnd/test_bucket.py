"""Pictures and files in a bucket: their bytes pass between browser and store, and leave with their message."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from bucket import ACCESS_KEY, NAME, SECRET_KEY, Bucket
from chatpage import Open, until
from conftest import node_alone, pages, refused_start, running, wait_until
from localcluster import Node
from playwright.sync_api import Browser, expect
from test_access import look_at
from test_files import PNG, allow, ask, path_of, send
from test_offline import UPDATE, WAITING, with_worker
from test_pictures import PHONE, choose, expect_loaded, payload, pictures, png
from test_rooms import Person


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with running(Bucket(tmp_path_factory.mktemp("moto"))) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def embedded_node(binary: Path, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    settings = bucket.settings | {"FILES_MB": "3", "FILE_BYTES": "1000000", "CONNECTIONS_PER_ADDRESS": "0"}
    with node_alone(binary, tmp_path_factory.mktemp("bucket"), **settings) as node:
        bucket.allow(node.url)
        yield node


def request(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    place = urlsplit(url)
    with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)) as connection:
        connection.request(method, f"{place.path}?{place.query}", body, headers or {})
        answer = connection.getresponse()
        return answer, answer.read()


def signature_of(method: str, url: str, headers: dict[str, str]) -> tuple[str, str]:
    """The one in a signed URL, and Amazon's own of the same request. moto does not compare them."""
    place = urlsplit(url)
    query = dict(parse_qsl(place.query))
    given = query.pop("X-Amz-Signature")
    signed = AWSRequest(
        method, f"{place.scheme}://{place.netloc}{place.path}?{urlencode(query, quote_via=quote)}", headers
    )
    signed.context["timestamp"] = query["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1")
    text = auth.string_to_sign(signed, auth.canonical_request(signed))
    return given, auth.signature(text, signed)


def test_a_file_goes_to_the_bucket_and_leaves_with_its_message(embedded_node: Node, bucket: Bucket) -> None:
    node = embedded_node
    ann = Person(node, "Ann")
    ann.join("wire")
    page = b"<!doctype html><script>document.title = 1</script>"
    picture, text, fake = (allow(ann, "wire", data) for data in (PNG, page, page))
    for upload, data in ((picture, PNG), (text, page), (fake, page)):
        put = upload["put"]
        assert put["url"].startswith(f"{bucket.origin}/{NAME}/chat/wire/")
        given, expected = signature_of("PUT", put["url"], put["headers"] | {"Content-Length": str(len(data))})
        assert given == expected
        other = signature_of("PUT", put["url"], put["headers"] | {"Content-Length": str(len(data) + 1)})
        assert given != other[1]
        assert request("PUT", put["url"], data, put["headers"])[0].status == 200
        # Nobody can change what others may have seen.
        assert request("PUT", put["url"], bytes(len(data)), put["headers"])[0].status == 412
    first = send(ann, "wire", [upload["file"] for upload in (picture, text, fake)])
    files = Person(node, "Bob").join("wire")["messages"][0]["files"]
    assert {file["id"] for file in files} == bucket.files("wire")

    for file, data in zip(files, (PNG, page, page), strict=True):
        answer, _ = ask(node, "GET", path_of("wire", file))
        assert answer.status == 302
        assert answer.headers["Cache-Control"] == "private, max-age=1800"
        url = answer.headers["Location"]
        given, expected = signature_of("GET", url, {})
        assert given == expected
        answer, body = request("GET", url)
        shown = data == PNG
        assert (answer.status, body) == (200, data)
        assert answer.headers["Content-Type"] == ("image/png" if shown else "application/octet-stream")
        assert answer.headers["Content-Disposition"].startswith("inline;" if shown else "attachment;")
    answer, _ = ask(node, "GET", f"{path_of('wire', files[0])}?download")
    assert "attachment" in answer.headers["Location"]
    assert ask(node, "GET", f"/files/wire/{'a' * 26}/a")[0].status == 404
    # No body comes to the node.
    assert ask(node, "PUT", f"/files/wire/{'a' * 26}", PNG)[0].status == 413

    # What may be stored counts at once.
    assert allow(ann, "wire", bytes(999_000))["type"] == "upload"
    assert allow(ann, "wire", bytes(999_000))["type"] == "upload"
    assert allow(ann, "wire", bytes(999_000))["code"] == "unavailable"
    ann.ask("ack", type="delete", room="wire", id=first["id"])
    assert wait_until(lambda: not bucket.files("wire"))
    assert ask(node, "GET", path_of("wire", files[0]))[0].status == 404


def test_a_picture_is_sent_seen_saved_and_deleted(enter: Open, bucket: Bucket, artifacts: Path) -> None:
    ann, bob = enter("Ann", room="photos"), enter("Bob", room="photos", color_scheme="dark", **PHONE)
    puts: list[str] = []
    ann.context.on("request", lambda sent: puts.append(sent.url) if sent.method == "PUT" else None)
    choose(ann, payload("a b.png", "image/png", png(90, 60)), payload("notes.txt", "text/plain", b"some words"))
    ann.send("From the bucket")
    assert len(puts) == 2
    assert all(url.startswith(bucket.origin) for url in puts)
    expect_loaded(pictures(bob).first)
    # Ann's own, after a reload from there, too.
    ann.reload()
    expect_loaded(pictures(ann).first)
    look_at(ann, artifacts, "files-bucket", "light")
    pictures(ann).first.click()
    with ann.page.expect_download() as download:
        ann.page.get_by_role("dialog").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "a b.png"
    ann.page.keyboard.press("Escape")
    with bob.page.expect_download() as download:
        bob.log.get_by_role("link", name="notes.txt").click()
    assert download.value.suggested_filename == "notes.txt"
    assert download.value.path().read_bytes() == b"some words"
    assert len(bucket.files("photos")) == 2
    ann.messages.last.focus()
    ann.page.keyboard.press("Delete")
    ann.page.get_by_role("button", name="Delete for everyone").click()
    expect(bob.message("Message deleted")).to_have_count(1)
    assert wait_until(lambda: not bucket.files("photos"))


def test_a_page_that_is_stored_learns_of_the_bucket(
    browser: Browser, binary: Path, tmp_path: Path, bucket: Bucket
) -> None:
    with node_alone(binary, tmp_path) as node, pages(browser, node.url, node) as enter:
        ann = with_worker(enter, "Ann")
        ann.reload()
        node.stop()
        node.settings = {**node.settings, **bucket.settings}
        node.start()
        bucket.allow(node.url)
        ann.reload()
        until(lambda: ann.page.evaluate(UPDATE) is None, ann.page)
        until(lambda: not ann.page.evaluate(WAITING), ann.page)
        # Opened from the store, with what the server says now.
        node.stop()
        ann.page.reload()
        node.start()
        ann.expect_online()
        choose(ann, payload("a.png", "image/png", png(90, 60)))
        ann.send("")
        expect_loaded(pictures(ann).first)
        assert len(bucket.files("lobby")) == 1


def test_settings_that_do_not_fit_say_so(binary: Path, tmp_path: Path, bucket: Bucket) -> None:
    settings = bucket.settings
    assert "use only one" in refused_start(binary, FILES_DIR=str(tmp_path), **settings)
    assert "needs AWS_ACCESS_KEY_ID" in refused_start(binary, FILES_S3_URL=settings["FILES_S3_URL"])
    wrong = settings | {"FILES_S3_URL": "https://KEY:HUSH@s3.example.org/b"}
    line = refused_start(binary, **wrong)
    assert "must not contain credentials" in line
    assert "HUSH" not in line
    # The rules of the bucket, and the bucket itself, are looked at.
    bucket.allow("https://chat.example.org")
    more = {"ALLOWED_ORIGINS": "https://chat.example.org,https://other.example.org"}
    with node_alone(binary, tmp_path, "rules", **settings, **more) as node:
        assert wait_until(lambda: "AllowedOrigins: https://other.example.org" in node.log.read_text())
        assert "AllowedOrigins: https://chat" not in node.log.read_text()
    missing = settings | {"FILES_S3_URL": f"{bucket.origin}/missing"}
    (tmp_path / "other").mkdir()
    with node_alone(binary, tmp_path / "other", "missing", **missing) as node:
        assert wait_until(lambda: "check the bucket in FILES_S3_URL" in node.log.read_text())
