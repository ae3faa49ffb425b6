"""JSON logs, one line an event, without personal data; libraries are throttled while a service is away."""

import logging
import time
from typing import Literal

import orjson
import structlog

QUIET_S = 30.0


class Throttle(logging.Filter):
    """Lets a library say the same thing once in 30 s: aiokafka alone says 75 lines a second without a broker."""

    def __init__(self) -> None:
        """Start with nothing said."""
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let our own lines through, and a library's unless its place in the code spoke within the last 30 s."""
        if isinstance(record.msg, dict):
            return True
        place = (record.name, record.lineno)
        now_s = time.monotonic()
        if now_s - self._said.get(place, -QUIET_S) < QUIET_S:
            return False
        self._said[place] = now_s
        return True


def only_the_kind(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep an exception's type and leave out its text, which may hold data."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple) and error[0] is not None:
        event["error"] = error[0].__name__
    return event


def start_logging(kind: Literal["json", "console"], process: str) -> None:
    """Send all logs, ours and the libraries', to standard output; `process` is on each line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode())
        if kind == "json"
        else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler()
    handler.addFilter(Throttle())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, only_the_kind, last],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
