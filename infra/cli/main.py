"""The command `guichet`: each module registers its commands; known errors are one line, never a traceback."""

import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

MODULES = (
    "stack",
    "status",
    "running_command",
    "sources",
    "data",
    "inquiries",
    "bill",
    "clock",
    "mail",
    "audit",
    "rebuild",
    "dlq",
    "schemas",
    "demo",
)
ROOT = Path(__file__).parents[2]
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
    """Register the commands of every module, once."""
    if not app.registered_commands:
        for name in MODULES:
            import_module(f"infra.cli.{name}").register(app)
    return app


def main() -> None:
    """Run the command line and exit with 0, 1 (refused or broken), 2 (usage) or 3 (a service is away)."""
    from infra.adapters.settings import SettingsError
    from infra.cli.output import Refused, ServiceAway

    try:
        code = build()(prog_name="guichet", standalone_mode=False)
    except UsageError as error:
        sys.exit(_wrong_usage(error))
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except SettingsError as error:
        sys.exit(_say(str(error), USAGE))
    except Refused as error:
        sys.exit(_say(str(error), REFUSED))
    except ServiceAway as error:
        sys.exit(_say(str(error), AWAY))
    except Exception as error:  # a bug; its own words might hold what was typed
        sys.exit(_say(f"{_place(error)}: {type(error).__name__}, a mistake of the program; please report it", REFUSED))
    sys.exit(code if isinstance(code, int) else DONE)


def _wrong_usage(error: Any) -> int:
    from infra.cli.usage import explain

    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return USAGE
    return _say(explain(error), USAGE)


def _place(error: Exception) -> str:
    """Name the line of ours in which a bug showed itself."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(Path(frame.filename))]
    return f"{Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].lineno}" if ours else "guichet"


def _is_ours(path: Path) -> bool:
    return ROOT in path.parents and "site-packages" not in path.parts


def _say(message: str, code: int) -> int:
    typer.echo(f"guichet: {message}", err=True)
    return code


if __name__ == "__main__":
    main()
