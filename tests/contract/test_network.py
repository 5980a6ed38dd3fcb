"""The NetworkPolicies let through what the platform needs and nothing else."""

import pytest

from tests.contract.environment import Declaration
from tests.contract.manifests import pod_template
from tests.contract.policies import End, Policies

ALLOWED = {
    ("tracking/server", "database/server", 5432),
    ("tracking/schema", "database/server", 5432),
    ("database/roles", "database/server", 5432),
    ("database/dump", "database/server", 5432),
    ("database/restore", "database/server", 5432),
    ("tracking/server", "object-storage/gateway", 7070),
    ("registry/server", "object-storage/gateway", 7070),
    ("registry/garbage-collection", "object-storage/gateway", 7070),
    ("database/dump", "object-storage/gateway", 7070),
    ("database/restore", "object-storage/gateway", 7070),
    ("object-storage/accounts", "object-storage/gateway", 7070),
    ("object-storage/accounts", "object-storage/gateway", 7071),
}


@pytest.fixture(scope="module")
def policies(declared: Declaration) -> Policies:
    """The platform's policies."""
    return Policies.of(declared.manifests)


def _ends(declared: Declaration) -> dict[str, End]:
    ends = {}
    for manifest in declared.manifests:
        if manifest["kind"] in ("Deployment", "StatefulSet", "Job", "CronJob"):
            labels = pod_template(manifest)["metadata"]["labels"]
            name = f"{labels['app.kubernetes.io/name']}/{labels['app.kubernetes.io/component']}"
            ends[name] = End(namespace=manifest["metadata"]["namespace"], labels=labels, address="10.2.0.9")
    return ends


def test_exactly_the_connections_that_the_platform_needs_are_allowed(declared: Declaration, policies: Policies) -> None:
    ends = _ends(declared)
    ports = {5000, 5001, 5432, 7070, 7071, 8080, 8081, 9464}
    found = {
        (source, target, port)
        for source in ends
        for target in ends
        for port in ports
        if policies.refusal(ends[source], ends[target], port) is None
    }
    assert found == ALLOWED


def test_a_pod_of_another_namespace_reaches_nothing_but_what_is_open_to_clients(
    declared: Declaration, policies: Policies
) -> None:
    stranger = End(namespace="elsewhere", labels={}, address="10.2.0.99")
    for name, end in _ends(declared).items():
        for port in (5001, 5432, 7070, 7071, 8081, 9464):
            assert policies.refusal(stranger, end, port) is not None, (name, port)
