"""A throwaway simulated control plane, with the tools of this user's cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import UserError
from infra.settings.capabilities import SimulatedCluster
from infra.toolchain import ControlPlane
from infra.toolchain import control_plane as make_control_plane


@pytest.fixture(scope="package")
def cluster_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder of these tests' own: their commands don't see the user's control planes or kubeconfig."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDWORK_STATE", str(folder))
        patch.setenv("KUBECONFIG", str(folder / "users-kubeconfig"))
        yield folder


@pytest.fixture(scope="package")
def control_plane(cluster_state: Path) -> Iterator[ControlPlane]:
    """The simulated control plane of environment `local`, started and furnished with nodes."""
    plane = make_control_plane(SimulatedCluster(kind="simulated"), "local", on_progress=print)
    try:
        plane.start()
    except UserError as error:
        pytest.skip(f"no simulated control plane here: {error}")
    yield plane
    plane.delete()
