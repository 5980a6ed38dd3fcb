"""A graph that keeps every rule and has what each of them is about, and the same with one thing changed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws import (
    EncryptionKey,
    EncryptionKeyArgs,
    KeyUser,
    PodRole,
    PodRoleArgs,
    Statement,
    policy_document,
    trust_document,
)
from infra.graph import Graph, capture

ACCOUNT = "111122223333"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
ISSUER = "token.actions.githubusercontent.com"


@cache
def sound() -> Graph:
    return capture("sound", _program)


def broken(name: str, changes: Mapping[str, Any], *, without: str | None = None, **fields: Any) -> Graph:
    """The sound graph where `changes` (property path → value; None removes it) are made in the resource `type name`.

    `without` leaves out one resource; fields are those of `Resource`.
    """
    resources = []
    for resource in sound():
        if _name(resource.type, resource.name) == without:
            continue
        if _name(resource.type, resource.name) == name:
            inputs = dict(resource.inputs)
            for path, value in changes.items():
                inputs = _with(inputs, path.split("."), value)
            resource = replace(resource, inputs=inputs, **fields)
        resources.append(resource)
    return Graph("sound", tuple(resources))


def statement(name: str, sid: str, changes: Mapping[str, Any], path: str = "policy") -> Graph:
    """The sound graph where one statement of a policy is changed."""
    resource = next(r for r in sound() if _name(r.type, r.name) == name)
    body = json.loads(resource.inputs[path])
    for one in body["Statement"]:
        if one["Sid"] == sid:
            one.update(changes)
            for key in [key for key, value in changes.items() if value is None]:
                del one[key]
    return broken(name, {path: json.dumps(body)})


def _name(type_: str, name: str) -> str:
    return f"{type_.rpartition(':')[2]} {name}"


def _with(value: Any, path: Sequence[str], new: Any) -> Any:
    key, rest = path[0], path[1:]
    if isinstance(value, list):
        items = list(value)
        items[int(key)] = _with(items[int(key)], rest, new) if rest else new
        return items
    changed = dict(value)
    if rest:
        changed[key] = _with(changed[key], rest, new)
    elif new is None:
        del changed[key]
    else:
        changed[key] = new
    return changed


def _program() -> None:
    provider = aws.Provider(
        "account",
        region="eu-central-1",
        allowed_account_ids=[ACCOUNT],
        default_tags=aws.ProviderDefaultTagsArgs(tags={"team": "ml"}),
    )
    opts = pulumi.ResourceOptions(provider=provider)
    kept = pulumi.ResourceOptions(provider=provider, protect=True)
    logs = KeyUser(
        service="logs.eu-central-1.amazonaws.com",
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-central-1:{ACCOUNT}:*"}},
    )
    key = EncryptionKey(
        "key", EncryptionKeyArgs(alias="key", description="Test", account=ACCOUNT, users=[logs]), opts
    ).arn
    _identity(opts, kept, key)
    _bucket("data", key, kept, opts)
    _stores(key, kept, opts)
    _network(key, kept, opts)


def _identity(opts: pulumi.ResourceOptions, kept: pulumi.ResourceOptions, key: pulumi.Output[str]) -> None:
    read = Statement(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::data/models"])
    PodRole(
        "pods",
        PodRoleArgs(cluster="c", namespace="n", service_account="s", statements=[read], permission_boundary=BOUNDARY),
        opts,
    )
    federated = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    tests = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:example/platform:environment:prod"}
    role = aws.iam.Role(
        "deployer",
        assume_role_policy=policy_document(
            Statement(
                sid="Pipeline",
                actions=["sts:AssumeRoleWithWebIdentity"],
                principals={"Federated": federated},
                conditions={"StringEquals": tests},
            )
        ),
        permissions_boundary=BOUNDARY,
        opts=opts,
    )
    hand_over = Statement(
        sid="HandOver",
        actions=["iam:PassRole"],
        resources=[role.arn],
        conditions={"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}},
    )
    aws.iam.Policy("deployer", policy=policy_document(hand_over), opts=opts)
    nodes = aws.iam.Role(
        "nodes", assume_role_policy=trust_document("ec2.amazonaws.com"), permissions_boundary=BOUNDARY, opts=opts
    )
    minimal = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy"
    aws.iam.RolePolicyAttachment("nodes", role=nodes.name, policy_arn=minimal, opts=opts)


def _bucket(name: str, key: pulumi.Output[str], kept: pulumi.ResourceOptions, opts: pulumi.ResourceOptions) -> None:
    bucket = aws.s3.Bucket(name, opts=kept).id
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    owner = aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced")
    aws.s3.BucketOwnershipControls(name, bucket=bucket, rule=owner, opts=opts)
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="aws:kms", kms_master_key_id=key
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket,
        rules=[aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(apply_server_side_encryption_by_default=default)],
        opts=opts,
    )
    versions = aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled")
    aws.s3.BucketVersioning(name, bucket=bucket, versioning_configuration=versions, opts=opts)
    uploads = aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(days_after_initiation=7)
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="uploads", status="Enabled", abort_incomplete_multipart_upload=uploads
    )
    aws.s3.BucketLifecycleConfiguration(name, bucket=bucket, rules=[rule], opts=opts)
    insecure = Statement(
        sid="Insecure",
        effect="Deny",
        actions=["s3:*"],
        resources=[pulumi.Output.concat("arn:aws:s3:::", bucket, "/*")],
        principals={"*": "*"},
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    deliver = Statement(
        sid="Deliver",
        actions=["s3:PutObject"],
        resources=[pulumi.Output.concat("arn:aws:s3:::", bucket, "/logs")],
        principals={"Service": "delivery.logs.amazonaws.com"},
        conditions={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    )
    aws.s3.BucketPolicy(name, bucket=bucket, policy=policy_document(insecure, deliver), opts=opts)


def _stores(key: pulumi.Output[str], kept: pulumi.ResourceOptions, opts: pulumi.ResourceOptions) -> None:
    aws.rds.Instance(
        "database",
        instance_class="db.t4g.medium",
        storage_encrypted=True,
        kms_key_id=key,
        publicly_accessible=False,
        manage_master_user_password=True,
        backup_retention_period=7,
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        opts=kept,
    )
    force = aws.rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1")
    aws.rds.ParameterGroup("database", family="postgres17", parameters=[force], opts=opts)
    aws.ecr.Repository(
        "images",
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
        encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=key)],
        opts=kept,
    )
    aws.cloudwatch.LogGroup("logs", retention_in_days=30, kms_key_id=key, opts=opts)
    aws.sns.Topic("alerts", kms_master_key_id=key, opts=opts)
    aws.backup.Vault("vault", kms_key_arn=key, opts=kept)
    aws.ebs.Volume("disk", availability_zone="eu-central-1a", encrypted=True, opts=kept)
    aws.cloudtrail.Trail(
        "trail",
        s3_bucket_name="data",
        is_multi_region_trail=True,
        include_global_service_events=True,
        enable_log_file_validation=True,
        kms_key_id=key,
        opts=opts,
    )


def _network(key: pulumi.Output[str], kept: pulumi.ResourceOptions, opts: pulumi.ResourceOptions) -> None:
    vpc = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", opts=opts).id
    aws.ec2.DefaultSecurityGroup("network", vpc_id=vpc, opts=opts)
    aws.ec2.FlowLog("network", vpc_id=vpc, traffic_type="ALL", opts=opts)
    aws.ec2.Subnet("private", vpc_id=vpc, cidr_block="10.0.0.0/24", map_public_ip_on_launch=False, opts=opts)
    https = aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=443, to_port=443, cidr_blocks=["10.0.0.0/16"])
    group = aws.ec2.SecurityGroup("endpoints", vpc_id=vpc, ingress=[https], opts=opts).id
    aws.vpc.SecurityGroupIngressRule(
        "https", security_group_id=group, ip_protocol="tcp", cidr_ipv4="10.0.0.0/16", opts=opts
    )
    template = aws.ec2.LaunchTemplate(
        "nodes",
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_tokens="required", http_put_response_hop_limit=1
        ),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda", ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(encrypted="true")
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags={"team": "ml"})
            for kind in ("instance", "volume")
        ],
        opts=opts,
    )
    aws.eks.NodeGroup(
        "nodes",
        cluster_name="cluster",
        node_role_arn=f"arn:aws:iam::{ACCOUNT}:role/nodes",
        subnet_ids=["subnet-1"],
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(desired_size=1, max_size=2, min_size=1),
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version="1"),
        opts=opts,
    )
    aws.eks.Cluster(
        "cluster",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        vpc_config=aws.eks.ClusterVpcConfigArgs(
            subnet_ids=["subnet-1"], endpoint_private_access=True, endpoint_public_access=False
        ),
        enabled_cluster_log_types=["api", "audit", "authenticator", "controllerManager", "scheduler"],
        encryption_config=aws.eks.ClusterEncryptionConfigArgs(
            provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key), resources=["secrets"]
        ),
        access_config=aws.eks.ClusterAccessConfigArgs(
            authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
        ),
        opts=kept,
    )


def names() -> Iterator[str]:
    """`Type name` of every resource, as `broken` takes it."""
    return (_name(resource.type, resource.name) for resource in sound())
