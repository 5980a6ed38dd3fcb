"""Where the root secret comes from."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import Settings


class MachineRootSecret(Settings):
    """The root secret is made on this machine and stays there (a file of mode 0600): for throwaway environments."""

    kind: Literal["machine"]
    """Made on this machine."""


class ConfigRootSecret(Settings):
    """The root secret is an encrypted value in this file: `pulumi config set --secret groundwork:root_secret`."""

    kind: Literal["config"]
    """Encrypted in the stack file."""


RootSecretSource = Annotated[MachineRootSecret | ConfigRootSecret, Field(discriminator="kind")]
