"""Which availability zone each subnet of a state lies in."""

from collections.abc import Sequence

from infra.errors import UserError
from infra.terraform.state import State


def by_zone(state: State, subnets: Sequence[str], key: str, address: str) -> dict[str, int]:
    """The index of each zone's subnet; raises `UserError` where the state doesn't say it, or a zone has two."""
    known = {
        instance.attributes.get("id"): instance.attributes.get("availability_zone")
        for instance in state.instances
        if instance.type == "aws_subnet"
    }
    zones = [known.get(subnet) for subnet in subnets]
    listed = state.outputs.get("azs")
    if None in zones and listed and isinstance(listed.value, list) and len(listed.value) == len(subnets):
        # The module puts the i-th subnet of every list into the i-th zone.
        zones = listed.value
    found = {str(zone): index for index, zone in enumerate(zones) if zone}
    if len(found) < len(subnets):
        raise UserError(
            f"{address}: the state doesn't say which zone each of these subnets lies in, or two share one; name one a "
            f"zone, like --map {key}.ZONE={address}[0]"
        )
    return found
