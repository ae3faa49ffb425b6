"""Sending by librdkafka: one producer, and one thread that takes Kafka's answers and hands them to asyncio."""

import asyncio
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producers.cloud_events import Prepared

CONNECT_WITHIN_S = 10.0
AWAY = frozenset(
    getattr(KafkaError, name) for name in ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_MSG_TIMED_OUT")
)
POLL_S = 0.1
FULL_WAIT_S = 0.005
START = 'start the stack with "guichet up" or set GUICHET_KAFKA'


class PublishError(Exception):
    """An event was not published; the message says in one line what, where and what to do."""


class Sending:
    """An idempotent producer for asyncio; answers come on its own thread and wake whoever waits."""

    def __init__(self, kafka: str, security: Mapping[str, Any], timeout_s: float) -> None:
        """Prepare a producer; nothing is connected before `start`."""
        self._kafka = kafka
        self._secure = security.get("security.protocol", "PLAINTEXT") != "PLAINTEXT"
        self._timeout_s = timeout_s
        self._settings = {
            **security,
            "bootstrap.servers": kafka,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 2,
            "message.max.bytes": 2_097_152,
            "queue.buffering.max.messages": 200_000,
            "message.timeout.ms": int(timeout_s * 1000),
            "log_level": 0,
        }
        self._topics: set[str] = set()
        self._stopping = threading.Event()
        self._producer: Producer
        self._thread: threading.Thread | None = None
        self.loop: asyncio.AbstractEventLoop

    async def start(self) -> None:
        """Connect and learn which topics there are; raises `PublishError`."""
        self.loop = asyncio.get_running_loop()
        try:
            self._producer = Producer(self._settings)
        except KafkaException as error:
            raise PublishError(f"security: {error.args[0].str()}; use librdkafka's words") from None
        await self._look_at_topics()
        self._thread = threading.Thread(target=self._take_answers, name="publisher", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Wait for what is under way, then end the thread."""
        await asyncio.to_thread(self._producer.flush, self._timeout_s)
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def require(self, topics: Iterable[str]) -> None:
        """Make sure that topics exist: librdkafka would wait half a minute for one that does not."""
        if not self._topics.issuperset(topics):
            await self._look_at_topics()
        for topic in topics:
            if topic not in self._topics:
                raise PublishError(f'TOPIC: {topic} does not exist on {self._kafka}; make it with "guichet migrate"')

    async def _look_at_topics(self) -> None:
        try:
            found = await asyncio.to_thread(self._producer.list_topics, timeout=CONNECT_WITHIN_S)
        except KafkaException as error:
            raise PublishError(self.explain(error.args[0])) from None
        self._topics = set(found.topics)

    def _take_answers(self) -> None:
        while not self._stopping.is_set():
            self._producer.poll(POLL_S)

    async def send(self, record: Prepared) -> tuple[int, int]:
        """Send one record; gives partition and offset, raises `PublishError`."""
        future: asyncio.Future[tuple[int, int]] = self.loop.create_future()

        def settle(error: KafkaError | None, message: Message) -> None:
            if future.done():
                return
            if error is None:
                future.set_result((message.partition() or 0, message.offset() or 0))
            else:
                future.set_exception(PublishError(self.explain(error)))

        def answered(error: KafkaError | None, message: Message) -> None:
            self.loop.call_soon_threadsafe(settle, error, message)

        await self.produce(record, answered)
        return await future

    async def produce(self, record: Prepared, answered: Any) -> None:
        """Hand a record to librdkafka, waiting while its queue is full; raises `PublishError`."""
        while True:
            try:
                self._producer.produce(
                    record.topic, record.value, record.key, headers=list(record.headers), on_delivery=answered
                )
            except BufferError:
                await asyncio.sleep(FULL_WAIT_S)
            except KafkaException as error:
                raise PublishError(self.explain(error.args[0])) from None
            else:
                return

    def many(self) -> "Many":
        """Begin to send many records whose answers are counted only."""
        return Many(self)

    def explain(self, error: KafkaError) -> str:
        """Say in one line what failed and what to do."""
        code = error.code()
        if code == KafkaError.MSG_SIZE_TOO_LARGE:
            return "value: is larger than the topic takes (1 MiB); send less in one event"
        if code in AWAY:
            hint = "check its address and the security settings" if self._secure else START
            return f"KAFKA: {self._kafka} does not answer; {hint}"
        if error.fatal():
            return f"KAFKA: {self._kafka} ended this producer ({error.name()}); make a new Publisher and send again"
        return f"KAFKA: {self._kafka} refused the record ({error.name()}); send it again or see Kafka's log"


class Many:
    """Records on their way together: how many were handed over, how many wait, what went wrong."""

    def __init__(self, sending: Sending) -> None:
        """Begin with none."""
        self._sending = sending
        self._answered = 0
        self._errors: list[KafkaError] = []
        self._waiting_for: int | None = None
        self._done = asyncio.Event()
        self._lock = threading.Lock()
        self.count = 0

    async def hand_over(self, record: Prepared) -> None:
        """Send one more."""
        await self._sending.produce(record, self._take)
        self.count += 1

    def _take(self, error: KafkaError | None, _message: Message) -> None:
        with self._lock:
            self._answered += 1
            if error is not None:
                self._errors.append(error)
            complete = self._answered == self._waiting_for
        if complete:
            self._sending.loop.call_soon_threadsafe(self._done.set)

    async def settled(self) -> None:
        """Wait until each has its answer; raises `PublishError` when one was not acknowledged."""
        with self._lock:
            self._waiting_for = self.count
            complete = self._answered == self.count
        if not complete:
            await self._done.wait()
        if self._errors:
            reason = self._sending.explain(self._errors[0])
            raise PublishError(f"{len(self._errors)} of {self.count} records not acknowledged: {reason}")
