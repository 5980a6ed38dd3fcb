"""What AWS would answer: ids, ARNs, endpoints of the usual shape, unique to each resource."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from infra.graph.simulate import Answer, Declared, suffix

Outputs = Mapping[str, Any]
Simulation = Callable[[Declared, str], tuple[str, Outputs]]
"""From a resource and its physical name to its id and its own outputs."""

_ACCOUNT = "123456789012"


def aws(declared: Declared) -> Answer:
    """The simulated answer to one registration of an `aws:` resource.

    A resource has a `name` (its own, or autonamed) and an ARN; what more it has stands in `_TYPES` by its type.
    """
    name = _name(declared)
    id_, outputs = _TYPES.get(declared.type, _default)(declared, name)
    return Answer(id_, {"arn": _arn(declared, name), **outputs})


def _name(declared: Declared) -> str:
    """The physical name: given, from a prefix, or autonamed as Pulumi does it (name and 7 hexadecimal digits)."""
    inputs = declared.inputs
    given = next((inputs[key] for key in ("name", "bucket", "identifier") if isinstance(inputs.get(key), str)), None)
    prefix = inputs.get("namePrefix") or f"{declared.name}-"
    return given or f"{prefix}{suffix(declared.urn, 7)}"


def _arn(declared: Declared, name: str) -> str:
    service, kind = _service_and_kind(declared.type)
    return f"arn:aws:{service}:eu-central-1:{_ACCOUNT}:{kind}/{name}-{suffix(declared.urn)}"


def _service_and_kind(type_: str) -> tuple[str, str]:
    _, module, kind = type_.split(":")
    return module.partition("/")[0], kind[0].lower() + kind[1:]


def _hexadecimal(declared: Declared, prefix: str, length: int = 17) -> str:
    """`vpc-0a1b…`, as EC2 numbers its resources."""
    return f"{prefix}-0{hashlib.sha256(declared.urn.encode()).hexdigest()[: length - 1]}"


def _uuid(declared: Declared) -> str:
    digest = hashlib.sha256(declared.urn.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _default(declared: Declared, name: str) -> tuple[str, Outputs]:
    return name, {"name": name}


def _numbered(prefix: str) -> Simulation:
    return lambda declared, name: (_hexadecimal(declared, prefix), {})


def _role(declared: Declared, name: str) -> tuple[str, Outputs]:
    arn = f"arn:aws:iam::{_ACCOUNT}:role/{name}-{suffix(declared.urn)}"
    return name, {"name": name, "arn": arn, "uniqueId": f"AROA{suffix(declared.urn, 17).upper()}"}


def _policy(declared: Declared, name: str) -> tuple[str, Outputs]:
    arn = f"arn:aws:iam::{_ACCOUNT}:policy/{name}-{suffix(declared.urn)}"
    return arn, {"name": name, "arn": arn}


def _oidc(declared: Declared, name: str) -> tuple[str, Outputs]:
    arn = f"arn:aws:iam::{_ACCOUNT}:oidc-provider/{str(declared.inputs.get('url')).removeprefix('https://')}"
    return arn, {"arn": arn}


def _bucket(declared: Declared, name: str) -> tuple[str, Outputs]:
    return name, {"bucket": name, "arn": f"arn:aws:s3:::{name}"}


def _vault(declared: Declared, name: str) -> tuple[str, Outputs]:
    return name, {"name": name, "arn": f"arn:aws:backup:eu-central-1:{_ACCOUNT}:backup-vault:{name}"}


def _plan(declared: Declared, name: str) -> tuple[str, Outputs]:
    plan = _uuid(declared)
    return plan, {"name": name, "arn": f"arn:aws:backup:eu-central-1:{_ACCOUNT}:backup-plan:{plan}"}


def _repository(declared: Declared, name: str) -> tuple[str, Outputs]:
    host = f"{_ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
    arn = f"arn:aws:ecr:eu-central-1:{_ACCOUNT}:repository/{name}"
    return name, {"name": name, "arn": arn, "registryId": _ACCOUNT, "repositoryUrl": f"{host}/{name}"}


def _database(declared: Declared, name: str) -> tuple[str, Outputs]:
    mark = suffix(declared.urn, 12)
    secret = f"arn:aws:secretsmanager:eu-central-1:{_ACCOUNT}:secret:rds!db-{mark}"
    return f"db-{mark.upper()}", {
        "identifier": name,
        "arn": f"arn:aws:rds:eu-central-1:{_ACCOUNT}:db:{name}",
        "address": f"{name}.{mark}.eu-central-1.rds.amazonaws.com",
        "endpoint": f"{name}.{mark}.eu-central-1.rds.amazonaws.com:5432",
        "resourceId": f"db-{mark.upper()}",
        "masterUserSecrets": [
            {"secretArn": secret, "secretStatus": "active", "kmsKeyId": declared.inputs.get("masterUserSecretKmsKeyId")}
        ],
    }


def _key(declared: Declared, name: str) -> tuple[str, Outputs]:
    key = _uuid(declared)
    return key, {"keyId": key, "arn": f"arn:aws:kms:eu-central-1:{_ACCOUNT}:key/{key}"}


def _association(declared: Declared, name: str) -> tuple[str, Outputs]:
    association = f"a-{suffix(declared.urn, 17)}"
    return association, {"associationId": association}


def _log_group(declared: Declared, name: str) -> tuple[str, Outputs]:
    return name, {"name": name, "arn": f"arn:aws:logs:eu-central-1:{_ACCOUNT}:log-group:{name}"}


def _topic(declared: Declared, name: str) -> tuple[str, Outputs]:
    arn = f"arn:aws:sns:eu-central-1:{_ACCOUNT}:{name}"
    return arn, {"name": name, "arn": arn}


def _zone(declared: Declared, name: str) -> tuple[str, Outputs]:
    zone = f"Z0{suffix(declared.urn, 18).upper()}"
    servers = [f"ns-{number}.{suffix(declared.urn, 4)}.example.net" for number in range(4)]
    return zone, {"name": name, "zoneId": zone, "nameServers": servers}


def _record(declared: Declared, name: str) -> tuple[str, Outputs]:
    inputs = declared.inputs
    return f"{inputs.get('zoneId')}_{name}_{inputs.get('type')}", {"name": name, "fqdn": name.rstrip(".")}


def _certificate(declared: Declared, name: str) -> tuple[str, Outputs]:
    domain, digest = declared.inputs.get("domainName"), suffix(declared.urn, 32)
    arn = f"arn:aws:acm:eu-central-1:{_ACCOUNT}:certificate/{digest}"
    proof = {
        "resourceRecordName": f"_{digest}.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{suffix(arn, 32)}.acm-validations.aws.",
    }
    names = [domain, *(declared.inputs.get("subjectAlternativeNames") or ())]
    return arn, {"arn": arn, "domainValidationOptions": [{"domainName": each, **proof} for each in names]}


def _load_balancer(declared: Declared, name: str) -> tuple[str, Outputs]:
    digest = suffix(declared.urn, 16)
    arn = f"arn:aws:elasticloadbalancing:eu-central-1:{_ACCOUNT}:loadbalancer/app/{name}/{digest}"
    host = f"{name}-{digest}.eu-central-1.elb.amazonaws.com"
    return arn, {"name": name, "arn": arn, "dnsName": host, "zoneId": "Z215JYRZR1TBD5"}


def _of_load_balancing(kind: str) -> Simulation:
    def simulation(declared: Declared, name: str) -> tuple[str, Outputs]:
        digest = suffix(declared.urn, 16)
        arn = f"arn:aws:elasticloadbalancing:eu-central-1:{_ACCOUNT}:{kind}/{name}/{digest}"
        return arn, {"name": name, "arn": arn}

    return simulation


def _address(declared: Declared, name: str) -> tuple[str, Outputs]:
    allocation, digest = _hexadecimal(declared, "eipalloc"), hashlib.sha256(declared.urn.encode()).digest()
    return allocation, {"allocationId": allocation, "publicIp": f"203.0.113.{digest[0]}"}


def _cluster(declared: Declared, name: str) -> tuple[str, Outputs]:
    address = suffix(declared.urn, 32).upper()
    service = "eks.eu-central-1.amazonaws.com"
    return name, {
        "name": name,
        "arn": f"arn:aws:eks:eu-central-1:{_ACCOUNT}:cluster/{name}",
        "endpoint": f"https://{address}.gr7.eu-central-1.eks.amazonaws.com",
        "certificateAuthority": {"data": base64.b64encode(f"authority {address}".encode()).decode()},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.{service}/id/{address}"}]}],
        "vpcConfig": {
            **declared.inputs.get("vpcConfig", {}),
            "clusterSecurityGroupId": _hexadecimal(declared, "sg"),
            "vpcId": _hexadecimal(declared, "vpc"),
        },
        "platformVersion": "eks.1",
        "status": "ACTIVE",
    }


def _launch_template(declared: Declared, name: str) -> tuple[str, Outputs]:
    return _hexadecimal(declared, "lt"), {"name": name, "latestVersion": 1}


_TYPES: dict[str, Simulation] = {
    "aws:iam/role:Role": _role,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc,
    "aws:kms/key:Key": _key,
    "aws:backup/plan:Plan": _plan,
    "aws:backup/vault:Vault": _vault,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:rds/instance:Instance": _database,
    "aws:ecr/repository:Repository": _repository,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _association,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:acm/certificate:Certificate": _certificate,
    "aws:lb/listener:Listener": _of_load_balancing("listener/app"),
    "aws:lb/listenerRule:ListenerRule": _of_load_balancing("listener-rule/app"),
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _of_load_balancing("targetgroup"),
    "aws:route53/record:Record": _record,
    "aws:route53/zone:Zone": _zone,
    "aws:sns/topic:Topic": _topic,
    "aws:ec2/eip:Eip": _address,
    "aws:ec2/flowLog:FlowLog": _numbered("fl"),
    "aws:ec2/internetGateway:InternetGateway": _numbered("igw"),
    "aws:ec2/natGateway:NatGateway": _numbered("nat"),
    "aws:ec2/route:Route": _numbered("r-rtb"),
    "aws:ec2/routeTable:RouteTable": _numbered("rtb"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _numbered("rtbassoc"),
    "aws:eks/cluster:Cluster": _cluster,
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "aws:ec2/vpc:Vpc": _numbered("vpc"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _numbered("vpce"),
    "aws:ec2/subnet:Subnet": _numbered("subnet"),
    "aws:ec2/securityGroup:SecurityGroup": _numbered("sg"),
}
