"""What a wrong stack file and the words about it are, and the files that are wrong whatever the settings in them."""

import textwrap
from dataclasses import dataclass

# ruff: noqa: E501 - a message is one line


@dataclass(frozen=True)
class BadFile:
    """A file's text, the lines that must be said about it (`line:column: key: message`), and who sees it."""

    name: str
    text: str
    says: tuple[str, ...]
    by_schema: bool = True
    """Whether an editor shows it by stacks/schema.json too. Rules across keys and YAML itself are beyond a schema."""


def environment(name: str, text: str, *says: str, by_schema: bool = True) -> BadFile:
    """A file whose environment this is."""
    body = textwrap.indent(textwrap.dedent(text).strip("\n"), "    ")
    return BadFile(name, f"config:\n  groundwork:environment:\n{body}\n", says, by_schema)


E = "groundwork:environment"
LEAST = ("config:", "  groundwork:environment:", "    profile: small")

BAD_DOCUMENTS = (
    BadFile("empty", "", ("1:1: the file is empty; the least is", *LEAST)),
    BadFile("only a comment", "# nothing yet\n", ("1:1: the file is empty; the least is", *LEAST)),
    BadFile("a list", "- profile: small\n", ("1:1: the file must be a mapping; the least is", *LEAST)),
    BadFile("no config", "encryptionsalt: v1:a:b\n", ("1:1: `config` is missing; the least is", *LEAST)),
    BadFile("config is text", "config: small\n", ("1:1: `config` must be a mapping; the least is", *LEAST)),
    BadFile(
        "no environment",
        "config:\n  aws:region: eu-central-1\n",
        ("1:1: `groundwork:environment` is missing; the least is", *LEAST),
    ),
    BadFile(
        "environment is empty",
        "config:\n  groundwork:environment:\n",
        (f"2:3: {E}: is empty; must be a mapping, at least `profile: small`",),
    ),
    BadFile(
        "environment is text",
        "config:\n  groundwork:environment: small\n",
        (f"2:3: {E}: is text; must be a mapping, at least `profile: small`",),
    ),
    BadFile(
        "YAML syntax",
        "config:\n  groundwork:environment: [small\n",
        ("3:1: this is not YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",),
        by_schema=False,
    ),
    BadFile(
        "a tab",
        "config:\n\tgroundwork:environment: {}\n",
        (
            "2:1: this is not YAML: while scanning for the next token, found character '\\t' that cannot start any token",
        ),
        by_schema=False,
    ),
    BadFile(
        "two documents",
        "config: {}\n---\nconfig: {}\n",
        ("2:1: this is not YAML: expected a single document in the stream, but found another document",),
        by_schema=False,
    ),
    BadFile("a control character", "config: \x07\n", ("1:1: this is not YAML: a control character",), by_schema=False),
    BadFile(
        "other keys beside config",
        "confg: {}\nconfig:\n  groundwork:environment: {profile: small}\n",
        ("1:1: confg: is not a key of a stack file; did you mean `config`?",),
    ),
    BadFile(
        "other keys of the namespace",
        "config:\n  groundwork:enviroment: {profile: small}\n  groundwork:environment: {profile: small}\n",
        ("2:3: groundwork:enviroment: is not a key here; did you mean `groundwork:environment`?",),
    ),
    BadFile(
        "no namespace",
        "config:\n  environment: {profile: small}\n  groundwork:environment: {profile: small}\n",
        ("2:3: environment: has no namespace; did you mean `groundwork:environment`?",),
    ),
    environment(
        "a duplicate key",
        """
        profile: small
        registry: {replicas: 2}
        profile: large
        """,
        f"5:5: {E}.profile: this key is already at line 3",
        by_schema=False,
    ),
    environment(
        "an alias",
        """
        object_storage: {resources: &small {cpu: 100m, memory: 256Mi}}
        registry: {resources: *small}
        """,
        f"4:27: {E}.registry.resources: aliases (`*name`) are not read: write the value out",
    ),
    environment(
        "a tag",
        "profile: !!python/name:os.system small",
        f"3:14: {E}.profile: tags (`!name`) are not read: write the value out",
    ),
    environment(
        "a date",
        "storage_class: 2026-01-01",
        f"3:20: {E}.storage_class: this is a date, which no setting takes: write it in quotes",
        by_schema=False,
    ),
    environment(
        "a key that is a number", "1: small", f"3:5: {E}: a key must be text: write it in quotes", by_schema=False
    ),
)
