"""Opening an environment: what is refused before anything is started, and which engine is taken."""

from pathlib import Path

import pytest

from infra.engines import select
from infra.engines.places import last_target, remember
from infra.engines.record import Record, check_record
from infra.engines.select import Request, opened
from infra.errors import UserError
from infra.paths import environment_dir
from infra.settings import load
from infra.settings.capabilities import ExistingCluster, SimulatedCluster
from infra.toolchain.existing import ExistingControlPlane


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GROUNDWORK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (
            Request("local", engine="terraform"),
            "--engine terraform: there is no such one; known are auto, pulumi, helm",
        ),
        (Request("local", cluster="minikube"), "known are auto, existing, kind, simulated"),
        (Request("local", cluster="existing"), "--cluster existing needs --context NAME"),
        (Request("local", cluster="simulated", context="x"), "--cluster simulated is another one"),
        (Request("nowhere"), "there is no stack `nowhere`"),
        (Request("local", context="nowhere"), "there is no context `nowhere`"),
        (Request("local", cluster="simulated"), "no control plane yet, so nothing is installed"),
    ],
)
def test_what_can_not_be_opened_is_refused_with_what_to_do(request_: Request, says: str) -> None:
    with pytest.raises(UserError) as caught, opened(request_, "preview", print):
        pass
    assert says in str(caught.value)


def test_the_engine_is_the_asked_one_else_what_installed_it_else_pulumi_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_helm, local = Record("local", "helm"), load("local")
    monkeypatch.setattr(select, "find", lambda tool: Path("/bin/pulumi"))
    assert select._engine_name(Request("local", engine="pulumi"), local, by_helm) == "pulumi"
    assert select._engine_name(Request("local"), local, by_helm) == "helm"
    assert select._engine_name(Request("local"), local, None) == "pulumi"
    monkeypatch.setattr(select, "find", lambda tool: None)
    assert select._engine_name(Request("local"), local, None) == "helm"


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (Record("prod", "helm"), "holds the environment 'prod'"),
        (Record("local", "pulumi"), "was installed by the pulumi engine"),
    ],
)
def test_what_another_environment_or_engine_installed_is_refused(record: Record, says: str) -> None:
    with pytest.raises(UserError, match="nothing was changed") as caught:
        check_record(record, "local", "helm", "the cluster")
    assert says in str(caught.value)


def test_the_command_line_wins_over_where_the_last_up_went() -> None:
    stack, directory = load("local"), environment_dir("local")
    remember(directory, ExistingControlPlane("local", "k3s", offline=True, on_progress=print))
    assert select._wanted_cluster(Request("local"), stack, directory) == ExistingCluster(kind="existing", context="k3s")
    told = select._wanted_cluster(Request("local", cluster="simulated"), stack, directory)
    assert isinstance(told, SimulatedCluster)
    told = select._wanted_cluster(Request("local", context="other"), stack, directory)
    assert told == ExistingCluster(kind="existing", context="other")


def test_what_is_on_aws_needs_pulumi_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.engines.managed.find", lambda tool: None)
    with pytest.raises(UserError, match="only Pulumi can make") as caught, opened(Request("prod"), "preview", print):
        pass
    assert "groundwork tools get pulumi" in str(caught.value)
    by_helm = Request("prod", engine="helm")
    with pytest.raises(UserError, match="only Pulumi can make"), opened(by_helm, "preview", print):
        pass


def test_a_shell_is_pointed_at_a_managed_cluster_once_this_machine_has_reached_it() -> None:
    prod = load("prod")
    with pytest.raises(UserError, match="groundwork outputs prod"):
        last_target(prod)
    kubeconfig = environment_dir("prod") / "kubeconfig"
    kubeconfig.write_text("{}")
    assert last_target(prod).kubeconfig == kubeconfig
