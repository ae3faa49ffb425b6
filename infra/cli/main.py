"""The command `guichet`: each module registers its commands; known errors are one line, never a traceback."""

import sys
from importlib import import_module

import typer

MODULES = (
    "stack",
    "running_command",
    "sources",
    "data",
    "inquiries",
    "bill",
    "audit",
    "dlq",
    "schemas",
    "demo",
)
DONE, REFUSED, USAGE, AWAY, INTERRUPTED = 0, 1, 2, 3, 130
UsageError: type[Exception] = typer.BadParameter.__mro__[2]  # click's ClickException, which typer does not export

app = typer.Typer(
    name="guichet",
    help="The counter between Québec's public bodies and their partners.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


def build() -> typer.Typer:
    """Register the commands of every module."""
    for name in MODULES:
        import_module(f"infra.cli.{name}").register(app)
    return app


def main() -> None:
    """Run the command line and exit with 0, 1 (refused or broken), 2 (usage) or 3 (a service is away)."""
    from infra.adapters.settings import SettingsError
    from infra.cli.output import Refused, ServiceAway

    try:
        code = build()(standalone_mode=False)
    except UsageError as error:
        error.show()  # type: ignore[attr-defined]
        sys.exit(USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except SettingsError as error:
        sys.exit(_say(str(error), USAGE))
    except Refused as error:
        sys.exit(_say(str(error), REFUSED))
    except ServiceAway as error:
        sys.exit(_say(str(error), AWAY))
    sys.exit(code if isinstance(code, int) else DONE)


def _say(message: str, code: int) -> int:
    typer.echo(f"guichet: {message}", err=True)
    return code


if __name__ == "__main__":
    main()
