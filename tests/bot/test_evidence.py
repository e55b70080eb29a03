"""Where evidence lies: written once under its own name, checked when it is read; what is not what it says is known by its bytes."""

import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from PIL import Image, ImageDraw

from bot.evidence import Changed, Missing, NotWhatItSays, Shelf, check, examine, path_of, warn_of_own_shelf
from bot.settings import BadSetting, Settings
from bot.vault import MasterVault, WrongKey, new_master_key
from workflows.evidence import looks_like

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZONE = ZoneInfo("Asia/Shanghai")


class S3:
    """As much of the S3 protocol as a store of evidence needs: put once, get, head, and large files in parts. Every request is signed."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}

    @web.middleware
    async def signed(self, request: web.Request, handler: Any) -> web.StreamResponse:
        wanted = "AWS4-HMAC-SHA256 Credential=test/"
        if not request.headers.get("Authorization", "").startswith(wanted):
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def post(self, request: web.Request) -> web.Response:
        key = request.path
        if "delete" in request.query:
            keys = re.findall("<Key>(.*?)</Key>", await request.text())
            for one in keys:
                self.objects.pop(f"{key.rstrip('/')}/{one}", None)
            gone = "".join(f"<Deleted><Key>{one}</Key></Deleted>" for one in keys)
            return web.Response(text=f"<DeleteResult>{gone}</DeleteResult>", content_type="application/xml")
        if "uploads" in request.query:
            self.parts[key] = {}
            body = (
                f"<InitiateMultipartUploadResult><Key>{key}</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            )
            return web.Response(text=body, content_type="application/xml")
        parts = self.parts.pop(key)
        self.objects[key] = b"".join(parts[number] for number in sorted(parts))
        body = '<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>'
        return web.Response(text=body, content_type="application/xml")

    async def put(self, request: web.Request) -> web.Response:
        key = request.path
        if "partNumber" in request.query:
            self.parts[key][int(request.query["partNumber"])] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        body = await request.read()
        if request.headers.get("If-None-Match") == "*" and key in self.objects:  # looked at and put without a pause
            return web.Response(status=412, text="<Error><Code>PreconditionFailed</Code></Error>")
        self.objects[key] = body
        return web.Response(headers={"ETag": '"1"'})

    async def get(self, request: web.Request) -> web.Response:
        if "list-type" in request.query:
            return self.listed(request.path, request.query.get("prefix", ""))
        if request.path not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        body = self.objects[request.path]
        headers = {"ETag": '"1"', "Last-Modified": "Mon, 02 Nov 2026 01:00:00 GMT"}
        return web.Response(body=body, headers=headers)

    def listed(self, bucket: str, prefix: str) -> web.Response:
        """What lies in the bucket under this prefix, as of now."""
        root, at = f"{bucket.rstrip('/')}/", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        found = [(k.removeprefix(root), body) for k, body in self.objects.items() if k.startswith(f"{root}{prefix}")]
        rows = "".join(
            f"<Contents><Key>{key}</Key><LastModified>{at}</LastModified><Size>{len(body)}</Size></Contents>"
            for key, body in found
        )
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        return web.Response(text=body, content_type="application/xml")


@pytest.fixture
async def s3(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[S3]:
    server = S3()
    app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[server.signed])
    app.router.add_post("/{key:.+}", server.post)
    app.router.add_put("/{key:.+}", server.put)
    app.router.add_get("/{key:.+}", server.get)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    for name, value in {
        "AWS_ENDPOINT": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "local",
    }.items():
        monkeypatch.setenv(name, value)
    yield server
    await runner.cleanup()


async def test_a_folder_keeps_bytes_under_their_own_name_and_never_writes_them_again(tmp_path: Path) -> None:
    shelf = Shelf((tmp_path / "kept").as_uri())

    name = await shelf.put(b"a picture")
    file = tmp_path / "kept" / path_of(name)
    before = file.stat()
    assert await shelf.put(b"a picture") == name == sha256(b"a picture").hexdigest()

    assert file.read_bytes() == await shelf.get(name) == b"a picture"
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"


async def test_what_is_missing_or_was_changed_is_found(tmp_path: Path) -> None:
    shelf = Shelf((tmp_path / "kept").as_uri())
    whole, gone, other = [await shelf.put(data) for data in (b"1", b"2", b"3")]
    (tmp_path / "kept" / path_of(gone)).unlink()
    (tmp_path / "kept" / path_of(other)).write_bytes(b"4")

    assert await check(shelf, [whole, gone, other]) == {gone: "missing", other: "changed"}
    with pytest.raises(Missing):
        await shelf.get(gone)
    with pytest.raises(Changed):
        await shelf.put(b"3")


async def test_an_s3_store_keeps_the_same_promises(s3: S3) -> None:
    shelf = Shelf("s3://county/evidence")

    name = await shelf.put(b"a picture")
    assert await shelf.put(b"a picture") == name

    (key,) = s3.objects
    assert key.endswith(path_of(name)) and await shelf.get(name) == b"a picture"
    s3.objects[key] = b"another picture"
    with pytest.raises(Changed):
        await shelf.get(name)
    s3.objects.clear()
    with pytest.raises(Missing):
        await shelf.get(name)


async def test_a_film_larger_than_memory_should_hold_goes_to_s3_in_parts_and_only_once(s3: S3, tmp_path: Path) -> None:
    shelf, film = Shelf("s3://county/evidence"), tmp_path / "film"
    film.write_bytes(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 60_000)

    found = await shelf.take(film, ZONE, "video/mp4")

    assert (found.mime, found.size) == ("video/mp4", film.stat().st_size) and found.sha256 == sha256(
        film.read_bytes()
    ).hexdigest()
    assert await shelf.get(found.sha256) == film.read_bytes() and s3.parts == {}
    s3.objects = dict.fromkeys(s3.objects, b"not written again")
    await shelf.take(film, ZONE, "video/mp4")
    assert list(s3.objects.values()) == [b"not written again"]
    assert await check(shelf, [found.sha256]) == {found.sha256: "changed"}


@pytest.mark.parametrize("where", ["folder", "s3"])
async def test_an_unfinished_upload_goes_on_at_another_replica(where: str, s3: S3, tmp_path: Path) -> None:
    """Two processes with one store: what one has taken the other goes on from, and a place is written once."""
    url = (tmp_path / "kept").as_uri() if where == "folder" else "s3://county/evidence"
    one, other = Shelf(url), Shelf(url)
    vault = MasterVault(new_master_key())
    sealed = vault.seal_bytes("link/key/0", b"first half, ")

    assert await one.put_piece("link/key", 0, sealed)
    assert not await other.put_piece("link/key", 0, vault.seal_bytes("link/key/0", b"something else"))
    assert await other.pieces("link/key") == {0: 12} and await other.uploads("link") == {"key"}
    assert await other.put_piece("link/key", 12, vault.seal_bytes("link/key/12", b"second half"))

    assert await one.pieces("link/key") == {0: 12, 12: 11} and await one.pieces("link/other") == {}
    assert vault.unseal_bytes("link/key/0", await other.piece("link/key", 0)) == b"first half, "
    with pytest.raises(WrongKey):
        vault.unseal_bytes("link/key/12", await other.piece("link/key", 0))  # a piece belongs where it was put
    with pytest.raises(Missing):
        await one.piece("link/key", 99)
    await one.sweep(timedelta(hours=1))
    assert len(await one.pieces("link/key")) == 2, "an hour old at most: somebody may still go on"
    await one.sweep(timedelta(seconds=-60))
    assert await other.pieces("link/key") == {}
    await other.put_piece("link/key", 0, sealed)
    await one.drop("link/key")
    assert await other.pieces("link/key") == {} and await other.uploads("link") == set()


async def test_a_wrong_key_of_the_store_keeps_nothing_and_says_so(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")

    with pytest.raises(Exception, match="AccessDenied"):
        await Shelf("s3://county/evidence").put(b"a picture")

    assert s3.objects == {}


@pytest.mark.parametrize("url", ["", "ftp://host/x", "s3://", "evidence"])
def test_an_address_that_is_none_is_told_in_one_line(url: str) -> None:
    with pytest.raises(BadSetting, match="WHISTLE_EVIDENCE_URL"):
        Shelf(url)


def _picture(
    *, quality: int = 90, size: tuple[int, int] = (640, 480), stamp: str = "", exif: bool = False, seed: int = 0
) -> bytes:
    drawn = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(drawn)
    for number in range(24):
        x, y = (number * 97 + seed * 53) % 600, (number * 61 + seed * 131) % 440
        pen.rectangle(
            (x, y, x + 90, y + 60), fill=((number * 37 + seed * 91) % 255, (number * 83) % 255, (seed * 29) % 255)
        )
    if stamp:
        pen.text((8, 460), stamp, fill="black")
    out = io.BytesIO()
    more = {}
    if exif:
        tags = Image.Exif()
        tags[0x0132] = "2026:11:02 09:10:11"
        more["exif"] = tags
    drawn.resize(size).save(out, "JPEG", quality=quality, **more)
    return out.getvalue()


def test_an_altered_copy_looks_like_its_original_and_another_picture_does_not() -> None:
    original = examine(_picture(), "photo", ZONE)
    copy = examine(_picture(quality=35, size=(320, 240), stamp="2026-11-02 09:10"), "photo", ZONE)
    other = examine(_picture(seed=5), "photo", ZONE)

    assert original.sha256 != copy.sha256 and looks_like(original.look, copy.look)
    assert not looks_like(original.look, other.look)
    blank = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(blank, "PNG")
    assert examine(blank.getvalue(), "photo", ZONE).look == "", "a white wall is like no other"


def test_a_picture_and_a_film_say_when_they_were_made() -> None:
    assert examine(_picture(exif=True), "document", ZONE).taken_at == datetime(2026, 11, 2, 1, 10, 11, tzinfo=UTC)
    assert examine(_picture(), "photo", ZONE).taken_at is None
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x00\x6cmvhd\x00\x00\x00\x00"
    film += int((datetime(2026, 11, 2, tzinfo=UTC) - datetime(1904, 1, 1, tzinfo=UTC)).total_seconds()).to_bytes(
        4, "big"
    ) + bytes(12)
    assert examine(film, "video", ZONE).taken_at == datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "kind", "declared", "why"),
    [
        (b"", "document", "application/pdf", "empty"),
        (b"MZ\x90\x00" + bytes(60), "document", "application/pdf", "program"),
        (b"\x7fELF" + bytes(60), "document", "", "program"),
        (b"#!/bin/sh\nrm -rf /\n", "document", "text/plain", "program"),
        (b"  <!DOCTYPE html><script>1</script>", "document", "text/plain", "page"),
        (b"<svg onload=alert(1)>", "document", "image/svg+xml", "page"),
        (b"%PDF-1.7\n", "photo", "", "not_a_picture"),
        (b"\xff\xd8\xff\xe0 no picture at all", "photo", "", "not_a_picture"),
        (b"only words", "document", "application/pdf", "unknown"),
        (b"only words", "video", "video/mp4", "unknown"),
        (b"\x00\x01\x02\xfe\xff\x80", "document", "", "unknown"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(data: bytes, kind: str, declared: str, why: str) -> None:
    with pytest.raises(NotWhatItSays) as refused:
        examine(data, kind, ZONE, declared)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("data", "kind", "declared", "mime"),
    [
        (b"%PDF-1.7\n", "document", "application/pdf", "application/pdf"),
        (b"OggS" + bytes(40), "voice", "audio/ogg", "audio/ogg"),
        (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "document", "", DOCX),
        ("现场笔录".encode(), "document", "text/plain", "text/plain"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", "audio", "audio/mp4", "audio/mp4"),
    ],
)  # fmt: skip
def test_what_it_is_is_written_down(data: bytes, kind: str, declared: str, mime: str) -> None:
    assert examine(data, kind, ZONE, declared).mime == mime


@pytest.mark.parametrize(
    ("database", "evidence", "warned"),
    [
        ("sqlite:///whistle.db", "", False),
        ("postgresql+psycopg://whistle@db/whistle", "", True),
        ("postgresql+psycopg://whistle@db/whistle", "file:///srv/evidence", False),
    ],
)
def test_a_folder_of_one_machine_behind_a_shared_database_is_warned_of(
    settings: Settings, lines: list[dict[str, Any]], database: str, evidence: str, warned: bool
) -> None:
    warn_of_own_shelf(settings.model_copy(update={"database_url": database, "evidence_url": evidence}))

    assert [line["action"] for line in lines] == ["evidence.own_folder"] * warned
    assert all("WHISTLE_EVIDENCE_URL" in line["event"] for line in lines)
