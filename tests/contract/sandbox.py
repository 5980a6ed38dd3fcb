"""Linux namespaces in which a pod's processes have an address, a root file system and a user of their own.

One network joins the pods; nothing of it is visible outside, no address of the machine is touched, and the kernel ends
every process in it when the test process ends, however that happens.
"""

import ctypes
import os
import queue
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.contract.software import Unavailable, tool_environment

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


@dataclass(frozen=True, kw_only=True)
class Bind:
    """A folder or file of this machine inside a container."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True, kw_only=True)
class Root:
    """A container's read-only `/`: this machine's `/usr` below `layers`, the files of `skeleton`, and `binds`."""

    skeleton: Path
    layers: Sequence[Path] = ()
    binds: Sequence[Bind] = ()


@dataclass(kw_only=True)
class Process:
    """A container's process. `log` holds what it printed."""

    launcher: subprocess.Popen[bytes]
    log: Path

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        return self.launcher.poll()

    @property
    def pid(self) -> int:
        """Its id as this machine counts."""
        return _only_child(self.launcher.pid)

    def stop(self, signal: str, grace: float) -> None:
        """Sends the signal, and KILL when `grace` seconds have passed."""
        if self.launcher.poll() is not None:
            return
        pid = str(self.pid)
        subprocess.run(["/bin/kill", f"-{signal}", pid], check=False, capture_output=True)
        try:
            self.launcher.wait(grace)
        except subprocess.TimeoutExpired:
            subprocess.run(["/bin/kill", "-KILL", pid], check=False, capture_output=True)
            self.launcher.wait(10)


def _only_child(pid: int) -> int:
    """What a launcher that waits for it has launched."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@dataclass
class Sandbox:
    """The network that joins the pods, and the parent of all their processes."""

    folder: Path
    _init: subprocess.Popen[bytes] | None = None
    _inside: "queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None]" = field(
        default_factory=queue.SimpleQueue
    )
    _pods: int = 0
    _addresses: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "Sandbox":
        if os.geteuid() != 0:
            raise Unavailable(
                "pods get namespaces and users of their own, which takes root: run the tests as root, or under "
                "`unshare --user --map-auto --map-root-user`"
            )
        self._env = tool_environment()
        for tool in ("unshare", "nsenter", "setpriv", "ip"):
            if not shutil.which(tool, path=self._env["PATH"]):
                raise Unavailable(f"no `{tool}` on PATH (packages util-linux and iproute2)")
        # An address of its own: else the bridge takes the lowest of its ports', another one when a pod ends, and for
        # seconds the others answer to the one before.
        script = (
            "ip link set lo up && ip link add cluster address 02:00:00:00:00:01 type bridge"
            " && ip addr add 10.0.0.1/8 dev cluster && ip link set cluster up && echo up && exec sleep infinity"
        )
        hub = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "unshare",
            "--mount",
            "--net",
            "--pid",
            "--ipc",
            "--fork",
            "--kill-child",
        ]
        self._init = subprocess.Popen(
            [*hub, "--mount-proc", "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._env
        )
        assert self._init.stdout
        said = self._init.stdout.readline().decode().strip()
        if said != "up":
            raise Unavailable(f"this machine gives no namespaces to its processes: {said}")
        self._hub = _only_child(self._init.pid)
        threading.Thread(target=self._live_inside, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._inside.put(None)
        if self._init:
            self._init.kill()
            self._init.wait()

    def _live_inside(self) -> None:
        """Runs what is asked for in a thread that belongs to the pods' network: sockets stay where they were made."""
        namespace = os.open(f"/proc/{self._hub}/ns/net", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        while (asked := self._inside.get()) is not None:
            work, answer = asked
            try:
                answer.set_result(work())
            except BaseException as error:
                answer.set_exception(error)

    def inside(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in the pods' network. Keep it short: there is one thread for it."""
        answer: Future[T] = Future()
        self._inside.put((work, answer))
        return answer.result()

    def connect(self, address: str, port: int, timeout: float = 5) -> socket.socket:
        """A connection to a pod's or service's address."""

        def socket_inside() -> socket.socket:
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

        connection = self.inside(socket_inside)
        connection.settimeout(timeout)
        try:
            connection.connect((address, port))
        except BaseException:
            connection.close()
            raise
        return connection

    def listen(self, address: str, port: int) -> socket.socket:
        """A listening socket in the pods' network."""

        def listening() -> socket.socket:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(128)
            return listener

        return self.inside(listening)

    def service_address(self) -> str:
        """An address of the network itself, for a service."""
        with self._lock:
            self._addresses += 1
            address = f"10.1.{self._addresses // 250}.{self._addresses % 250 + 1}"
        subprocess.run(
            ["nsenter", "-t", str(self._hub), "-n", "ip", "addr", "add", f"{address}/32", "dev", "cluster"],
            check=True, capture_output=True, env=self._env,
        )  # fmt: skip
        return address

    def pod(self) -> "PodSandbox":
        """A new pod: a network of its own, one address."""
        with self._lock:
            self._pods += 1
            number = self._pods
        address = f"10.2.{number // 250}.{number % 250 + 1}"
        script = (
            f"ip link set lo up && ip link add eth0 type veth peer name pod{number} netns 1"
            f" && ip addr add {address}/8 dev eth0 && ip link set eth0 up"
            f" && nsenter -t 1 -n ip link set pod{number} master cluster up && echo up && exec sleep infinity"
        )
        launcher = subprocess.Popen(
            ["nsenter", "-t", str(self._hub), "-m", "-n", "-p", "-i", "--", "unshare", "--net", "sh", "-c", script],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._env,
        )  # fmt: skip
        assert launcher.stdout
        said = launcher.stdout.readline().decode().strip()
        if said != "up":
            raise Unavailable(f"no network for a pod: {said}")
        return PodSandbox(address=address, launcher=launcher, pause=_only_child(launcher.pid))


@dataclass(frozen=True, kw_only=True)
class PodSandbox:
    """The network namespace that a pod's containers share."""

    address: str
    launcher: subprocess.Popen[bytes]
    pause: int

    def end(self) -> None:
        """Takes the address away."""
        subprocess.run(["/bin/kill", "-KILL", str(self.pause)], check=False, capture_output=True)
        self.launcher.wait()

    def start(
        self, argv: Sequence[str], *, env: Mapping[str, str], root: Root, user: int, group: int, groups: Sequence[int],
        folder: str, log: Path,
    ) -> Process:  # fmt: skip
        """Runs a container: `argv` in `root`, as a user without any capability."""
        script = _mount_script(root) + "\n" + _drop(user, group, groups, folder, argv)
        log.touch()
        log.chmod(0o666)  # what a container's user opens again as /dev/stdout
        with log.open("ab") as out:
            launcher = subprocess.Popen(
                ["/usr/bin/nsenter", "-t", str(self.pause), "-m", "-n", "-p", "-i", "--",
                 "/usr/bin/unshare", "--mount", "/bin/sh", "-c", script],
                env=dict(env), stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return Process(launcher=launcher, log=log)

    @staticmethod
    def execute(
        process: Process, argv: Sequence[str], *, env: Mapping[str, str], user: int, group: int, groups: Sequence[int],
        timeout: float = 60, stdin: bytes = b"",
    ) -> "subprocess.CompletedProcess[bytes]":  # fmt: skip
        """Runs a command inside a running container, as `kubectl exec` would."""
        drop = f"exec /usr/bin/setpriv {_privileges(user, group, groups)} -- {shlex.join(argv)}"
        return subprocess.run(
            ["/usr/bin/nsenter", "-t", str(process.pid), "-m", "-n", "-p", "-i", "--root", "--wd", "--",
             "/bin/sh", "-c", drop],
            env=dict(env), capture_output=True, timeout=timeout, input=stdin,
        )  # fmt: skip


def _privileges(user: int, group: int, groups: Sequence[int]) -> str:
    listed = f"--groups {','.join(map(str, groups))}" if groups else "--clear-groups"
    return f"--reuid {user} --regid {group} {listed} --inh-caps=-all --bounding-set=-all --no-new-privs"


def _drop(user: int, group: int, groups: Sequence[int], folder: str, argv: Sequence[str]) -> str:
    enter = shlex.quote(f"cd {shlex.quote(folder)} && exec {shlex.join(argv)}")
    return f"exec /usr/sbin/chroot . /usr/bin/setpriv {_privileges(user, group, groups)} -- /bin/sh -c {enter}"


def _mount_script(root: Root) -> str:
    base = root.skeleton
    q = shlex.quote
    layers = ":".join(str(layer / "usr") for layer in (base, *root.layers) if (layer / "usr").is_dir())
    lines = [
        "set -e",
        "own=$PATH; PATH=/usr/sbin:/usr/bin",
        f"mount --bind {q(str(base))} {q(str(base))}",
        f"cd {q(str(base))}",
        f"mount -t overlay overlay -o ro,lowerdir={q(layers)}:/usr usr",
        "mount -t proc proc proc",
        "mount -t tmpfs -o mode=755 tmpfs dev",
        "mkdir dev/shm dev/pts && mount -t tmpfs -o mode=1777,size=64m tmpfs dev/shm",
        *(f"touch dev/{name} && mount --bind /dev/{name} dev/{name}" for name in _DEVICES),
        "ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr",
    ]
    for bind in sorted(root.binds, key=lambda b: b.target):
        target = q("." + bind.target)
        # Where a volume hides the mount point that the skeleton has.
        lines.append(f"[ -e {target} ] || mkdir -p {target}")
        lines.append(f"mount --bind {q(str(bind.source))} {target}")
        if bind.read_only:
            lines.append(f"mount -o remount,bind,ro {target}")
    lines += [f"mount -o remount,bind,ro {q(str(base))}", f"cd {q(str(base))}", "PATH=$own"]
    return "\n".join(lines)
