"""Wrong usage is one line and exit code 2, and never repeats what was typed."""

import re

import pytest

from tests.cli.commands import COMMANDS, ID, NEQ, SECRET, Command
from tests.cli.conftest import Done, Run

ALL = pytest.mark.parametrize("command", COMMANDS, ids=str)
WITH_ARGUMENTS = pytest.mark.parametrize("command", [one for one in COMMANDS if one.arguments], ids=str)


def assert_wrong_usage(done: Done) -> None:
    assert done.code == 2, done
    assert re.fullmatch(r'guichet: .+; see "guichet[a-z ]* --help"\n', done.err), done.err
    assert SECRET not in done.err
    assert done.out == ""


@ALL
def test_every_command_explains_itself_with_an_example(guichet: Run, command: Command) -> None:
    done = guichet(*command.words, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"Example: guichet {command}" in " ".join(done.out.split()) or "$(guichet env)" in done.out


@ALL
def test_every_command_has_json(guichet: Run, command: Command) -> None:
    assert "--json" in guichet(*command.words, "--help").out


@ALL
def test_every_option_says_what_it_does(guichet: Run, command: Command) -> None:
    options = guichet(*command.words, "--help").out.partition("Options:")[2].partition("\n\n")[0]
    for line in re.findall(r"^  (-\S.*(?:\n {6,}.+)*)", options, re.MULTILINE):
        assert re.search(r"\s[A-Za-z]?[a-z]", line), line


@ALL
def test_an_unknown_option_is_one_line(guichet: Run, command: Command) -> None:
    assert_wrong_usage(guichet(*command.line, f"--{SECRET}"))


@ALL
def test_a_misspelt_option_is_recognised(guichet: Run, command: Command) -> None:
    done = guichet(*command.line, "--jsno")
    assert_wrong_usage(done)
    assert "do you mean --json" in done.err


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if str(one) not in {"run", "ask", "dlq redrive", "dlq discard"}], ids=str
)
def test_an_argument_too_many_is_one_line(guichet: Run, command: Command) -> None:
    done = guichet(*command.line, SECRET)
    assert_wrong_usage(done)


@WITH_ARGUMENTS
def test_a_missing_argument_is_one_line(guichet: Run, command: Command) -> None:
    assert_wrong_usage(guichet(*command.words))


@pytest.mark.parametrize("group", ["", "bill", "dlq", "source"])
def test_an_unknown_command_is_one_line(guichet: Run, group: str) -> None:
    assert_wrong_usage(guichet(*group.split(), SECRET))


@pytest.mark.parametrize(("typo", "meant"), [("stauts", "status"), ("dlq lst", "list"), ("audti", "audit")])
def test_a_misspelt_command_is_recognised(guichet: Run, typo: str, meant: str) -> None:
    done = guichet(*typo.split())
    assert_wrong_usage(done)
    assert f"do you mean {meant}" in done.err


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (("ask", SECRET, "DRIVER_RECORD", "--organisation", NEQ), "kind"),
        (("ask", "DRIVER_RECORD", f"name={SECRET}", "--organisation", NEQ), "items"),
        (("ask", "ATTESTATION", SECRET, "--organisation", NEQ), "items"),
        (("ask", "DRIVER_RECORD", *[SECRET] * 101, "--organisation", NEQ), "items"),
        (("ask", "LICENCE_VALIDITY", SECRET, "--organisation", NEQ, "--blocks", SECRET), "--blocks"),
        (("ask", "DRIVER_RECORD", SECRET, "--organisation", NEQ, "--environment", SECRET), "--environment"),
        (("ask", "DRIVER_RECORD", SECRET, "--organisation", NEQ, "--wait", SECRET), "--wait"),
        (("result", SECRET, "1"), "id"),
        (("result", ID, SECRET), "item"),
        (("result", ID, "0"), "item"),
        (("result", ID), "ITEM"),
        (("result", ID, "1", "--all"), "ITEM"),
        (("bill", "show", NEQ, "--month", SECRET), "--month"),
        (("bill", "show", NEQ, "--month", "2026-13"), "--month"),
        (("bill", "show", NEQ, "--month", "2026-1"), "--month"),
        (("dlq", "list", "--limit", "0"), "--limit"),
        (("dlq", "show", SECRET), "id"),
        (("dlq", "redrive", SECRET), "id"),
        (("dlq", "redrive"), "--cause"),
        (("dlq", "discard", SECRET, "--reason", "sent again"), "id"),
        (("dlq", "discard", ID, "--reason", " "), "--reason"),
        (("run", SECRET), "names"),
        (("rebuild", SECRET), "store: must be one of activity"),
        (("rebuild", "inquiries"), "views, which need no rebuild"),
        (("up", "--copies", SECRET), "--copies"),
        (("up", "--copies", "inquiries=0"), "--copies"),
        (("up", "--copies", f"{SECRET}=2"), "--copies"),
        (("seed", "--drivers", SECRET), "--drivers"),
        (("seed", "--vehicles", "99999999"), "--vehicles"),
        (("demo", "--events", "1"), "--events"),
        (("schemas", "--out"), "--out"),
        (("status", "--watch", "--json"), "--watch"),
        (("source", "add", "urn:x", "--type", "inquiry.requested", "--organisation", SECRET), "organisations"),
        (("source", "add", "urn:x", "--type", "inquiry.requested", "--organisation", NEQ, "--role", SECRET), "roles"),
    ],
    ids=lambda part: " ".join(part[:4]) if isinstance(part, tuple) else part,
)
def test_a_wrong_value_is_one_line_that_says_where(guichet: Run, line: tuple[str, ...], where: str) -> None:
    done = guichet(*line)
    assert_wrong_usage(done)
    assert where in done.err
