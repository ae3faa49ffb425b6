"""What a round costs: CPU time by part, and the largest resident memory of each process."""

import contextlib
import threading
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import psutil

SAMPLE_S = 0.2
MIB = 1_048_576


def listening_on(address: str) -> int:
    """Give the process id that listens on `host:port` or on the port of a URL; raises `LookupError`."""
    port = urlsplit(address if "//" in address else f"//{address}").port
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return process.pid
    raise LookupError(f"nothing listens on port {port}")


def family(pids: Iterable[int]) -> list[psutil.Process]:
    """Give processes that live, with their children."""
    found: list[psutil.Process] = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found += [process, *process.children(recursive=True)]
    return found


def cpu_s(pids: Iterable[int]) -> float:
    """Give the CPU seconds so far of processes and their children that live."""
    total = 0.0
    for process in family(pids):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


class Usage:
    """Measures between `start` and `stop`."""

    def __init__(self, parts: Mapping[str, Iterable[int]]) -> None:
        """Watch the process ids of each part; the part `processes` is the contender's own."""
        self._parts = {name: list(pids) for name, pids in parts.items()}
        self._own = family(self._parts["processes"])
        self._before: dict[str, float] = {}
        self._stopping = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self.cpu_s: dict[str, float] = {}
        self.peak_mib: dict[int, float] = {}

    def start(self) -> None:
        """Begin."""
        self._before = {name: cpu_s(pids) for name, pids in self._parts.items()}
        self._sampler.start()

    def stop(self) -> None:
        """End; `cpu_s` and `peak_mib` hold the result."""
        self.cpu_s = {name: cpu_s(pids) - self._before[name] for name, pids in self._parts.items()}
        self._stopping.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._stopping.wait(SAMPLE_S):
            for pid, mib in resident_mib(self._own).items():
                self.peak_mib[pid] = max(mib, self.peak_mib.get(pid, 0.0))


def resident_mib(processes: Iterable[psutil.Process]) -> dict[int, float]:
    """Give the resident memory of processes that live."""
    found = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found[process.pid] = process.memory_info().rss / MIB
    return found
