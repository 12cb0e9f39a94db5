"""A throw-away PostgreSQL cluster for the tests, on a socket in its own folder."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.memory import folder_in_memory
from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSENT = "PostgreSQL is not installed"
PASSWORD = "secret of the tests"
ROOM = 4 << 30  # bytes, a multiple of what the databases of all workers take
# account -> its group role; owner makes the books, guest has no role
ACCOUNTS = {
    "owner": "",
    "tim_trainee": "dqm_trainee",
    "sue_shifter": "dqm_shifter",
    "leo_leader": "dqm_leader",
    "eva_expert": "dqm_expert",
    "guest": "",
}


def programs() -> Path | None:
    """The folder with initdb and pg_ctl: Debian's newest, or that of the PATH."""
    found = [
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if (path / "initdb").exists() and path.parent.name.isdigit()
    ]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Cluster:
    """A running cluster with the tests' accounts; `socket` is its folder."""

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        self.socket = tempfile.mkdtemp(prefix="dqmpg", dir=folder_in_memory(ROOM))
        # initdb refuses root
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            user = _somebody_else()
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.socket, user.pw_uid, user.pw_gid)
        self._numbers = itertools.count(1)

    def make(self) -> None:
        secret = Path(self.socket) / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb", "-U", "postgres", "-A", "scram-sha-256", "--no-sync",
            "--locale=C", "-E", "UTF8", f"--pwfile={secret}",
        )  # fmt: skip
        self.start()
        self.sql("postgres", "CREATE ROLE owner LOGIN CREATEROLE" + _WITH_PASSWORD)
        for group in sorted(set(ACCOUNTS.values()) - {""}):
            self.sql("postgres", f"CREATE ROLE {group} NOLOGIN")
        for account, group in ACCOUNTS.items():
            if account != "owner":
                self.sql("postgres", f"CREATE ROLE {account} LOGIN" + _WITH_PASSWORD)
            if group:
                self.sql("postgres", f"GRANT {group} TO {account}")

    def start(self, *, sync: bool = False) -> None:
        options = (
            f"-c fsync={'on' if sync else 'off'} -c listen_addresses= "
            f"-c unix_socket_directories={self.socket}"
        )
        self._run("pg_ctl", "-w", "-l", f"{self.socket}/log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; "immediate" is a crash."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.socket, ignore_errors=True)

    def sql(self, database: str, line: str, user: str = "postgres") -> list[Any]:
        """Run one statement outside the book, as a superuser unless told."""
        import psycopg

        with psycopg.connect(
            host=self.socket,
            dbname=database,
            user=user,
            password=PASSWORD,
            autocommit=True,
        ) as link:
            cursor = link.execute(line.encode())
            return cursor.fetchall() if cursor.description else []

    def database(self) -> str:
        """Make an empty database that `owner` owns; its URL, without a user."""
        name = f"book{next(self._numbers)}"
        self.sql("postgres", f"CREATE DATABASE {name} OWNER owner")
        return f"postgresql:///{name}?host={self.socket}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, "-D", f"{self.socket}/data", *arguments],
            cwd=self.socket,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
            **self._as,
        )


_WITH_PASSWORD = f" PASSWORD '{PASSWORD}'"


def _somebody_else() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.fail("initdb refuses root, and there is no account postgres or nobody")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster; without PostgreSQL the test is skipped."""
    found = programs()
    if found is None:
        pytest.skip(ABSENT)
    cluster = Cluster(found)
    try:
        cluster.make()
        yield cluster
    finally:
        cluster.remove()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Iterator[None]:
    """Say loudly, below all else, what a machine without PostgreSQL did not test."""
    yield
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if ABSENT in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_sep("!", red=True, bold=True)
        terminalreporter.write_line(
            f"{ABSENT}: {len(skipped)} tests of the shared book were skipped",
            red=True,
            bold=True,
        )
