"""What names on AWS promise: HTTPS to whom it was meant for, and nothing that a controller leaves behind."""

from typing import Any

import pytest

from infra.graph import Graph
from infra.graph.kubernetes import objects
from tests.unit.components.environment import callers, environment, manifests, of, output

ACCOUNT = {"kind": "aws", "id": "111122223333", "region": "eu-central-1"}
NETWORK = {"kind": "vpc", "cidr": "10.64.0.0/16", "nat": "single", "endpoints": []}
GROUP = "sg-0a1b2c3d4e5f60001"
CLUSTER = {
    "kind": "existing_eks",
    "name": "ml",
    "endpoint": "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com",
    "certificate_authority": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURQ==",
    "security_group_id": GROUP,
}
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
ZONE = {"kind": "existing_zone", "domain": "ml.example.com", "zone_id": "Z0123456789ABCDEFGHIJ"}
OFFICE = "203.0.113.0/24"


def named(dns: dict[str, Any], **settings: Any) -> Graph:
    return environment(account=ACCOUNT, **{"network": NETWORK, "cluster": CLUSTER, "dns": dns, **settings})


def balancer(**settings: Any) -> Graph:
    return named({**ZONE, "certificate_arn": CERTIFICATE, "load_balancer": settings})


@pytest.fixture(scope="module")
def graph() -> Graph:
    return named({"kind": "route53", "domain": "ml.example.com"})


@pytest.fixture(scope="module")
def internet() -> Graph:
    return balancer(scheme="internet", allowed_addresses=[OFFICE, "198.51.100.7/32"])


def records(graph: Graph) -> dict[str, tuple[str, Any]]:
    """By name: the type of a record, and what it leads to."""
    return {
        r.inputs["name"]: (r.inputs["type"], r.inputs.get("records") or r.inputs["aliases"][0]["name"])
        for r in of(graph, "Record").values()
    }


def zones(graph: Graph) -> set[str]:
    """Tiers of the subnets that the load balancer is in."""
    subnets = {r.outputs["id"]: r.name for r in of(graph, "Subnet").values()}
    return {subnets[id_].split("-")[1] for id_ in of(graph, "LoadBalancer")["load-balancer"].inputs["subnets"]}


def test_the_certificate_is_for_the_domain_and_what_is_below_it(graph: Graph) -> None:
    (certificate,) = of(graph, "Certificate").values()
    assert (certificate.inputs["domainName"], certificate.inputs["subjectAlternativeNames"]) == (
        "ml.example.com",
        ["*.ml.example.com"],
    )
    proof = certificate.outputs["domainValidationOptions"][0]
    assert records(graph)[proof["resourceRecordName"]] == ("CNAME", [proof["resourceRecordValue"]])
    listener = of(graph, "Listener")["load-balancer"].inputs
    assert listener["certificateArn"] == of(graph, "CertificateValidation")["dns-certificate"].outputs["certificateArn"]


def test_the_tracking_server_has_a_name_in_the_domain(graph: Graph) -> None:
    assert output(graph, "tracking_url") == "https://tracking.ml.example.com"
    host = of(graph, "LoadBalancer")["load-balancer"].outputs["dnsName"]
    assert records(graph)["tracking.ml.example.com"] == ("A", host)
    (rule,) = of(graph, "ListenerRule").values()
    assert rule.inputs["conditions"] == [{"hostHeader": {"values": ["tracking.ml.example.com"]}}]
    assert rule.inputs["actions"][0]["targetGroupArn"] == of(graph, "TargetGroup")["tracking"].outputs["arn"]


def test_names_that_settings_give_come_first_and_others_are_their_owner_s() -> None:
    graph = named(
        {**ZONE, "certificate_arn": CERTIFICATE}, tracking={"hosts": ["ml.example.com", "mlflow.example.org"]}
    )
    assert output(graph, "tracking_url") == "https://ml.example.com"
    assert set(records(graph)) == {"ml.example.com"}


def test_https_is_the_only_way_in(graph: Graph) -> None:
    listeners = [r.inputs for r in of(graph, "Listener").values()]
    assert [(listener["protocol"], listener["port"]) for listener in listeners] == [("HTTPS", 443)]
    assert listeners[0]["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
    assert listeners[0]["defaultActions"][0]["fixedResponse"]["statusCode"] == "404"


def test_within_the_network_it_is_for_the_network(graph: Graph) -> None:
    assert of(graph, "LoadBalancer")["load-balancer"].inputs["internal"] is True
    assert zones(graph) == {"intra"}
    assert _let_in(graph) == {("10.64.0.0/16", 443)}


def test_on_the_internet_it_is_for_named_addresses(internet: Graph) -> None:
    assert of(internet, "LoadBalancer")["load-balancer"].inputs["internal"] is False
    assert zones(internet) == {"public"}
    assert _let_in(internet) == {(OFFICE, 443), ("198.51.100.7/32", 443)}


def _let_in(graph: Graph) -> set[tuple[str, int]]:
    return {
        (r.inputs["cidrIpv4"], r.inputs["fromPort"])
        for r in of(graph, "SecurityGroupIngressRule").values()
        if "cidrIpv4" in r.inputs
    }


def test_it_reaches_the_pods_proxy_and_nothing_else(internet: Graph) -> None:
    group = of(internet, "SecurityGroup")["load-balancer"].outputs["id"]
    (out,) = of(internet, "SecurityGroupEgressRule").values()
    assert (out.inputs["referencedSecurityGroupId"], out.inputs["fromPort"], out.inputs["toPort"]) == (
        GROUP,
        8080,
        8080,
    )
    (into,) = [r for r in of(internet, "SecurityGroupIngressRule").values() if r.inputs["securityGroupId"] == GROUP]
    assert (into.inputs["referencedSecurityGroupId"], into.inputs["fromPort"], into.inputs["toPort"]) == (
        group,
        8080,
        8080,
    )


@pytest.mark.parametrize(
    ("scheme", "cidrs"),
    [
        ("internal", {"10.64.224.0/21", "10.64.232.0/21", "10.64.240.0/21"}),
        ("internet", {"10.64.192.0/21", "10.64.200.0/21", "10.64.208.0/21"}),
    ],
)
def test_pods_let_in_the_subnets_of_the_load_balancer_alone(scheme: str, cidrs: set[str]) -> None:
    graph = balancer(scheme=scheme, allowed_addresses=[OFFICE])
    policy = manifests(graph)["NetworkPolicy", "mlops-tracking", "tracking"]
    assert callers(policy, 8080) == cidrs


def test_pods_are_registered_with_a_target_group_that_the_stack_owns(graph: Graph) -> None:
    group = of(graph, "TargetGroup")["tracking"]
    (binding,) = [o.manifest for o in objects(graph) if o.kind == "TargetGroupBinding"]
    assert binding["apiVersion"] == "eks.amazonaws.com/v1"
    assert binding["metadata"]["namespace"] == "mlops-tracking"
    assert binding["spec"] == {
        "targetGroupARN": group.outputs["arn"],
        "targetType": "ip",
        "serviceRef": {"name": "tracking", "port": 80},
    }
    service = manifests(graph)["Service", "mlops-tracking", "tracking"]
    assert service["spec"]["ports"][0]["port"] == 80
    assert group.inputs["tags"] == {"eks:eks-cluster-name": "ml"}


def test_a_controller_of_one_s_own_has_its_own_kind_of_binding() -> None:
    graph = balancer(controller="aws_load_balancer_controller")
    assert [o.manifest["apiVersion"] for o in objects(graph) if o.kind == "TargetGroupBinding"] == [
        "elbv2.k8s.aws/v1beta1"
    ]


OIDC = {"kind": "oidc", "issuer": "https://login.example.com", "client_id": "ml", "email_domains": ["example.com"]}


@pytest.mark.parametrize(("auth", "answer"), [({"kind": "basic"}, ("/", "401")), (OIDC, ("/ping", "200"))])
def test_health_is_asked_of_the_very_proxy_that_people_meet(auth: dict[str, Any], answer: tuple[str, str]) -> None:
    graph = environment(
        {"tracking_oidc_client_secret": "x"},
        account=ACCOUNT,
        network=NETWORK,
        cluster=CLUSTER,
        dns={**ZONE, "certificate_arn": CERTIFICATE},
        tracking={"auth": auth},
    )
    check = of(graph, "TargetGroup")["tracking"].inputs["healthCheck"]
    assert (check["path"], check["matcher"]) == answer


def test_a_zone_says_what_to_delegate_to_and_waits() -> None:
    graph = named({"kind": "route53", "domain": "ml.example.com", "delegated": False})
    assert output(graph, "dns_name_servers") == of(graph, "Zone")["dns"].outputs["nameServers"]
    assert of(graph, "Certificate") == of(graph, "LoadBalancer") == of(graph, "Record") == {}


def test_a_zone_delegates_itself_where_its_parent_is_at_hand() -> None:
    graph = named({"kind": "route53", "domain": "ml.example.com", "parent_zone_id": "Z0123456789ABCDEFGHIJ"})
    delegation = of(graph, "Record")["dns-delegation"]
    assert delegation.inputs["zoneId"] == "Z0123456789ABCDEFGHIJ"
    assert records(graph)["ml.example.com"] == ("NS", of(graph, "Zone")["dns"].outputs["nameServers"])
    proof = of(graph, "Record")["dns-certificate-proof"]
    assert proof.inputs["zoneId"] == of(graph, "Zone")["dns"].outputs["zoneId"]


def test_a_zone_of_its_own_is_protected(graph: Graph) -> None:
    assert of(graph, "Zone")["dns"].protect


def test_a_zone_and_a_certificate_that_exist_are_taken_as_they_are() -> None:
    graph = named({**ZONE, "certificate_arn": CERTIFICATE})
    assert of(graph, "Zone") == of(graph, "Certificate") == {}
    assert of(graph, "Listener")["load-balancer"].inputs["certificateArn"] == CERTIFICATE
    assert set(records(graph)) == {"tracking.ml.example.com"}


def test_without_a_domain_nobody_comes_in_from_outside_the_cluster() -> None:
    graph = environment(account=ACCOUNT, network=NETWORK, cluster=CLUSTER)
    assert of(graph, "LoadBalancer") == {}
    assert "ingress" not in manifests(graph)["NetworkPolicy", "mlops-tracking", "tracking"]["spec"]
