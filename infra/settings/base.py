"""What every settings model is: strict, frozen, and silent about the values it refuses."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Item = TypeVar("Item")


class Settings(BaseModel):
    """Unknown keys are errors; values are never coerced, changed or printed in errors."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Capabilities that this kind can't do without, and which of their kinds will do."""


@dataclass(frozen=True)
class Form:
    """What a text must look like: a pattern for machines, words and an example for people."""

    pattern: str
    says: str
    """Completes «must be …»."""
    example: str
    holds: Callable[[str], bool] = lambda _: True
    """What a pattern can't say."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, value: str) -> str:
        # `$` alone would let a line end through.
        if re.search(self.pattern, value) and value.endswith("\n") <= self.example.endswith("\n") and self.holds(value):
            return value
        raise PydanticCustomError("form", "must be {wanted}", {"wanted": self.wanted})

    @property
    def wanted(self) -> str:
        """Completes «must be …», with the example where it fits a line."""
        return self.says if "\n" in self.example else f"{self.says}, like `{self.example}`"


_CRON_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_CRON_ITEM = r"(\*|[0-9]+(-[0-9]+)?)(/[1-9][0-9]*)?"
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(\.{_LABEL})*"


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK_TIME = rf"({'|'.join(_DAYS)}):([01][0-9]|2[0-3]):[0-5][0-9]"


def _is_window(value: str) -> bool:
    """Whether it is as long as RDS wants it (API reference, CreateDBInstance): 30 minutes to a day."""
    begin, end = (
        _DAYS.index(day) * 1440 + int(hour) * 60 + int(minute)
        for day, hour, minute in (time.split(":") for time in value.split("-"))
    )
    return 30 <= (end - begin) % 10_080 <= 1440


def _cron_in_range(value: str) -> bool:
    return all(
        all(low <= int(number) <= high for item in field.split(",") for number in _numbers(item))
        for field, (low, high) in zip(value.split(" "), _CRON_LIMITS, strict=True)
    )


def _numbers(item: str) -> list[str]:
    return re.findall(r"[0-9]+", item.split("/")[0])


def _is_bucket(value: str) -> bool:
    reserved = value.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or value.endswith(("-s3alias", "--ol-s3"))
    return not reserved and ".." not in value and not re.fullmatch(r"[0-9.]+", value)


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return False
    return True


def _is_host(value: str) -> bool:
    return len(value) <= 253 and not re.fullmatch(r"[0-9.]+", value)


DnsLabel = Annotated[
    str,
    Form(
        r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", "a DNS label: at most 63 lower-case letters, digits and hyphens", "ml-1"
    ),
]
HostName = Annotated[
    str, Form(rf"^{_HOST}$", "a DNS name without scheme, port or path", "mlflow.example.com", _is_host)
]
HttpUrl = Annotated[
    str,
    Form(rf"^https?://{_HOST}(:[0-9]{{1,5}})?/?$", "an http or https address without a path", "https://s3.example.com"),
]
HttpsUrl = Annotated[
    str,
    Form(rf"^https://{_HOST}(:[0-9]{{1,5}})?(/[^?#\s]*)?$", "an https address", "https://login.example.com/realms/ml"),
]
BucketName = Annotated[
    str,
    Form(
        r"^[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$",
        "an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and dots",
        "team-datasets",
        _is_bucket,
    ),
]
Quantity = Annotated[str, Form(r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$", "a whole number of Ki, Mi, Gi or Ti", "20Gi")]
Cpu = Annotated[str, Form(r"^[1-9][0-9]*m?$", "whole cores or millicores, in quotes", "500m")]
Cron = Annotated[
    str,
    Form(
        rf"^{_CRON_ITEM}(,{_CRON_ITEM})*( {_CRON_ITEM}(,{_CRON_ITEM})*){{4}}$",
        "five fields: minute, hour, day of month, month, day of week",
        "23 1 * * *",
        _cron_in_range,
    ),
]
Pem = Annotated[
    str,
    Form(
        r"-----BEGIN CERTIFICATE-----\n",
        "one or more certificates in PEM, without any private key",
        "-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n",
        lambda text: "-----END CERTIFICATE-----" in text and "PRIVATE KEY" not in text,
    ),
]
Region = Annotated[str, Form(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a region", "eu-central-1")]
AwsRegion = Annotated[str, Form(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "an AWS region", "eu-central-1")]
Zone = Annotated[str, Form(r"^[a-z]$", "the letter of an availability zone", "a")]
AccountId = Annotated[str, Form(r"^[0-9]{12}$", "the 12 digits of an AWS account, in quotes", "111122223333")]
PolicyArn = Annotated[
    str,
    Form(
        r"^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):policy/\S+$",
        "the ARN of an IAM policy",
        "arn:aws:iam::111122223333:policy/boundary",
    ),
]
DatabaseClass = Annotated[str, Form(r"^db\.[a-z0-9]+\.[a-z0-9]+$", "an RDS instance class", "db.m7g.large")]
WeeklyWindow = Annotated[
    str,
    Form(
        rf"^{_WEEK_TIME}-{_WEEK_TIME}$",
        "two times of the week, half an hour apart or more",
        "sun:03:00-sun:04:00",
        _is_window,
    ),
]
CacheSecretArn = Annotated[
    str,
    Form(
        r"^arn:aws(-[a-z]+)*:secretsmanager:[-a-z0-9]+:[0-9]{12}:secret:ecr-pullthroughcache/[-/_+=.@A-Za-z0-9]+$",
        "the ARN of a secret that is named `ecr-pullthroughcache/…`",
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/docker-a1b2c3",
    ),
]
RepositoryName = Annotated[
    str,
    Form(
        r"^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$",
        "a repository's name: lower-case letters and digits, with single `.`, `_`, `-` or `/` between them",
        "serving/vision",
        lambda text: len(text) <= 200,
    ),
]
RoleArn = Annotated[
    str,
    Form(
        r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[-A-Za-z0-9+=,.@_/]*[-A-Za-z0-9+=,.@_]$",
        "the ARN of an IAM role",
        "arn:aws:iam::111122223333:role/platform",
    ),
]
InstanceTypeName = Annotated[
    str, Form(r"^[a-z][-a-z0-9]*[0-9][-a-z0-9]*\.[-a-z0-9]+$", "an EC2 instance type", "m7i.large")
]
InstanceFamily = Annotated[str, Form(r"^[a-z][-a-z0-9]*[0-9][-a-z0-9]*$", "a family of EC2 instance types", "m7i")]
ReservationId = Annotated[str, Form(r"^cr-[0-9a-f]{8,17}$", "the id of a capacity reservation", "cr-0123456789abcdef0")]
SecurityGroupId = Annotated[str, Form(r"^sg-[0-9a-f]{8,17}$", "the id of a security group", "sg-0123456789abcdef0")]
ClusterName = Annotated[
    str, Form(r"^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$", "the name of an EKS cluster: letters, digits, - and _", "ml-prod")
]
EksEndpoint = Annotated[
    str,
    Form(
        r"^https://[0-9A-Za-z]+(\.[-0-9a-z]+)*\.eks\.amazonaws\.[.a-z]+$",
        "the address of an EKS API server",
        "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com",
    ),
]
KubernetesVersion = Annotated[str, Form(r"^1\.[0-9]{2}$", "a Kubernetes minor version, in quotes", "1.36")]
Base64 = Annotated[str, Form(r"^[A-Za-z0-9+/]{8,}={0,2}$", "a text in base64", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURQ==")]
Cidr = Annotated[
    str, Form(r"^[0-9a-f.:]+/[0-9]{1,3}$", "a range of addresses in CIDR notation", "10.0.0.0/8", _is_network)
]
Ipv4Cidr = Annotated[
    str, Form(r"^[0-9.]+/[0-9]{1,2}$", "a range of IPv4 addresses in CIDR notation", "10.64.0.0/16", _is_network)
]
VpcId = Annotated[str, Form(r"^vpc-[0-9a-f]{8,17}$", "the id of a VPC", "vpc-0a1b2c3d4e5f60001")]
SubnetId = Annotated[str, Form(r"^subnet-[0-9a-f]{8,17}$", "the id of a subnet", "subnet-0a1b2c3d4e5f60001")]
DomainName = Annotated[
    str,
    Form(
        rf"^{_LABEL}(\.{_LABEL})+$",
        "a domain of at most 64 characters",
        "ml.example.com",
        # The first name of a certificate (ACM API reference, RequestCertificate).
        lambda text: len(text) <= 64 and _is_host(text),
    ),
]
ZoneId = Annotated[str, Form(r"^Z[A-Z0-9]{1,31}$", "the id of a zone on Route 53", "Z0123456789ABCDEFGHIJ")]
CertificateArn = Annotated[
    str,
    Form(
        r"^arn:aws(-[a-z]+)*:acm:[-a-z0-9]+:[0-9]{12}:certificate/[-0-9a-f]+$",
        "the ARN of a certificate of ACM",
        "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f",
    ),
]
EmailAddress = Annotated[
    str,
    Form(
        r"^[^\s@]{1,64}@[^\s@]+\.[^\s@.]+$", "an e-mail address", "platform@example.com", lambda text: len(text) <= 254
    ),
]
Text = Annotated[str, Form(r"^\S(.*\S)?$", "a non-empty text without spaces around it", "ml")]
Days = Annotated[int, Field(ge=1, le=3650)]
# What CloudWatch Logs takes (API reference, PutRetentionPolicy).
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
Percent = Annotated[int, Field(ge=1, le=1000)]
Replicas = Annotated[int, Field(ge=1, le=32)]
# YAML knows lists alone; a frozen model holds tuples. The items stay strict.
Tuple = Annotated[tuple[Item, ...], Field(strict=False)]
FrozenMap = Annotated[
    Mapping[str, Item],
    AfterValidator(lambda value: MappingProxyType(dict(value))),
    PlainSerializer(dict, return_type=dict),
]


_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def in_bytes(quantity: str) -> int:
    """The bytes of a `Quantity`."""
    return int(quantity[:-2]) * _UNITS[quantity[-2:]]


def in_millicores(cpu: str) -> int:
    """The thousandths of a core of a `Cpu`."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


class Resources(Settings):
    """What one container asks for. Memory is request and limit alike."""

    cpu: Cpu
    """Cores requested: `500m` is half a core."""
    memory: Quantity = Field(examples=["2Gi"])
    """Memory, request and limit alike."""
    cpu_limit: Cpu = Field("1", examples=["2"])
    """Cores at most."""
