"""Programs of any size for benchmarks: what a platform declares, over and over."""

from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.aws import Statement, policy_document, trust_document
from components.workload import ResourcesArgs, WorkloadContainerArgs, WorkloadPodArgs, pod_template


def workloads(count: int) -> None:
    """`count` Kubernetes objects: applications of a ConfigMap, a ServiceAccount, a Service and a Deployment."""
    for number in range(count // 4):
        name = f"app-{number}"
        labels = {"app.kubernetes.io/name": name}
        meta = k8s.meta.v1.ObjectMetaArgs(name=name, namespace="apps", labels=labels)
        config = k8s.core.v1.ConfigMap(name, metadata=meta, data={"key": "value" * 20})
        account = k8s.core.v1.ServiceAccount(name, metadata=meta)
        k8s.core.v1.Service(
            name,
            metadata=meta,
            spec=k8s.core.v1.ServiceSpecArgs(selector=labels, ports=[k8s.core.v1.ServicePortArgs(port=80)]),
        )
        pod = WorkloadPodArgs(
            labels=labels,
            service_account=account.metadata.name,
            user=1000,
            containers=[
                WorkloadContainerArgs(
                    name="app",
                    image="example/app:1",
                    resources=ResourcesArgs(cpu="100m", memory="64Mi"),
                    env={"CONFIG": config.metadata.name},
                    ports={"http": 8080},
                )
            ],
        )
        k8s.apps.v1.Deployment(
            name,
            metadata=meta,
            spec=k8s.apps.v1.DeploymentSpecArgs(
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels), template=pod_template(pod)
            ),
        )


_SLICE = 20


def account(count: int) -> None:
    """`count` AWS resources: networks, clusters' nodes, buckets with their rules, databases, keys and roles."""
    for number in range(count // _SLICE):
        name = f"slice-{number}"
        network = _network(name)
        key = aws.kms.Key(name, enable_key_rotation=True, tags={"part": name})
        aws.kms.Alias(name, name=f"alias/{name}", target_key_id=key.key_id)
        bucket = _bucket(name, key)
        role = aws.iam.Role(name, assume_role_policy=trust_document("ec2.amazonaws.com"))
        reads = Statement(sid="Read", actions=["s3:GetObject"], resources=[bucket.arn])
        aws.iam.RolePolicy(name, role=role.name, policy=policy_document(reads))
        aws.eks.NodeGroup(
            name,
            cluster_name="bench",
            node_role_arn=role.arn,
            subnet_ids=network,
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=1, max_size=3, desired_size=1),
            instance_types=["m7i.large"],
        )
        aws.rds.Instance(
            name, engine="postgres", instance_class="db.t4g.medium", kms_key_id=key.arn, storage_encrypted=True
        )


def _network(name: str) -> list[pulumi.Output[str]]:
    """9 resources: a VPC with its routes, three subnets in it, a security group with its rule."""
    vpc = aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags={"Name": name})
    routes = aws.ec2.RouteTable(name, vpc_id=vpc.id)
    subnets = []
    for zone in "abc":
        subnet = aws.ec2.Subnet(
            f"{name}-{zone}",
            vpc_id=vpc.id,
            availability_zone=f"eu-central-1{zone}",
            cidr_block=f"10.0.{ord(zone)}.0/24",
            tags={"Name": f"{name}-{zone}"},
        )
        subnets.append(subnet.id)
    aws.ec2.RouteTableAssociation(name, route_table_id=routes.id, subnet_id=subnets[0])
    group = aws.ec2.SecurityGroup(name, vpc_id=vpc.id, description=name)
    aws.vpc.SecurityGroupIngressRule(
        name, security_group_id=group.id, ip_protocol="tcp", from_port=443, to_port=443, cidr_ipv4="10.0.0.0/16"
    )
    aws.ec2.FlowLog(name, vpc_id=vpc.id, traffic_type="REJECT", log_destination="arn:aws:s3:::logs")
    return subnets


def _bucket(name: str, key: aws.kms.Key) -> aws.s3.Bucket:
    """5 resources: a bucket and its rules."""
    bucket = aws.s3.Bucket(name, bucket=name)
    aws.s3.BucketVersioning(
        name,
        bucket=bucket.id,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="aws:kms", kms_master_key_id=key.arn
                )
            )
        ],
    )
    aws.s3.BucketPublicAccessBlock(name, bucket=bucket.id, block_public_acls=True, block_public_policy=True)
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="old",
                status="Enabled",
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=90),
            )
        ],
    )
    return bucket


def platform(count: int) -> None:
    """Half of each, as an environment on AWS has them."""
    account(count // 2)
    workloads(count // 2)


PROGRAMS: dict[str, Callable[[int], None]] = {"workloads": workloads, "account": account, "platform": platform}
