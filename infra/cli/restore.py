"""`groundwork restore`: a database as it was when a dump was taken."""

from typing import Annotated

import typer

from infra.cli.options import (
    ClusterOption,
    ContextOption,
    JsonOption,
    OfflineOption,
    StackArgument,
    YesOption,
    request,
)

_EXAMPLE = "Example: groundwork restore prod --database tracking --list · groundwork restore prod --database tracking"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def restore(
        stack: StackArgument,
        database: Annotated[str, typer.Option("--database", metavar="NAME", help="The database, such as tracking.")],
        dump: Annotated[
            str, typer.Option("--dump", metavar="latest|KEY", help="Which dump; --list shows the keys.")
        ] = "latest",
        list_: Annotated[bool, typer.Option("--list", help="Only list the dumps that are stored.")] = False,
        cluster: ClusterOption = None,
        context: ContextOption = None,
        yes: YesOption = False,
        offline: OfflineOption = False,
        json_: JsonOption = False,
    ) -> None:
        """Replace everything in a database by what a dump holds, or nothing of it if that fails.

        The database is closed to its service meanwhile. If the dump is older, the service's schema is then upgraded.
        """
        from infra.cli.asking import agree
        from infra.cli.plans import print_json
        from infra.cli.progress import Progress
        from infra.engines.restore import Restorer
        from infra.engines.select import opened
        from infra.errors import UserError
        from infra.settings import load
        from infra.settings.capabilities import RdsDatabase

        if isinstance(load(stack).settings.database, RdsDatabase):
            raise UserError(
                f"the database of {stack} is on RDS, which keeps backups of its own and no dumps: "
                "docs/aws.md says how to bring one back"
            )
        asked = request(stack, "auto", cluster, context, offline)
        with Progress() as progress, opened(asked, "outputs" if list_ else "restore", progress.say) as session:
            if session.simulated:
                raise UserError(f"containers do not run on {session.target}, so there is nothing to restore")
            namespace = f"{session.stack.settings.namespace_prefix}-database"
            restorer = Restorer(session.cluster, namespace, progress.say)
            progress.say(f"asking for the dumps of {database}")
            dumps = restorer.dumps(database)
            if list_ and json_:
                print_json([{"key": found.key, "bytes": found.bytes} for found in dumps])
                return
            keys = [found.key for found in dumps]
            if not keys:
                raise UserError(f"no dump of {database} is stored yet; the first comes by its schedule")
            if list_:
                for found in dumps:
                    typer.echo(f"{found.key}  {found.bytes:,} bytes")
                return
            key = keys[0] if dump == "latest" else dump
            if key not in keys:
                raise UserError(f"there is no dump `{dump}` of {database}; the latest is {keys[0]}, --list shows all")
            progress.say(f"everything in database {database} of {stack} will be replaced by {key}")
            agree(yes)
            restorer.restore(database, key)
            if json_:
                print_json({"database": database, "dump": key})
            else:
                typer.echo(f"{database} of {stack} is as it was in {key}")
