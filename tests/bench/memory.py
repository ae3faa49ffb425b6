"""Resident memory of Guichet's processes under a steady load."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import psutil

from tests.bench.contender import GUICHET, PARTITIONS
from tests.bench.latency import publish_paced
from tests.bench.load import Load
from tests.bench.processes import running
from tests.bench.round import wait_grown
from tests.bench.stack import Stack
from tests.bench.usage import family, resident_mib

SAMPLE_S = 5.0
WARM_SHARE = 0.2


class Growth(NamedTuple):
    """Peak resident MiB of the largest process, and the most that one grew after the warm-up."""

    peak_mib: float
    growth_mib: float


def measure_memory(stack: Stack, load: Load, per_second: int) -> Growth:
    """Publish the load at a pace and watch; the first fifth of the samples is warm-up."""
    samples: list[dict[int, float]] = []
    stop = threading.Event()
    with running(stack, GUICHET.group, GUICHET.commands) as pids:
        stack.kafka.wait_joined(GUICHET.group, GUICHET.members, PARTITIONS)
        before = stack.kafka.ends(GUICHET.outcomes)
        sampler = threading.Thread(target=_sample, args=(family(pids), samples, stop), daemon=True)
        sampler.start()
        publish_paced(stack, GUICHET.topic, load.records, per_second)
        wait_grown(stack, GUICHET.outcomes, before, len(load.inquiries))
        stop.set()
        sampler.join()
    return _growth(samples)


def _sample(processes: Sequence[psutil.Process], samples: list[dict[int, float]], stop: threading.Event) -> None:
    while not stop.wait(SAMPLE_S):
        samples.append(resident_mib(processes))


def _growth(samples: Sequence[dict[int, float]]) -> Growth:
    warm = samples[int(len(samples) * WARM_SHARE) :]
    grown = [warm[-1][pid] - warm[0][pid] for pid in warm[0]]
    return Growth(max(max(sample.values()) for sample in samples), max(grown))
