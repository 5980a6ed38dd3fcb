"""Managed node groups: machines that take IMDSv2 alone, on encrypted disks, without SSH."""

from collections.abc import Iterator, Sequence

import pulumi
import pulumi_aws as aws

from components.cluster.inputs import EksClusterArgs, NodeGroupArgs, NodeGroupsArgs
from components.cluster.roles import node_role

_PREFIX_LENGTH = 37
"""EKS appends 26 characters to a prefix, and takes 63."""
_BOTTLEROCKET_ROOT = 4
"""GiB; images and containers are on its second disk (Bottlerocket, "Default volumes")."""


def node_groups(
    args: EksClusterArgs,
    compute: NodeGroupsArgs,
    *,
    cluster: aws.eks.Cluster,
    volumes_key: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Every group; they follow the cluster's version."""
    role, policies = node_role("nodes", args, parent)
    made: list[pulumi.Resource] = []
    for group in compute.groups:
        template = _launch_template(group, args, volumes_key, parent)
        for name, zones in _parts(group):
            made.append(
                _node_group(
                    name,
                    group,
                    [args.subnets.nodes[zone] for zone in zones],
                    cluster=cluster,
                    role=role,
                    template=template,
                    opts=pulumi.ResourceOptions(
                        parent=parent,
                        depends_on=[*policies, *after],
                        # Whoever scales the group does so by this number.
                        ignore_changes=["scalingConfig.desiredSize"],
                    ),
                )
            )
    return made


def _parts(group: NodeGroupArgs) -> Iterator[tuple[str, Sequence[str]]]:
    if group.per_zone:
        yield from ((f"{group.name}-{zone}", (zone,)) for zone in group.zones)
    else:
        yield group.name, group.zones


def _node_group(
    name: str,
    group: NodeGroupArgs,
    subnets: Sequence[pulumi.Input[str]],
    *,
    cluster: aws.eks.Cluster,
    role: aws.iam.Role,
    template: aws.ec2.LaunchTemplate,
    opts: pulumi.ResourceOptions,
) -> aws.eks.NodeGroup:
    return aws.eks.NodeGroup(
        name,
        node_group_name_prefix=f"{name}-"[-_PREFIX_LENGTH:].lstrip("-"),
        cluster_name=cluster.name,
        version=cluster.version,
        node_role_arn=role.arn,
        subnet_ids=subnets,
        ami_type=group.image,
        capacity_type=group.capacity,
        # A Capacity Block's type is the launch template's.
        instance_types=None if group.capacity_reservation else group.instance_types,
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(
            min_size=group.minimum, max_size=group.maximum, desired_size=group.minimum
        ),
        update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=33),
        node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
        labels=dict(group.labels),
        taints=[aws.eks.NodeGroupTaintArgs(key="nvidia.com/gpu", value="present", effect="NO_SCHEDULE")]
        if group.gpu
        else None,
        opts=opts,
    )


def _launch_template(
    group: NodeGroupArgs, args: EksClusterArgs, volumes_key: pulumi.Input[str], parent: pulumi.Resource
) -> aws.ec2.LaunchTemplate:
    reservation = group.capacity_reservation
    return aws.ec2.LaunchTemplate(
        group.name,
        description=f"Nodes of the group {group.name} of {args.name}",
        update_default_version=True,
        block_device_mappings=[_disk(device, size, volumes_key) for device, size in _devices(group)],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(
                resource_type=kind, tags={"Name": f"{args.name}-{group.name}", **args.tags}
            )
            for kind in ("instance", "volume", "network-interface")
        ],
        instance_type=group.instance_types[0] if reservation else None,
        instance_market_options=aws.ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type="capacity-block")
        if reservation
        else None,
        capacity_reservation_specification=aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(
            capacity_reservation_target=aws.ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
                capacity_reservation_id=reservation
            )
        )
        if reservation
        else None,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _devices(group: NodeGroupArgs) -> Sequence[tuple[str, int]]:
    if group.image.startswith("BOTTLEROCKET"):
        return ("/dev/xvda", _BOTTLEROCKET_ROOT), ("/dev/xvdb", group.disk)
    return (("/dev/xvda", group.disk),)


def _disk(device: str, size: int, key: pulumi.Input[str]) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgs:
    return aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=device,
        ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type="gp3", volume_size=size, encrypted="true", kms_key_id=key, delete_on_termination="true"
        ),
    )
