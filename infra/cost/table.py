"""Which resource types are charged for, and which are known to be free."""

from collections.abc import Mapping

from infra.cost import compute, kubernetes, network, services, storage
from infra.cost.view import PriceFunction

PRICED: Mapping[str, PriceFunction] = {
    "aws:backup/plan:Plan": storage.backup_plan,
    "aws:cfg/recorder:Recorder": services.recorder,
    "aws:cfg/rule:Rule": services.config_rule,
    "aws:cloudtrail/trail:Trail": services.trail,
    "aws:cloudwatch/logGroup:LogGroup": services.log_group,
    "aws:ebs/volume:Volume": storage.volume,
    "aws:ec2/eip:Eip": network.public_address,
    "aws:ec2/flowLog:FlowLog": network.flow_log,
    "aws:ec2/natGateway:NatGateway": network.nat_gateway,
    "aws:ec2/vpc:Vpc": network.network,
    "aws:ec2/vpcEndpoint:VpcEndpoint": network.endpoint,
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": storage.repository,
    "aws:ecr/repository:Repository": storage.repository,
    compute.CLUSTER: compute.cluster,
    "aws:eks/nodeGroup:NodeGroup": compute.node_group,
    "aws:kms/key:Key": services.key,
    "aws:kms/replicaKey:ReplicaKey": services.key,
    "aws:lb/loadBalancer:LoadBalancer": network.load_balancer,
    "aws:rds/instance:Instance": storage.database,
    "aws:route53/zone:Zone": network.hosted_zone,
    "aws:s3/bucket:Bucket": storage.bucket,
    "aws:secretsmanager/secret:Secret": services.secret,
    "kubernetes:apps/v1:StatefulSet": kubernetes.stateful_set,
    "kubernetes:core/v1:PersistentVolumeClaim": kubernetes.claim,
    "kubernetes:core/v1:Service": kubernetes.service,
    compute.NODE_POOL: compute.node_pool,
    "kubernetes:networking.k8s.io/v1:Ingress": kubernetes.ingress,
}

_FREE_MODULES = ("aws:iam/", "kubernetes:", "pulumi:")
"""Where nothing is charged for, but what stands above: of Kubernetes objects only what they make AWS provide."""

_FREE = frozenset(
    {
        # Public certificates are free; private authorities are another type.
        "aws:acm/certificate:Certificate",
        "aws:acm/certificateValidation:CertificateValidation",
        # A backup costs what it stores, by its plan.
        "aws:backup/globalSettings:GlobalSettings",
        "aws:backup/regionSettings:RegionSettings",
        "aws:backup/selection:Selection",
        "aws:backup/vault:Vault",
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        "aws:backup/vaultNotifications:VaultNotifications",
        "aws:backup/vaultPolicy:VaultPolicy",
        # Budgets without actions.
        "aws:budgets/budget:Budget",
        "aws:cfg/deliveryChannel:DeliveryChannel",
        "aws:cfg/recorderStatus:RecorderStatus",
        # Events of AWS's own services.
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "aws:costexplorer/costAllocationTag:CostAllocationTag",
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/networkAcl:NetworkAcl",
        "aws:ec2/networkAclRule:NetworkAclRule",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/registryPolicy:RegistryPolicy",
        # Basic scanning is free.
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/addon:Addon",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:kms/alias:Alias",
        "aws:kms/grant:Grant",
        "aws:kms/keyPolicy:KeyPolicy",
        # Charged with their load balancer.
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/targetGroup:TargetGroup",
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:route53/record:Record",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:secretsmanager/secretRotation:SecretRotation",
        "aws:secretsmanager/secretVersion:SecretVersion",
        # The first thousand mails a month are free.
        "aws:sns/topic:Topic",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)


def is_free(type_: str) -> bool:
    """Whether a type is known to cost nothing by itself. The parts of a bucket are the bucket's."""
    return type_ in _FREE or type_.startswith(_FREE_MODULES) or type_.startswith("aws:s3/bucket")
