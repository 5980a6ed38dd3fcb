"""What providers would answer: unique, plausible outputs that depend on nothing but the resource's URN and inputs."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.graph.model import Secret
from infra.graph.secrecy import bare


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource as its provider is asked to create it."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider made of it: the id, and the outputs that differ from the inputs or add to them."""

    id: str
    outputs: Mapping[str, Any]


Simulation = Callable[[Declared], Answer]


def suffix(urn: str, length: int = 8) -> str:
    """A short unique string, the same for the same URN: what autonaming would append."""
    return hashlib.sha256(urn.encode()).hexdigest()[:length]


def _default(declared: Declared) -> Answer:
    return Answer(f"{declared.name}-{suffix(declared.urn)}", {})


def _provider(declared: Declared) -> Answer:
    return Answer(str(uuid.uuid5(uuid.NAMESPACE_URL, declared.urn)), {})


def _random_password(declared: Declared) -> Answer:
    length = int(declared.inputs.get("length", 32))
    digest = hashlib.shake_256(declared.urn.encode()).hexdigest(length)
    return Answer("none", {"result": Secret(digest[:length])})


def _kubernetes(declared: Declared) -> Answer:
    """The object as the API server would store it: named, and with the addresses that others refer to."""
    given = declared.inputs.get("metadata")
    metadata = dict(bare(given) or {})
    metadata.setdefault("name", f"{metadata.get('generateName') or declared.name + '-'}{suffix(declared.urn)}")
    name, namespace = metadata["name"], metadata.get("namespace")
    stored = {**metadata, **given} if isinstance(given, Mapping) else metadata
    stored["uid"] = str(uuid.uuid5(uuid.NAMESPACE_URL, declared.urn))
    outputs: dict[str, Any] = {"metadata": Secret(stored) if isinstance(given, Secret) else stored}
    spec = declared.inputs.get("spec")
    if declared.inputs.get("kind") == "Service" and isinstance(spec, Mapping):
        outputs["spec"] = _service_spec(spec, declared.urn)
        if spec.get("type") == "LoadBalancer":
            host = f"{name}-{suffix(declared.urn)}.elb.example.internal"
            outputs["status"] = {"loadBalancer": {"ingress": [{"hostname": host}]}}
    return Answer(f"{namespace}/{name}" if namespace else name, outputs)


def _service_spec(spec: Mapping[str, Any], urn: str) -> dict[str, Any]:
    digest = hashlib.sha256(urn.encode()).digest()
    return {"clusterIP": f"10.96.{digest[0]}.{1 + digest[1] % 254}", **spec}


# A type that is not named here answers by its package, or else with an id alone.
TYPES: dict[str, Simulation] = {"random:index/randomPassword:RandomPassword": _random_password}
PACKAGES: dict[str, Simulation] = {"kubernetes": _kubernetes, "pulumi": _provider}


def simulate(declared: Declared) -> Answer:
    """The simulated answer to one registration."""
    if declared.type.startswith("aws:"):
        from infra.graph.simulate_aws import aws

        return aws(declared)
    simulation = TYPES.get(declared.type) or PACKAGES.get(declared.type.partition(":")[0], _default)
    return simulation(declared)
