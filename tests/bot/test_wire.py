"""Say: a call to the Bot API goes by a connection that stays open, and each way in which it can end is told apart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from telegram.error import RetryAfter, TimedOut

from bot.request import AiohttpRequest, NotSent

ANSWER = b'{"ok":true,"result":{"message_id":7}}'
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(ANSWER), ANSWER)
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
WAIT = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}}'


@dataclass
class Server:
    """Answers each request with the next of `answers`; None: not at all; empty: by hanging up."""

    answers: list[bytes | None] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    met: int = 0
    port: int = 0
    hang_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self.heard.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    await self.hang_up.wait()
                if not answer:
                    break
                for start in range(0, len(answer), 30):  # in pieces, as the network pleases
                    writer.write(answer[start : start + 30])
                    await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    made.hang_up.set()
    listening.close()


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    request = AiohttpRequest(read_timeout=0.2, connect_timeout=1)
    await request.initialize()

    async def one() -> object:
        return await request.call(f"http://127.0.0.1:{server.port}/bot1:A/sendMessage", {"text": "您好", "none": None})

    yield one
    await request.shutdown()


Call = Callable[[], Awaitable[object]]


async def test_calls_share_a_connection(server: Server, call: Call) -> None:
    server.answers = [PLAIN, CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN]

    found = [await call() for _ in range(3)]

    assert found == [{"message_id": 7}] * 3 and server.met == 1
    assert server.heard[0].startswith(b"POST /bot1:A/sendMessage HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.heard[0].endswith('\r\n\r\n{"text":"您好"}'.encode())


async def test_calls_at_once_have_a_connection_each(server: Server, call: Call) -> None:
    server.answers = [PLAIN] * 10

    await asyncio.gather(*[call() for _ in range(5)])
    await asyncio.gather(*[call() for _ in range(5)])

    assert server.met == 5


async def test_a_connection_that_the_server_gives_up_is_not_used_again(server: Server, call: Call) -> None:
    server.answers = [LAST, PLAIN]

    assert [await call(), await call()] == [{"message_id": 7}] * 2
    assert server.met == 2


async def test_no_listener_is_a_message_that_was_not_sent(server: Server, call: Call) -> None:
    server.port = 1

    with pytest.raises(NotSent):
        await call()


@pytest.mark.parametrize("answer", [None, b"", PLAIN[:-5], b"nonsense\r\n\r\n"])
async def test_an_answer_that_is_lost_leaves_it_open_whether_it_arrived(
    server: Server, call: Call, answer: bytes | None
) -> None:
    server.answers = [answer, PLAIN]

    with pytest.raises(TimedOut):
        await call()

    assert await call() == {"message_id": 7}, "by another connection"
    assert server.met == 2


async def test_who_stops_waiting_leaves_no_answer_to_the_next(server: Server, call: Call) -> None:
    server.answers = [None, PLAIN]
    waiting = asyncio.ensure_future(call())
    while not server.heard:
        await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert await call() == {"message_id": 7}
    assert server.met == 2


async def test_a_refusal_is_read_as_python_telegram_bot_reads_it(server: Server, call: Call) -> None:
    server.answers = [b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: %d\r\n\r\n%b" % (len(WAIT), WAIT), PLAIN]

    with pytest.raises(RetryAfter):
        await call()

    assert await call() == {"message_id": 7} and server.met == 1
