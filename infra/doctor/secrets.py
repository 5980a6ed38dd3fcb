"""Whether the stack's secrets are there, and can be read here."""

from collections.abc import Iterator

from infra.doctor.model import Check, Verdict
from infra.errors import UserError
from infra.settings import Stack, has_no_machine_secret, root_secret

_AREA = "secrets"


def examine(stack: Stack) -> Iterator[Check]:
    """The encrypted values that the settings require, and the root secret."""
    if stack.unset:
        for problem in stack.unset:
            yield Check(_AREA, problem.key, Verdict.PROBLEM, problem.message)
        return
    if has_no_machine_secret(stack):
        yield Check(
            _AREA, "root secret", Verdict.OK, f"this machine makes it at the first `groundwork up {stack.name}`"
        )
        return
    try:
        root_secret(stack)
    except UserError as error:
        # Pulumi may hold what decrypts them where this machine's offline tools do not.
        verdict = Verdict.PROBLEM if stack.settings.root_secret.kind == "machine" else Verdict.UNKNOWN
        yield Check(_AREA, "root secret", verdict, str(error))
    else:
        yield Check(_AREA, "root secret", Verdict.OK, "can be read here")
