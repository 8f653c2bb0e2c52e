"""Help and errors of all commands."""

import click
import pytest

from local.commands.main import main
from tests.command_line import run, said


def commands(group, *words):
    """Yield the words of each command in a group and its subgroups."""
    yield group, words
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)
        else:
            yield command, (*words, name)


@pytest.mark.parametrize(("command", "words"), list(commands(main)))
def test_help_is_everywhere(command, words):
    """Every command explains itself and its options, with an example."""
    result = run(*words, "--help")
    options = [one for one in command.params if isinstance(one, click.Option)]

    assert result.exit_code == 0
    assert all(one.help for one in options), [one.name for one in options if not one.help]
    if not isinstance(command, click.Group):
        assert " ".join(("stationcast", *words)) in result.output.partition("Example")[2]


def test_expected_errors_are_one_line(nightly, store_url, tmp_path):
    """An expected error is one line without a traceback."""
    folder, text = tmp_path / "empty", tmp_path / "model.txt"
    folder.mkdir()
    text.write_text("no model")
    cases = [
        ((*nightly, "--observations", folder), "no observations in"),
        ((*nightly, "--observations", tmp_path / "nowhere"), "nowhere"),
        ((*nightly, "--model", text), "model.txt: not a model artifact"),
        ((*nightly, "--model", folder), "not a model manifest"),
        ((*nightly, "--store", "mysql://x"), "'mysql://x' names no store"),
        ((*nightly, "--issue-time", "2999-01-01T00:00:00Z"), "is in the future"),
        (("runs", "list", "--store", f"sqlite:///{tmp_path}/none.db"), "none.db"),
    ]
    for arguments, words in cases:
        result = run(*arguments)

        assert result.exit_code == 1, result.output
        assert words in said(result)
        assert isinstance(result.exception, SystemExit)

    assert run(*nightly).exit_code == 0
    unknown = run("runs", "show", "nosuchrun", "--store", store_url)
    assert "no run 'nosuchrun'" in said(unknown)
    alone = run("runs", "rollback", "--store", store_url)
    assert "no run before the current one" in said(alone)
