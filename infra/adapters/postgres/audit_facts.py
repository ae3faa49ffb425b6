"""Law 6, second half: each answered inquiry has its fact on the topic (contract §8)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
