"""States as Terraform writes them, for what the built-in provider can't make."""

import json
from typing import Any


def state(*resources: dict[str, Any], outputs: dict[str, Any] | None = None, serial: int = 3) -> str:
    """A state file of version 4."""
    return json.dumps(
        {
            "version": 4,
            "terraform_version": "1.11.4",
            "serial": serial,
            "lineage": "8d4f8def-2c27-d177-65fe-19d13ec49059",
            "outputs": {name: {"value": value, "type": "dynamic"} for name, value in (outputs or {}).items()},
            "resources": list(resources),
        }
    )


def resource(address: str, *instances: dict[str, Any], each: bool = False) -> dict[str, Any]:
    """A resource such as `module.vpc.aws_subnet.private` or `data.aws_region.current`."""
    *module, type_, name = address.split(".")
    managed = module[-1:] != ["data"]
    path = ".".join(module if managed else module[:-1])
    many = len(instances) > 1 or each
    return {
        **({"module": path} if path else {}),
        "mode": "managed" if managed else "data",
        "type": type_,
        "name": name,
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": [
            {**({"index_key": index} if many else {}), "schema_version": 0, "attributes": attributes}
            for index, attributes in enumerate(instances)
        ],
    }
