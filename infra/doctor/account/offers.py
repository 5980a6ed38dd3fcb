"""What AWS offers in the account's region: zones, versions, instance types, database classes."""

from collections.abc import Iterator

from infra.doctor.account.session import Account
from infra.doctor.model import Check, Verdict

_CLUSTER = "aws:eks/cluster:Cluster"


def zones(account: Account) -> Iterator[Check]:
    """Whether the region is enabled and has the zones."""
    client, settings = account.client("ec2"), account.settings
    (region,) = client.describe_regions(RegionNames=[settings.region], AllRegions=True)["Regions"]
    if region.get("OptInStatus") == "not-opted-in":
        yield Check(
            "region",
            settings.region,
            Verdict.PROBLEM,
            "is not enabled for this account",
            f"aws account enable-region --region-name {settings.region}",
        )
        return
    found = client.describe_availability_zones()["AvailabilityZones"]
    available = {zone["ZoneName"] for zone in found if zone["State"] == "available"}
    missing = [zone for zone in settings.zone_names if zone not in available]
    if missing:
        message = f"{', '.join(missing)} not available; {', '.join(sorted(available))} are"
        yield Check("region", settings.region, Verdict.PROBLEM, message, "change `account.zones`")
    else:
        yield Check("region", settings.region, Verdict.OK, f"{', '.join(settings.zone_names)} are available")


def kubernetes(account: Account) -> Iterator[Check]:
    """Whether EKS offers the version, and whether a cluster that is there can go to it."""
    client = account.client("eks")
    for cluster in account.declared(_CLUSTER):
        version = str(cluster.inputs.get("version"))
        offered = {
            item["clusterVersion"]: item.get("versionStatus", "")
            for item in account.pages("eks", "describe_cluster_versions", "clusterVersions")
        }
        if offered.get(version, "UNSUPPORTED") == "UNSUPPORTED":
            known = ", ".join(v for v, status in offered.items() if status != "UNSUPPORTED")
            yield Check("versions", "EKS", Verdict.PROBLEM, f"{version} is not offered; {known} are")
        else:
            extended = offered[version] == "EXTENDED_SUPPORT"
            message = f"{version} is offered{', in extended support, at a surcharge' if extended else ''}"
            yield Check("versions", "EKS", Verdict.WARNING if extended else Verdict.OK, message)
        try:
            present = client.describe_cluster(name=str(cluster.inputs.get("name")))["cluster"]["version"]
        except client.exceptions.ResourceNotFoundException:
            continue
        yield _step(str(present), version)


def _step(present: str, wanted: str) -> Check:
    """EKS goes up one minor version at a time, and never down."""
    minors = [int(version.partition(".")[2]) for version in (present, wanted)]
    step = minors[1] - minors[0]
    if step in (0, 1):
        return Check("versions", "upgrade", Verdict.OK, f"the cluster has {present}")
    way = f"raise it to 1.{minors[0] + 1} first" if step > 1 else "EKS never goes back"
    return Check("versions", "upgrade", Verdict.PROBLEM, f"the cluster has {present}, the stack wants {wanted}", way)


def instance_types(account: Account) -> Iterator[Check]:
    """Whether the zones have the instance types of the node groups."""
    wanted = {
        name: None
        for group in account.declared("aws:eks/nodeGroup:NodeGroup")
        for name in group.inputs.get("instanceTypes") or ()
    }
    if not wanted:
        return
    offers = account.pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": list(wanted)}],
    )
    places = {(offer["InstanceType"], offer["Location"]) for offer in offers}
    for name in wanted:
        missing = [zone for zone in account.settings.zone_names if (name, zone) not in places]
        if len(missing) == len(account.settings.zone_names):
            yield Check("versions", name, Verdict.PROBLEM, f"is not offered in any zone of {account.settings.region}")
        elif missing:
            message = f"is not offered in {', '.join(missing)}"
            yield Check("versions", name, Verdict.WARNING, message, "name the pool's `zones`, or another type")
        else:
            yield Check("versions", name, Verdict.OK, "is offered in every zone")


def databases(account: Account) -> Iterator[Check]:
    """Whether RDS offers the class with the version."""
    for database in account.declared("aws:rds/instance:Instance"):
        class_, version = str(database.inputs.get("instanceClass")), str(database.inputs.get("engineVersion"))
        engine = str(database.inputs.get("engine"))
        options = account.pages(
            "rds",
            "describe_orderable_db_instance_options",
            "OrderableDBInstanceOptions",
            Engine=engine,
            DBInstanceClass=class_,
            Vpc=True,
        )
        versions = {option["EngineVersion"] for option in options}
        if not options:
            yield Check(
                "versions", class_, Verdict.PROBLEM, f"RDS offers no {engine} on it in {account.settings.region}"
            )
        elif not any(one == version or one.startswith(f"{version}.") for one in versions):
            known = ", ".join(sorted({one.partition(".")[0] for one in versions}, key=int))
            yield Check(
                "versions", f"{engine} {version}", Verdict.PROBLEM, f"is not offered on {class_}; majors: {known}"
            )
        else:
            yield Check("versions", f"{engine} {version}", Verdict.OK, f"is offered on {class_}")
