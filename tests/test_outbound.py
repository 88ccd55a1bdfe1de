"""Guarded calls: inward addresses are refused in every spelling, names that change their mind reach nothing, and no
answer is too slow or too large."""

import asyncio
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.core import outbound
from app.core.addresses import AddressError, is_public, parse_allowed
from app.core.outbound import BODY_SECONDS, MOST_BYTES, Outbound, OutboundError, read_url
from support.receiver import answer, hang, receiving

NOTHING = parse_allowed("")
LOOPBACK = parse_allowed("127.0.0.1")
INWARD = [  # each is one way to write an address inside
    "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.1.", "localhost",
    "LOCALHOST", "0.0.0.0", "0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104 - not bound to
    "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]", "[fd12::1]", "[fec0::1]", "[ff02::1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", INWARD)
async def test_inward_addresses_are_refused_in_every_spelling(host: str) -> None:
    async with receiving() as receiver, Outbound(NOTHING) as client:
        url = f"http://{host}:{receiver.port}/in"
        with pytest.raises(AddressError) as refused:
            await client.check(url)
        assert refused.value.code in ("inward-address", "unresolvable", "url")
        with pytest.raises(OutboundError, match=r"inward-address|unresolvable|url"):
            await client.post(url, b"{}", {})
        assert receiver.seen == []


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2001:4860:4860::8888", "240e:1::1"])
async def test_public_addresses_pass(address: str) -> None:
    assert is_public(ip_address(address))
    async with Outbound(NOTHING) as client:
        await client.check(f"https://[{address}]/" if ":" in address else f"https://{address}/")
        await client.check("http://[::ffff:8.8.8.8]/")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://8.8.8.8/", "scheme"), ("file:///etc/passwd", "scheme"), ("gopher://8.8.8.8/", "scheme"),
        ("8.8.8.8", "scheme"), ("//8.8.8.8/", "scheme"), ("http://", "url"), ("http:///x", "url"),
        ("http://a b/", "url"), ("http://8.8.8.8:99999/", "url"), ("http://[::1", "url"), ("http://a%00b/", "url"),
        ("http://me:secret@8.8.8.8/", "credentials"), ("http://me@8.8.8.8/", "credentials"),
    ],
)  # fmt: skip
def test_what_is_no_url_to_call(url: str, code: str) -> None:
    with pytest.raises(AddressError) as refused:
        read_url(url)
    assert refused.value.code == code


async def test_a_name_that_cannot_be_found() -> None:
    async with Outbound(NOTHING) as client:
        for host in ("no-such-host.invalid", "x" * 70 + ".example"):
            with pytest.raises(AddressError, match="unresolvable"):
                await client.check(f"http://{host}/")


async def test_a_name_that_turns_inward_after_it_was_checked_reaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the outside party is the name server, whose answers change."""
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def rebinding(host: str, port: int, **_: object) -> list[object]:
        assert host == "rebind.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    async with receiving() as receiver, Outbound(NOTHING) as client:
        monkeypatch.setattr("app.core.addresses.socket.getaddrinfo", rebinding)
        await client.check(f"http://rebind.example:{receiver.port}/")
        with pytest.raises(OutboundError, match="inward-address"):
            await client.post(f"http://rebind.example:{receiver.port}/", b"", {})
        assert receiver.seen == []


async def test_a_name_is_refused_when_any_of_its_addresses_is_inward(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr("app.core.addresses.socket.getaddrinfo", lambda *_, **__: found)
    async with Outbound(NOTHING) as client:
        with pytest.raises(AddressError, match="inward-address"):
            await client.check("http://both.example/")


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", " LocalHost ,10.0.0.0/8"])
async def test_the_operator_may_allow_hosts_addresses_and_networks(allowed: str) -> None:
    async with receiving() as receiver, Outbound(parse_allowed(allowed)) as client:
        reply = await client.post(f"http://localhost:{receiver.port}/x", b"{}", {"a": "b"})
        assert reply.status == 204
        assert (receiver.seen[0].path, receiver.seen[0].headers["host"]) == ("/x", f"localhost:{receiver.port}")
        with pytest.raises(AddressError):
            await client.check("http://192.168.0.1/")


async def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    async with receiving() as inside, receiving() as receiver, Outbound(LOOPBACK) as client:
        receiver.behave = answer(302, {"Location": inside.url, "Set-Cookie": "a=b"})
        for _ in range(2):
            assert (await client.post(receiver.url, b"{}", {})).status == 302
        assert inside.seen == []
        assert "cookie" not in receiver.seen[1].headers


async def test_a_call_has_an_end() -> None:
    async with receiving(hang) as receiver, Outbound(LOOPBACK, timeout=0.3) as client:
        started = time.monotonic()
        with pytest.raises(OutboundError, match="timeout"):
            await client.post(receiver.url, b"{}", {})
        assert time.monotonic() - started < 2


async def test_an_answer_is_read_only_so_far_and_so_long() -> None:
    async with receiving(answer(200, body=b"x" * 5_000_000)) as receiver, Outbound(LOOPBACK) as client:
        assert len((await client.post(receiver.url, b"{}", {})).text) == MOST_BYTES

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await asyncio.sleep(BODY_SECONDS + 1)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server, Outbound(LOOPBACK) as client:
        reply = await client.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", b"", {})
        assert (reply.status, reply.text) == (200, "half")
        assert reply.seconds < BODY_SECONDS + 0.9
        await asyncio.sleep(0.5)


async def test_nobody_at_home_and_no_http() -> None:
    async def garbage(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp ready\r\n")
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server, Outbound(LOOPBACK) as client:
        for port in (1, server.sockets[0].getsockname()[1]):
            with pytest.raises(OutboundError):
                await client.post(f"http://127.0.0.1:{port}/", b"", {})
            with pytest.raises(OutboundError):
                await client.post(f"https://127.0.0.1:{port}/", b"", {})


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `localhost` that signs itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, secret)
    return path, context


async def test_certificates_are_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, context = certificate(tmp_path)
    async with receiving(tls=context) as receiver:
        named, bare = f"https://localhost:{receiver.port}/", f"https://127.0.0.1:{receiver.port}/"
        async with Outbound(LOOPBACK) as client:
            with pytest.raises(OutboundError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.post(named, b"", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        outbound.trusted.cache_clear()
        try:
            async with Outbound(LOOPBACK) as client:
                assert (await client.post(named, b"", {})).status == 204
                with pytest.raises(OutboundError, match="CERTIFICATE_VERIFY_FAILED"):
                    await client.post(bare, b"", {})
        finally:
            outbound.trusted.cache_clear()
