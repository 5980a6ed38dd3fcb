"""`groundwork terraform`: what Terraform manages, used and not rebuilt."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import JsonOption, StackArgument, YesOption

if TYPE_CHECKING:
    from infra.terraform.reading import Reading

_READ = (
    "Example: groundwork terraform read ../network/terraform.tfstate prod · "
    "terraform output -json | groundwork terraform read - prod --name network --map account.id=output.account"
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

    wish = Wish(name=name, map=_pairs(map_ or []), use=tuple(use or ()))
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


def _pairs(texts: list[str]) -> dict[str, str]:
    from infra.errors import UserError

    pairs = {}
    for text in texts:
        key, equals, address = text.partition("=")
        if not (key and equals and address):
            raise UserError(f"--map {text}: write KEY=ADDRESS, like account.id=output.account_id")
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
