"""Rewrites instance_types.yaml and regions.yaml from the EC2 answers that moto records.

    python -m infra.catalog.refresh

moto is a tool of the tests: raise it, run this, read the difference. The regions below are not among its records.
"""

import gzip
import importlib.metadata
import importlib.resources
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

UNRECORDED = {
    "ap-east-2": "abc",
    "ap-southeast-6": "abc",
    "ap-southeast-7": "abc",
    "cn-north-1": "abd",
    "cn-northwest-1": "abc",
    "mx-central-1": "abc",
    "us-gov-east-1": "abc",
    "us-gov-west-1": "abc",
}
"""Zones of regions whose offers nobody recorded."""
FULL = {"us-west-1": ("abc", 2)}
"""Letters in all accounts together, and how many one account has
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html)."""
_NO_NODES = "mac"
"""Macs are rented by the host."""

Sizes = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Writes both files beside this one."""
    for name, lines in (("instance_types", types_lines()), ("regions", regions_lines())):
        Path(__file__).with_name(f"{name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def types_lines() -> Iterator[str]:
    """Lines of instance_types.yaml."""
    yield "# EC2 instance types. `xlarge 4/16/1`: size, vCPUs, GiB of memory, accelerators."
    yield "# `1x2861`: one accelerator of so many MiB."
    yield "# `memory` of an accelerator: MiB of each device. Written by infra/catalog/refresh.py."
    yield from _source()
    yield "families:"
    for family, sizes in _families().items():
        yield f"  {family}: {_entry(sizes)}"


def regions_lines() -> Iterator[str]:
    """Lines of regions.yaml."""
    yield "# AWS regions. `zones`: letters of the availability zones; `offers`: families of EC2 instance types, without"
    yield "# the sizes after `!`; left out where not recorded. Written by infra/catalog/refresh.py."
    yield from _source()
    yield "regions:"
    families = _families()
    recorded = {path.name.split(".")[0] for path in _records("region").iterdir()}
    for name in sorted(recorded | UNRECORDED.keys()):
        letters, count = FULL.get(name, (_zones(name) if name in recorded else UNRECORDED[name], 0))
        yield f"  {name}:"
        yield f"    zones: {letters}"
        if count:
            yield f"    zones_per_account: {count}"
        if name in recorded:
            yield f"    offers: {' '.join(_offers(name, families))}"


def _source() -> Iterator[str]:
    yield "source: EC2 DescribeInstanceTypes and DescribeInstanceTypeOfferings, as recorded by moto"
    yield f"version: moto {importlib.metadata.version('moto')}"


def _resources() -> Any:
    return importlib.resources.files("moto") / "ec2/resources"


def _records(kind: str) -> Any:
    return _resources() / "instance_type_offerings" / kind


def _read(path: Any) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def _families() -> dict[str, dict[str, Mapping[str, Any]]]:
    families: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for name, answer in _read(_resources() / "instance_types.json.gz").items():
        family, _, size = name.partition(".")
        if not family.startswith(_NO_NODES):
            families[family][size] = answer
    return {family: dict(sorted(families[family].items(), key=_order)) for family in sorted(families)}


def _order(item: tuple[str, Mapping[str, Any]]) -> tuple[bool, int, int, str]:
    size, answer = item
    return size.startswith("metal"), answer["VCpuInfo"]["DefaultVCpus"], answer["MemoryInfo"]["SizeInMiB"], size


def _entry(sizes: Sizes) -> str:
    first = next(iter(sizes.values()))
    architectures = first["ProcessorInfo"]["SupportedArchitectures"]
    devices = {size: _devices(answer) for size, answer in sizes.items()}
    shared = next((device for device in devices.values() if device), None)
    listed = ", ".join(f"{size} {_numbers(answer, devices[size], shared)}" for size, answer in sizes.items())
    accelerator = f", accelerator: {{{_named(shared)}}}" if shared else ""
    return f'{{architecture: {architectures[-1]}{accelerator}, sizes: "{listed}"}}'


def _named(device: Mapping[str, Any]) -> str:
    return f"vendor: {device['vendor']}, name: {device['name']}, memory: {device['memory']}"


def _numbers(answer: Mapping[str, Any], device: Mapping[str, Any] | None, shared: Mapping[str, Any] | None) -> str:
    numbers = f"{answer['VCpuInfo']['DefaultVCpus']}/{answer['MemoryInfo']['SizeInMiB'] / 1024:g}"
    if device is None or shared is None:
        return numbers
    memory = "" if device["memory"] == shared["memory"] else f"x{device['memory']}"
    return f"{numbers}/{device['count']}{memory}"


def _devices(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The accelerators of one type: GPUs, else AWS's and other vendors' own."""
    for group, key in (
        ("GpuInfo", "Gpus"),
        ("NeuronInfo", "NeuronDevices"),
        ("InferenceAcceleratorInfo", "Accelerators"),
    ):
        for device in answer.get(group, {}).get(key, ()):
            return {
                "vendor": device.get("Manufacturer", "AWS"),
                "name": device["Name"],
                # A part of a GPU is counted as none by EC2, and as one by the pods that see it.
                "count": device.get("LogicalGpuCount") or device["Count"],
                "memory": device["MemoryInfo"]["SizeInMiB"],
            }
    return None


def _zones(region: str) -> str:
    offers = _read(_records("availability-zone") / f"{region}.json.gz")
    return "".join(sorted({offer["Location"].removeprefix(region) for offer in offers}))


def _offers(region: str, families: Mapping[str, Sizes]) -> Iterator[str]:
    offered: dict[str, set[str]] = defaultdict(set)
    for offer in _read(_records("region") / f"{region}.json.gz"):
        family, _, size = offer["InstanceType"].partition(".")
        offered[family].add(size)
    for family in families:
        if family in offered:
            yield _offer(family, [size for size in families[family] if size not in offered[family]])


def _offer(family: str, missing: Iterable[str]) -> str:
    without = ",".join(missing)
    return f"{family}!{without}" if without else family


if __name__ == "__main__":
    main()
