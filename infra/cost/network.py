"""What networks cost."""

from collections.abc import Iterator

from infra.cost.model import HOURS, Gap, Line
from infra.cost.view import View


def nat_gateway(view: View) -> Iterator[Line | Gap]:
    yield view.hours("NAT gateway", 1, "nat_hour")
    yield from view.assumed("nat_gb", "data through NAT", "GB", "nat_gb")


def public_address(view: View) -> Iterator[Line | Gap]:
    yield view.hours("public IPv4 address", 1, "public_ipv4_hour")


def endpoint(view: View) -> Iterator[Line | Gap]:
    """Gateway endpoints are free; an interface endpoint is charged in each of its zones."""
    if view.inputs.get("vpcEndpointType", "Gateway") != "Interface":
        return
    zones = len(view.inputs.get("subnetIds") or ()) or view.index.zones
    yield view.hours("interface endpoint in a zone", zones, "vpc_endpoint_hour")
    yield from view.assumed("endpoint_gb", "data through the endpoint", "GB", "vpc_endpoint_gb")


def network(view: View) -> Iterator[Line | Gap]:
    """A VPC is free; what leaves it and what crosses its zones is not."""
    yield from view.assumed("internet_gb", "data to the internet", "GB", "transfer_out_gb")
    if view.index.zones > 1:
        yield from view.assumed("zones_gb", "data between zones", "GB", "transfer_zones_gb")


def flow_log(view: View) -> Iterator[Line | Gap]:
    """Into a log group they are charged there; into a bucket here."""
    if view.inputs.get("logDestinationType") == "s3":
        yield from view.assumed("flow_log_gb", "flow logs", "GB", "logs_delivered_gb")


def load_balancer(view: View) -> Iterator[Line | Gap]:
    kind = view.inputs.get("loadBalancerType", "application")
    public = not view.inputs.get("internal", False)
    yield from balancer(view, network=kind == "network", public=public)


def balancer(view: View, *, network: bool, public: bool) -> Iterator[Line | Gap]:
    """A load balancer of EC2, whoever makes it: one public address in each zone where the internet reaches it."""
    yield view.hours("network load balancer" if network else "application load balancer", 1, "alb_hour")
    unit = view.prices.of("nlb_lcu_hour" if network else "alb_lcu_hour").times(HOURS)
    yield from view.assumed("alb_lcu", "capacity, all month", "LCU", unit)
    if public:
        yield view.hours("public IPv4 address", view.index.zones, "public_ipv4_hour")


def hosted_zone(view: View) -> Iterator[Line | Gap]:
    yield view.line("hosted zone", 1, "zone", "route53_zone")
    yield from view.assumed("dns_queries", "queries", "queries", "route53_query")
