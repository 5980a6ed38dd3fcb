"""The files of a pod's containers: their image's, ConfigMaps and Secrets, persistent and empty volumes."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.contract.images import Image
from tests.contract.manifests import Manifest, Objects
from tests.contract.sandbox import Bind, Root, Sandbox

_SYSTEM_FILES = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl", "mime.types", "localtime", "nginx")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all pods share: the declared objects, the network, the files of names and of persistent volumes."""

    sandbox: Sandbox
    folder: Path
    hosts: Path
    objects: Objects


@dataclass
class Volume:
    """A volume of one pod. Content that is declared (ConfigMap, Secret) comes anew when the declaration changes."""

    folder: Path
    read_only: bool = False
    sources: Sequence[tuple[str, Manifest]] = ()
    mode: int = 0o644


class Files:
    """The volumes of one pod, and what its containers find at `/`."""

    def __init__(
        self, folder: Path, namespace: str, spec: Manifest, claims: Mapping[str, str], around: Surroundings
    ) -> None:
        self._folder, self._namespace, self._around = folder, namespace, around
        self._group: int | None = (spec.get("securityContext") or {}).get("fsGroup")
        self._volumes = {v["name"]: self._volume(v) for v in spec.get("volumes") or ()}
        self._volumes |= {name: Volume(self._claim(claim)) for name, claim in claims.items()}

    def follow(self, around: Surroundings) -> None:
        """Brings what ConfigMaps and Secrets hold up to date, as the kubelet does in running pods."""
        self._around = around
        for volume in self._volumes.values():
            if volume.sources:
                self._write(volume)

    def root(self, container: Manifest, look: Image) -> Root:
        """What a container that begins now finds at `/`."""
        skeleton = self._folder / f"{container['name']}.root"
        shutil.rmtree(skeleton, ignore_errors=True)
        binds = [*look.binds, Bind(source=self._around.hosts, target="/etc/hosts")]
        for target, content in look.files.items():
            if isinstance(content, Path):
                binds.append(Bind(source=content, target=target))
        binds += [self._bind(mount) for mount in container.get("volumeMounts") or ()]
        for folder in ("usr", "proc", "dev", "etc", "tmp", "var", "run", "sys", *(f.strip("/") for f in look.folders)):
            (skeleton / folder).mkdir(parents=True, exist_ok=True)
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if Path("/", name).is_symlink():
                (skeleton / name).symlink_to(f"usr/{name}")
        _system_files(skeleton / "etc", look)
        for target, content in look.files.items():
            if isinstance(content, str):
                (skeleton / target.strip("/")).parent.mkdir(parents=True, exist_ok=True)
                (skeleton / target.strip("/")).write_text(content)
        for bind in binds:
            _mount_point(skeleton / bind.target.strip("/"), bind.source.is_dir())
        return Root(skeleton=skeleton, layers=look.layers, binds=binds)

    def _bind(self, mount: Manifest) -> Bind:
        volume = self._volumes[mount["name"]]
        source = volume.folder / mount["subPath"] if mount.get("subPath") else volume.folder
        return Bind(
            source=source,
            target=mount["mountPath"].rstrip("/"),
            read_only=volume.read_only or mount.get("readOnly", False),
        )

    def _volume(self, spec: Manifest) -> Volume:
        if "persistentVolumeClaim" in spec:
            return Volume(self._claim(spec["persistentVolumeClaim"]["claimName"]))
        folder = self._folder / "volumes" / spec["name"]
        if "emptyDir" in spec:
            self._give_to_group(folder, 0o777)
            return Volume(folder)
        declared = spec.get("projected") or spec.get("configMap") or spec.get("secret")
        if declared is None:
            raise ValueError(f"volume {spec['name']} is of a kind that no contract test needed yet")
        sources = declared.get("sources") or [{kind: spec[kind]} for kind in ("configMap", "secret") if kind in spec]
        volume = Volume(
            folder,
            True,
            [(kind, ref) for source in sources for kind, ref in source.items()],
            declared.get("defaultMode", 0o644),
        )
        self._write(volume)
        return volume

    def _claim(self, claim: str) -> Path:
        folder = self._around.folder / "claims" / self._namespace / claim
        if not folder.exists():
            self._give_to_group(folder, 0o755)
        return folder

    def _give_to_group(self, folder: Path, mode: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self._group:
            shutil.chown(folder, group=self._group)
            mode |= 0o2070
        folder.chmod(mode)

    def _write(self, volume: Volume) -> None:
        volume.folder.mkdir(parents=True, exist_ok=True)
        for kind, ref in volume.sources:
            name = ref.get("secretName") or ref["name"]
            entries = self._around.objects.entries(
                "Secret" if kind == "secret" else "ConfigMap",
                self._namespace,
                name,
                optional=ref.get("optional", False),
            )
            paths = {item["key"]: item for item in ref.get("items") or ()} or {key: {"path": key} for key in entries}
            for key, item in paths.items():
                file = volume.folder / item["path"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(entries[key])
                if self._group:
                    shutil.chown(file, group=self._group)
                file.chmod(item.get("mode", volume.mode) | (0o440 if self._group else 0))


def _system_files(etc: Path, look: Image) -> None:
    users = {"root": 0, "nobody": 65534, **look.users}
    (etc / "passwd").write_text("".join(f"{name}:x:{uid}:{uid}:{name}:/:/bin/false\n" for name, uid in users.items()))
    (etc / "group").write_text("".join(f"{name}:x:{uid}:\n" for name, uid in users.items()))
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
    (etc / "resolv.conf").touch()
    for name in _SYSTEM_FILES:
        for source in (*(layer / "etc" / name for layer in look.layers), Path("/etc", name)):
            if source.is_dir():
                shutil.copytree(source, etc / name, symlinks=True, dirs_exist_ok=True, ignore_dangling_symlinks=True)
            elif source.is_file():
                shutil.copy(source, etc / name)
            else:
                continue
            break


def _mount_point(path: Path, is_folder: bool) -> None:
    if is_folder:
        path.mkdir(parents=True, exist_ok=True)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
