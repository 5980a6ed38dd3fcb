"""What it takes to destroy an environment."""

import pytest

from infra.cli.asking import agree_to_destroy
from infra.errors import UserError


def test_yes_is_enough_for_what_this_machine_brought_up() -> None:
    agree_to_destroy("local", yes=True, confirmed=None, stranger=False)


def test_what_came_from_elsewhere_takes_its_name() -> None:
    with pytest.raises(UserError, match="nothing was changed") as refused:
        agree_to_destroy("local", yes=True, confirmed=None, stranger=True)
    assert "groundwork destroy local --confirm local" in str(refused.value)
    agree_to_destroy("local", yes=False, confirmed="local", stranger=True)


@pytest.mark.parametrize("yes", [True, False])
def test_another_name_destroys_nothing(yes: bool) -> None:
    with pytest.raises(UserError, match="not its name"):
        agree_to_destroy("local", yes=yes, confirmed="prod", stranger=False)


def test_a_person_is_told_and_types_the_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "local")
    agree_to_destroy("local", yes=False, confirmed=None, stranger=True)
    assert "another machine" in capsys.readouterr().err
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "yes")
    with pytest.raises(UserError, match="not its name"):
        agree_to_destroy("local", yes=False, confirmed=None, stranger=False)
