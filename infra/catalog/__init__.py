"""What the platform is made of, in pinned versions, and what is known of where it runs.

Every file says whence its facts come and of which day they are. Each is read when first asked, and only then.
"""

from infra.catalog.authorities import rds_authority, rds_certificate
from infra.catalog.images import Image, conflicts, image, images
from infra.catalog.kubernetes import default_eks_version, eks_addons, support_problem, upgrade_problem
from infra.catalog.machines import (
    Accelerator,
    InstanceType,
    database_class,
    database_classes,
    instance_families,
    instance_family,
    instance_type,
    instance_types,
)
from infra.catalog.regions import Region, region, regions
from infra.catalog.support import SupportWindow, eks_versions, postgresql_versions

__all__ = [
    "Accelerator",
    "Image",
    "InstanceType",
    "Region",
    "SupportWindow",
    "conflicts",
    "database_class",
    "database_classes",
    "default_eks_version",
    "eks_addons",
    "eks_versions",
    "image",
    "images",
    "instance_families",
    "instance_family",
    "instance_type",
    "instance_types",
    "postgresql_versions",
    "rds_authority",
    "rds_certificate",
    "region",
    "regions",
    "support_problem",
    "upgrade_problem",
]
