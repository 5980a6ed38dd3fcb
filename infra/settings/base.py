"""What every settings model is: strict, frozen, and silent about the values it refuses."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Settings(BaseModel):
    """Unknown keys are errors; values are never coerced, changed or printed in errors."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )


DnsLabel = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$")]
Cpu = Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]*m?|0\.[0-9]+)$")]
Cron = Annotated[str, StringConstraints(pattern=r"^(\S+ ){4}\S+$")]
Replicas = Annotated[int, Field(ge=1, le=32)]


class Resources(Settings):
    """What one container asks for. Memory is request and limit alike."""

    cpu: Cpu
    memory: Quantity
    cpu_limit: Cpu = "1"
