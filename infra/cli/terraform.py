"""`groundwork terraform`: what Terraform manages, used and not rebuilt."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import JsonOption, StackArgument, YesOption

if TYPE_CHECKING:
    from infra.terraform.adoption import Adoption
    from infra.terraform.reading import Reading

_READ = (
    "Example: groundwork terraform read ../network/terraform.tfstate prod · "
    "terraform output -json | groundwork terraform read - prod --name network --map account.id=output.account"
)
_ADOPT = (
    "Example: groundwork terraform adopt ../network/terraform.tfstate prod --out adopt.json && "
    "pulumi import --stack prod --file adopt.json --generate-code=false"
)
_SOURCE = (
    "A state file; a file with what `terraform output -json` or `terraform show -json` print; - for stdin; "
    "s3://BUCKET/KEY?region=REGION; the http(s) address of an HTTP backend (TF_HTTP_USERNAME, TF_HTTP_PASSWORD)."
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="What Terraform manages: used, not rebuilt.",
        epilog="Example: groundwork terraform read ../network/terraform.tfstate prod",
    )
    group.command("read", epilog=_READ)(read)
    group.command("adopt", epilog=_ADOPT)(adopt)
    app.add_typer(group, name="terraform")


def read(
    source: Annotated[str, typer.Argument(help=_SOURCE)],
    stack: StackArgument,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="KEY=ADDRESS", help="Take this value for this key. Again for more; the rest is detected."
        ),
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option(
            "--use",
            metavar="SECTION",
            help="Take only this section, even where the file has another kind. Again for more.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The source's name in the stack file. Without: from its address.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the file would change.")] = False,
    yes: YesOption = False,
    json_: JsonOption = False,
) -> None:
    """Take values from a Terraform state into a stack file, with where they come from beside them."""
    from infra import paths
    from infra.cli.asking import agree
    from infra.errors import RunFailed
    from infra.terraform.reading import Wish, prepare
    from infra.terraform.sources import take

    wish = Wish(
        name=name, map=_pairs(map_ or [], "KEY=ADDRESS, like account.id=output.account_id"), use=tuple(use or ())
    )
    reading = prepare(take(source, paths.STACKS), stack, wish, paths.STACKS)
    differs = reading.after != reading.before
    written = differs and not check
    if not json_ or (written and not yes):
        _tell(reading, err=json_)
    if written:
        agree(yes)
        reading.write()
    if json_:
        _print_json(reading, written=written)
    elif written:
        typer.echo(f"wrote {_shown(reading)}")
    if check and differs:
        raise RunFailed(f"{_shown(reading)} is not what the state says: `groundwork terraform read {source} {stack}`")


def adopt(
    source: Annotated[str, typer.Argument(help=_SOURCE)],
    stack: StackArgument,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=ADDRESS", help="This resource of the stack is that one. Again for more."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write what `pulumi import --file` reads, and beside it FILE.tf for Terraform.",
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Find a stack's AWS resources in a Terraform state, and write what brings them under Pulumi as they are."""
    from infra import paths
    from infra.errors import UserError
    from infra.graph import capture_environment
    from infra.settings import load, placeholder_root_secret
    from infra.terraform.adoption import adopt as adopted
    from infra.terraform.sources import take

    loaded = load(stack, stacks_dir=paths.STACKS)
    taken = take(source, paths.STACKS)
    if not taken.state.instances:
        raise UserError(f"{source} has no resources: give the state itself, or what `terraform show -json` prints")
    graph = capture_environment(loaded, placeholder_root_secret(loaded.settings))
    adoption = adopted(graph, taken.state, _pairs(map_ or [], "NAME=ADDRESS, like network=module.vpc.aws_vpc.this[0]"))
    if json_:
        _print_adoption(adoption)
    else:
        _tell_adoption(adoption)
    if out:
        _write(adoption, out)
        typer.echo(_then(adoption, stack, out), err=json_)


def _print_adoption(adoption: "Adoption") -> None:
    import json

    from infra.terraform.adoption import report

    typer.echo(json.dumps(report(adoption), indent=1))


def _tell_adoption(adoption: "Adoption") -> None:
    from infra.graph.tree import short
    from infra.terraform.adoption import explain

    for pair in adoption.ready:
        typer.secho(f"+ {short(pair.resource.type)} {pair.resource.name} is {pair.instance.address}", fg="green")
        for item in pair.differences:
            typer.echo(f"    updated afterwards: {explain(item, pair.instance)}")
    for pair in adoption.held:
        typer.secho(f"! {short(pair.resource.type)} {pair.resource.name} is {pair.instance.address}", fg="magenta")
        for item in pair.blocking:
            typer.echo(f"    would be replaced: {explain(item, pair.instance)}")
    for left in adoption.anew:
        could = ", ".join(instance.address for instance in left.fitting[:4])
        hint = f"; could be {could}: --map {left.resource.name}=ADDRESS" if could else ""
        typer.echo(f"  {short(left.resource.type)} {left.resource.name} is made anew{hint}")
    for resource in adoption.matches.unknown:
        typer.echo(f"  {short(resource.type)} {resource.name} was not looked for: its type is not in the table")
    for instance in adoption.matches.left:
        typer.echo(f"  {instance.address} stays Terraform's")
    counts = (len(adoption.ready), len(adoption.held), len(adoption.anew), len(adoption.matches.left))
    typer.echo("{} to adopt, {} held back, {} made anew, {} left to Terraform".format(*counts))


def _write(adoption: "Adoption", out: Path) -> None:
    import json

    from infra.errors import UserError

    if not adoption.ready:
        raise UserError(f"nothing can be adopted; {out} was not written")
    try:
        out.write_text(json.dumps(adoption.import_file(), indent=1) + "\n", encoding="utf-8")
        out.with_suffix(".tf").write_text(adoption.removed_blocks(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{error.filename} can't be written: {error.strerror}") from None


def _then(adoption: "Adoption", stack: str, out: Path) -> str:
    steps = [
        f"wrote {out} and {out.with_suffix('.tf')}; then, with nobody applying Terraform meanwhile:",
        f"  pulumi import --stack {stack} --file {out} --generate-code=false   # reads each resource, changes none",
        f"  groundwork preview {stack}   # nothing may be replaced, and nothing made that is there already",
        f"  put {out.with_suffix('.tf')} into the Terraform configuration in place of the resources, and apply it; or",
        f"  {adoption.forget_command()}",
    ]
    return "\n".join(steps)


def _pairs(texts: list[str], form: str) -> dict[str, str]:
    from infra.errors import UserError

    pairs = {}
    for text in texts:
        key, equals, address = text.partition("=")
        if not (key and equals and address):
            raise UserError(f"--map {text}: write {form}")
        pairs[key] = address
    return pairs


def _shown(reading: "Reading") -> str:
    from infra.settings.document import shorten

    return shorten(reading.path)


def _tell(reading: "Reading", *, err: bool) -> None:
    colours = {"+": "green", "-": "red"}
    for line in reading.diff.splitlines():
        typer.secho(line, fg=None if line[:3] in ("+++", "---") else colours.get(line[:1]), err=err)
    for note in reading.notes:
        typer.echo(f"not taken: {note}", err=True)
    if not reading.diff:
        typer.echo(f"{_shown(reading)} has all of it: {len(reading.changes)} values, none changed", err=err)


def _print_json(reading: "Reading", *, written: bool) -> None:
    import json

    changes: list[dict[str, Any]] = [
        {"key": change.key, "address": change.address, "old": change.old, "new": change.new}
        for change in reading.changes
    ]
    report = {
        "stack": reading.stack,
        "file": _shown(reading),
        "source": reading.source,
        "values": changes,
        "notes": list(reading.notes),
        "differs": reading.after != reading.before,
        "written": written,
    }
    typer.echo(json.dumps(report, indent=1))
