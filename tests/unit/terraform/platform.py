"""A small program on AWS, and the Terraform configuration of the same resources."""

import pulumi
import pulumi_aws as aws

CONFIGURATION = """\
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
locals {
  zones = ["eu-central-1a", "eu-central-1b"]
}
resource "aws_vpc" "main" {
  cidr_block           = "10.64.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "old" }
}
resource "aws_vpc" "other" {
  cidr_block = "10.99.0.0/16"
}
resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet("10.64.0.0/16", 4, count.index)
  availability_zone = local.zones[count.index]
}
resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}
resource "aws_eip" "nat" {
  domain = "vpc"
}
resource "aws_nat_gateway" "nat" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.private[0].id
}
resource "aws_route_table" "private" {
  count  = 2
  vpc_id = aws_vpc.main.id
}
resource "aws_route" "out" {
  route_table_id         = aws_route_table.private[0].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.nat.id
}
resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}
resource "aws_kms_key" "unrelated" {
  description = "of somebody else"
}
resource "aws_kms_key" "data" {
  description         = "what nobody would find by name"
  enable_key_rotation = true
}
resource "aws_kms_alias" "data" {
  name          = "alias/platform-data"
  target_key_id = aws_kms_key.data.key_id
}
resource "aws_s3_bucket" "artifacts" {
  bucket = "platform-artifacts"
}
resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_ecr_repository" "images" {
  name                 = "platform/images"
  image_tag_mutability = "MUTABLE"
  encryption_configuration { encryption_type = "AES256" }
}
resource "aws_iam_role" "reader" {
  name               = "platform-reader"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = ["sts:AssumeRole"], Effect = "Allow", Principal = { Service = "pods.eks.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy_attachment" "reader" {
  role       = aws_iam_role.reader.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
"""
TRUST = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""


class Network(pulumi.ComponentResource):
    """Two private subnets behind a NAT gateway."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("groundwork:index:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name, cidr_block="10.64.0.0/16", enable_dns_hostnames=True, tags={"Name": "platform"}, opts=child
        )
        aws.ec2.InternetGateway(name, vpc_id=vpc.id, opts=child)
        address = aws.ec2.Eip(name, domain="vpc", opts=child)
        gateway: aws.ec2.NatGateway | None = None
        for zone, block in {"a": "10.64.0.0/20", "b": "10.64.16.0/20"}.items():
            subnet = aws.ec2.Subnet(
                f"{name}-{zone}",
                vpc_id=vpc.id,
                cidr_block=block,
                availability_zone=f"eu-central-1{zone}",
                opts=child,
            )
            gateway = gateway or aws.ec2.NatGateway(name, allocation_id=address.id, subnet_id=subnet.id, opts=child)
            table = aws.ec2.RouteTable(f"{name}-{zone}", vpc_id=vpc.id, opts=child)
            aws.ec2.RouteTableAssociation(f"{name}-{zone}", subnet_id=subnet.id, route_table_id=table.id, opts=child)
            if zone == "a":
                aws.ec2.Route(
                    f"{name}-{zone}",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=gateway.id,
                    opts=child,
                )
        self.register_outputs({})


def program() -> None:
    """The same platform in Pulumi, but for a repository that can't become what it should be."""
    provider = aws.Provider("account", region="eu-central-1", allowed_account_ids=["123456789012"])
    opts = pulumi.ResourceOptions(provider=provider)
    Network("network", opts)
    key = aws.kms.Key("data", description="Data at rest", enable_key_rotation=True, opts=opts)
    aws.kms.Alias("data", name="alias/platform-data", target_key_id=key.key_id, opts=opts)
    bucket = aws.s3.Bucket("artifacts", bucket="platform-artifacts", opts=opts)
    aws.s3.BucketVersioning(
        "artifacts", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=opts
    )
    aws.s3.Bucket("logs", bucket="platform-logs", opts=opts)
    repository = aws.ecr.Repository(
        "images",
        name="platform/images",
        image_tag_mutability="IMMUTABLE",
        encryption_configurations=[{"encryption_type": "KMS", "kms_key": key.arn}],
        opts=opts,
    )
    aws.ecr.LifecyclePolicy("images", repository=repository.name, policy="{}", opts=opts)
    role = aws.iam.Role("reader", name="platform-reader", assume_role_policy=TRUST, opts=opts)
    aws.iam.RolePolicyAttachment(
        "reader", role=role.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess", opts=opts
    )
