"""How the demonstration speaks on a terminal: progress bars, commands, money."""

from collections.abc import Callable
from decimal import Decimal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


def bars(console: Console) -> Progress:
    """Make progress bars, one under the other."""
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def told(progress: Progress, task: TaskID) -> Callable[[int], None]:
    """Make what moves a bar when told how much is done."""
    return lambda count: progress.update(task, completed=count)


def dollars(amount: Decimal) -> str:
    """Write an amount for people, as in "1,234.56 $"."""
    return f"{amount:,.2f} $"


def print_command(console: Console, command: str, why: str = "") -> None:
    """Print the command that does what is done next, with why under it."""
    console.print(command, style="bold", highlight=False, markup=False)
    if why:
        console.print(f"  {why}", highlight=False, markup=False)
