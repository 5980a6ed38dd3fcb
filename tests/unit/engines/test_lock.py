"""One run at a time, and no run that a dead process holds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.engines import lock
from infra.engines.lock import environment_lock
from infra.errors import UserError

_HOLD = """
import sys, time
from pathlib import Path
from infra.engines.lock import environment_lock
from infra.engines.process import Child
with environment_lock(Path(sys.argv[1]), "local", "up") as held, Child(["sleep", "60"], pass_fds=[held]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_refused_and_told_who_holds_it_since_when(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught, environment_lock(tmp_path, "local", "destroy"):
        pass
    holder.kill()
    holder.wait()
    assert f"process {holder.pid}, since 20" in str(caught.value)
    assert "groundwork up local" in str(caught.value)


def test_a_killed_run_and_what_it_started_hold_nothing(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with environment_lock(tmp_path, "local", "up") as held:
        assert held


def test_what_outlives_a_killed_run_is_waited_for_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 0.3)
    with environment_lock(tmp_path, "local", "up") as held:
        (tmp_path / "lock").write_text('{"pid": 4194305, "doing": "up", "started": "then"}')
        waited = pytest.raises(UserError, match="was killed, and what it started has not ended yet")
        with waited, environment_lock(tmp_path, "local", "up"):
            pass
        assert held


def test_the_next_run_may_begin_when_the_first_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with environment_lock(tmp_path, "local", "up"):
            assert str(os.getpid()) in (tmp_path / "lock").read_text()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_child_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, os, time\nfrom pathlib import Path\nfrom infra.engines.process import Child\n"
        f"log = open({str(tmp_path / 'log')!r}, 'wb')\n"
        "child = Child(['sh', '-c', 'echo $$; exec sleep 60'], output=log)\n"
        "print('started', flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    while not (text := (tmp_path / "log").read_text().strip()):
        assert parent.poll() is None
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{text}").exists() or _alive(int(text)):
        assert time.monotonic() < deadline, "the child lives on"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
