"""What is changed in an environment's objects before a control plane without its cloud gets them."""

from collections.abc import Mapping
from typing import Any

from infra.engines.manifests import Declared
from infra.simulation.objects import missing_definitions, without_disks


def item(version: str, kind: str, name: str, spec: Mapping[str, Any] | None = None, **metadata: str) -> Declared:
    manifest = {"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec or {}}
    return Declared(manifest, "component", f"kubernetes:{version}:{kind}")


def test_kinds_that_nobody_defines_get_a_definition_that_accepts_any_spec() -> None:
    crd = {"group": "serving.example.com", "names": {"kind": "Model"}}
    made = missing_definitions(
        [
            item("v1", "Namespace", "a"),
            item("apps/v1", "Deployment", "a", namespace="a"),
            item("apiextensions.k8s.io/v1", "CustomResourceDefinition", "models.serving.example.com", crd),
            item("serving.example.com/v1", "Model", "a", namespace="a"),
            item("karpenter.sh/v1", "NodePool", "gpu"),
            item("eks.amazonaws.com/v1", "NodeClass", "a"),
            item("eks.amazonaws.com/v1", "TargetGroupBinding", "a", namespace="a"),
        ]
    )
    assert {d["metadata"]["name"]: d["spec"]["scope"] for d in made} == {
        "nodepools.karpenter.sh": "Cluster",
        "nodeclasses.eks.amazonaws.com": "Cluster",
        "targetgroupbindings.eks.amazonaws.com": "Namespaced",
    }


def test_volumes_of_declared_classes_become_simulated_ones_and_others_stay_as_they_are() -> None:
    disk = {"resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "gp3"}
    items = without_disks(
        [
            item("storage.k8s.io/v1", "StorageClass", "gp3"),
            item("v1", "PersistentVolumeClaim", "data", disk),
            item("v1", "PersistentVolumeClaim", "other", {**disk, "storageClassName": "of-somebody-else"}),
            item("apps/v1", "StatefulSet", "set", {"volumeClaimTemplates": [{"spec": disk}]}),
        ],
        "standard",
    )
    specs = {one.manifest["metadata"]["name"]: one.manifest["spec"] for one in items}
    assert specs["data"] == {**disk, "storageClassName": "standard"}
    assert specs["other"]["storageClassName"] == "of-somebody-else"
    assert specs["set"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "standard"
    assert "gp3" not in specs
