"""Finds, installs or builds the tools; starts and stops local control planes."""

from infra.toolchain.control_planes import ControlPlane, Part, Status, control_plane
from infra.toolchain.obtaining import tool, tools
from infra.toolchain.versions import TOOLS

__all__ = ["TOOLS", "ControlPlane", "Part", "Status", "control_plane", "tool", "tools"]
