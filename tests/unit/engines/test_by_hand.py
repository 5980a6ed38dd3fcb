"""What kubectl adds to an object, told by the managed fields that the server keeps."""

from typing import Any

from infra.engines.by_hand import added_by_hand, taken_over

CONTAINER = 'k:{"name":"main"}'


def pod_spec(**container: Any) -> dict[str, Any]:
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": {CONTAINER: {".": {}, **container}}}}}}


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **rest: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **rest}


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    ours = entry("helm", pod_spec(**{"f:image": {}, "f:args": {}}), "Apply")
    return {"metadata": {"name": "a", "managedFields": [ours, *entries]}}


def test_an_added_field_is_named_by_its_path() -> None:
    env = pod_spec(**{"f:env": {".": {}, 'k:{"name":"DEBUG"}': {".": {}, "f:value": {}}}})
    assert added_by_hand(live(entry("kubectl-set", env))) == ("spec.template.spec.containers[name=main].env",)
    data = entry("kubectl-edit", {"f:data": {"f:nginx.conf": {}}})
    assert added_by_hand(live(data)) == ("data",)


def test_what_we_declare_too_and_what_controllers_restarts_and_labels_add_is_no_drift() -> None:
    same = entry("kubectl-edit", pod_spec(**{"f:image": {}}))
    controller = entry("kube-controller-manager", {"f:spec": {"f:paused": {}}})
    scale = entry("kubectl", {"f:spec": {"f:replicas": {}}}, subresource="scale")
    restart = entry("kubectl-rollout", {"f:spec": {"f:template": {"f:metadata": {"f:annotations": {}}}}})
    label = entry("kubectl-label", {"f:metadata": {"f:labels": {"f:team": {}}}})
    assert added_by_hand(live(same, controller, scale, restart, label)) == ()


def test_added_fields_become_ours_and_labels_stay_theirs() -> None:
    fields = {**pod_spec(**{"f:env": {}}), "f:metadata": {"f:labels": {"f:team": {}}}}
    taken = taken_over(live(entry("kubectl-edit", fields), entry("kubelet", {"f:status": {}})))
    assert [one["manager"] for one in taken] == ["helm", "kubectl-edit", "kubelet"]
    assert taken[0]["fieldsV1"] == pod_spec(**{"f:image": {}, "f:args": {}, "f:env": {}})
    assert taken[1]["fieldsV1"] == {"f:metadata": {"f:labels": {"f:team": {}}}}
    assert added_by_hand({"metadata": {"managedFields": taken}}) == ()
