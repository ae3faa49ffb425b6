"""The e-mails that a process is sending now, and the outcomes that it has not saved yet."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import NamedTuple

import structlog

from infra.adapters.postgres.mails import Claimed
from notifier.outcomes import Attempt, Verdict

AT_ONCE = 20
A_DOMAIN_AT_ONCE = 10
GATHER_S = 0.01

log = structlog.get_logger()


class Ended(NamedTuple):
    """An e-mail whose attempt is over."""

    mail: Claimed
    attempt: Attempt


class UnderWay:
    """Starts attempts, and keeps what they came to until it is saved."""

    def __init__(self, send: Callable[[Claimed], Coroutine[None, None, Attempt]]) -> None:
        """Send each e-mail by `send`."""
        self._send = send
        self._tasks: dict[asyncio.Task[Attempt], Claimed] = {}
        self._ended: list[Ended] = []

    def __bool__(self) -> bool:
        """Whether anything is under way or not saved."""
        return bool(self._tasks or self._ended)

    @property
    def free(self) -> int:
        """How many more may be sent now."""
        return AT_ONCE - len(self._tasks)

    @property
    def full_domains(self) -> list[str]:
        """The domains that get no more for now."""
        counts = Counter(mail.domain for mail in self._tasks.values())
        return [domain for domain, count in counts.items() if count >= A_DOMAIN_AT_ONCE]

    def start(self, mail: Claimed) -> None:
        """Begin an attempt."""
        self._tasks[asyncio.create_task(self._send(mail))] = mail

    def ended(self) -> list[Ended]:
        """Give what is over and not saved yet."""
        for task in [task for task in self._tasks if task.done()]:
            mail = self._tasks.pop(task)
            self._ended.append(Ended(mail, _result(task)))
        return list(self._ended)

    def saved(self, ended: list[Ended]) -> None:
        """Forget what was saved."""
        done = {id(one) for one in ended}
        self._ended = [one for one in self._ended if id(one) not in done]

    async def some(self, woken: asyncio.Event, timeout_s: float) -> None:
        """Wait until an attempt is over, or until woken; then an instant for those that end with it."""
        waking = asyncio.create_task(woken.wait())
        await asyncio.wait({waking, *self._tasks}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()
        await self.all(GATHER_S)

    async def all(self, timeout_s: float) -> None:
        """Wait until all attempts are over, at most so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)


def _result(task: asyncio.Task[Attempt]) -> Attempt:
    """Read an attempt; one that a mistake of ours ended may have been sent, so that only a person can tell."""
    error = task.exception()
    if error is None:
        return task.result()
    log.error("an e-mail's attempt broke off", error=type(error).__name__)
    return Attempt(Verdict.UNKNOWN, "BUG")
