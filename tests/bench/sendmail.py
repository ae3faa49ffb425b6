"""The bare loop that e-mails are measured against: aiosmtplib's own `sendmail` over kept connections."""

import asyncio
import time
from collections.abc import Iterable, Iterator

import aiosmtplib

from infra.adapters.mail_settings import mailbox, smtp_address
from notifier.under_way import AT_ONCE


async def send_bare(smtp: str, mail_from: str, messages: Iterable[tuple[str, bytes]]) -> float:
    """Give the seconds of sending messages, each with its recipient, over connections that are open already."""
    server, sender = smtp_address(smtp), mailbox(mail_from).addr_spec
    clients = [aiosmtplib.SMTP(hostname=server.host, port=server.port) for _ in range(AT_ONCE)]
    for client in clients:
        await client.connect()
        await client.ehlo()
    left = iter(messages)
    started_s = time.monotonic()
    async with asyncio.TaskGroup() as workers:
        for client in clients:
            workers.create_task(_send_all(client, sender, left))
    seconds = time.monotonic() - started_s
    for client in clients:
        await client.quit()
    return seconds


async def _send_all(client: aiosmtplib.SMTP, sender: str, left: Iterator[tuple[str, bytes]]) -> None:
    for recipient, message in left:
        await client.sendmail(sender, [recipient], message)
