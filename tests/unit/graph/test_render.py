"""Rendered files: complete, in clear where they may be, the same in every run, and nobody else's."""

import json
import shutil
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import pytest
import yaml

from infra.errors import UserError
from infra.graph import Graph, capture
from infra.graph.folder import write
from infra.graph.manifest import to_yaml
from infra.graph.render import KUSTOMIZATION, render

NAMESPACE = "_cluster/namespace-team.yaml"
CONFIG = "team/configmap-config.yaml"
SECRET = "team/secret-login.yaml"


def program() -> None:
    k8s.core.v1.Namespace("team", metadata={"name": "team"})
    k8s.core.v1.ConfigMap("config", metadata={"name": "config", "namespace": "team"}, data={"a": "line\nline\n"})
    k8s.core.v1.Secret("login", metadata={"name": "login", "namespace": "team"}, string_data={"password": "hunter2"})


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture("dev", program)


def found(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_object_has_its_file_and_the_kustomization_lists_them_all(graph: Graph) -> None:
    files = render(graph, show_secrets=True).files
    assert sorted(files) == sorted([NAMESPACE, CONFIG, SECRET, KUSTOMIZATION])
    assert yaml.safe_load(files[KUSTOMIZATION])["resources"] == [NAMESPACE, CONFIG, SECRET]
    assert yaml.safe_load(files[CONFIG])["data"] == {"a": "line\nline\n"}


def test_objects_that_hold_secrets_are_left_out_and_named_with_their_keys(graph: Graph) -> None:
    rendering = render(graph)
    assert SECRET not in rendering.files
    assert "# - Secret team/login (keys: password)" in rendering.files[KUSTOMIZATION].splitlines()
    assert "hunter2" not in repr(rendering) + "".join(rendering.files.values())


def test_any_object_with_a_secret_in_it_is_left_out() -> None:
    def leaking() -> None:
        k8s.core.v1.ConfigMap("c", metadata={"name": "c"}, data={"dsn": pulumi.Output.secret("hunter2")})

    rendering = render(capture("dev", leaking))
    assert list(rendering.files) == [KUSTOMIZATION]
    assert rendering.left_out == ("ConfigMap default/c",)


def test_two_runs_are_equal_to_the_byte(graph: Graph) -> None:
    again = render(capture("dev", program))
    assert list(again.files.items()) == list(render(graph).files.items())


def test_kinds_of_two_groups_under_one_name_get_a_file_each() -> None:
    def both() -> None:
        k8s.core.v1.Service("a", metadata={"name": "same"}, spec={"ports": [{"port": 80}]})
        k8s.apiextensions.CustomResource(
            "b",
            api_version="serving.knative.dev/v1",
            kind="Service",
            metadata={"name": "same", "namespace": "default"},
        )

    assert [path for path in render(capture("dev", both)).files if path != KUSTOMIZATION] == [
        "default/service.v1-same.yaml",
        "default/service.serving.knative.dev.v1-same.yaml",
    ]


def test_what_is_no_kubernetes_object_is_counted() -> None:
    class Bucket(pulumi.CustomResource):
        def __init__(self) -> None:
            super().__init__("aws:s3/bucket:Bucket", "b", {})

    assert render(capture("dev", Bucket)).elsewhere == {"aws:s3/bucket:Bucket": 1}


@pytest.mark.parametrize(
    "text", ["1e3", "12e45678", "0o17", "1_000", "yes", "on", "null", "~", "0x1f", "1.", "-", "=", ""]
)
def test_texts_that_look_like_something_else_stay_texts(text: str) -> None:
    line = to_yaml({"value": text})
    assert yaml.safe_load(line) == {"value": text}
    assert line.strip().endswith(("'", '"'))


def test_scripts_stay_readable() -> None:
    assert to_yaml({"run.sh": "#!/bin/sh\nexec x\n"}) == "run.sh: |\n  #!/bin/sh\n  exec x\n"


def test_a_folder_is_made_and_holds_the_rendering(graph: Graph, tmp_path: Path) -> None:
    rendering = render(graph)
    write(rendering, tmp_path / "deploy" / "dev")
    assert {**rendering.files} == {k: v for k, v in found(tmp_path / "deploy" / "dev").items() if not k.startswith(".")}


def test_stale_files_go_and_files_of_others_stay(graph: Graph, tmp_path: Path) -> None:
    write(render(graph, show_secrets=True), tmp_path)
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "team" / "notes.txt").write_text("mine")
    assert write(render(graph), tmp_path) == [SECRET]
    files = found(tmp_path)
    assert SECRET not in files
    assert files["README.md"] == files["team/notes.txt"] == "mine"


def test_a_namespace_that_is_gone_leaves_no_empty_folder(graph: Graph, tmp_path: Path) -> None:
    write(render(graph), tmp_path)
    write(render(Graph("dev", ())), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".groundwork.json", KUSTOMIZATION]


def test_a_foreign_file_in_the_way_stops_everything(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / CONFIG).write_text("mine")
    with pytest.raises(UserError, match=CONFIG):
        write(render(graph), tmp_path)
    assert found(tmp_path) == {CONFIG: "mine"}


def test_a_link_out_of_the_folder_is_not_followed(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "team").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="team/"):
        write(render(graph), tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_folder_of_another_stack_is_refused(graph: Graph, tmp_path: Path) -> None:
    write(render(graph), tmp_path)
    with pytest.raises(UserError, match="stack dev"):
        write(render(Graph("prod", ())), tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"stack": "dev"}', '{"stack": "dev", "files": ["../../victim"]}'])
def test_a_damaged_record_is_refused_and_nothing_removed(graph: Graph, tmp_path: Path, text: str) -> None:
    (tmp_path / "victim").write_text("mine")
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / ".groundwork.json").write_text(text)
    with pytest.raises(UserError, match=r"\.groundwork\.json"):
        write(render(graph), folder)
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_file_instead_of_a_folder_is_refused(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        write(render(graph), tmp_path / "file")


def test_files_with_secrets_are_for_their_owner_alone(graph: Graph, tmp_path: Path) -> None:
    write(render(graph, show_secrets=True), tmp_path)
    assert (tmp_path / SECRET).stat().st_mode & 0o777 == 0o600
    assert "hunter2" in (tmp_path / SECRET).read_text()


def test_a_write_that_fails_changes_nothing_and_the_next_one_completes(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(render(Graph("dev", ())), tmp_path)
    before = found(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fdopen", full)
        with pytest.raises(UserError, match="No space left on device"):
            write(render(graph), tmp_path)
    assert found(tmp_path) == before
    write(render(graph), tmp_path)
    assert CONFIG in found(tmp_path)


def test_a_write_that_was_killed_half_way_is_completed(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = 0
    original = Path.replace

    def killed(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == 3:
            raise KeyboardInterrupt
        return original(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", killed)
        broken.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            write(render(graph, show_secrets=True), tmp_path)
    write(render(graph), tmp_path)
    assert {p for p in found(tmp_path) if not p.startswith(".")} == set(render(graph).files)
    assert sorted(json.loads((tmp_path / ".groundwork.json").read_text())["files"]) == sorted(render(graph).files)
    assert not (tmp_path / ".groundwork-drafts").exists()
