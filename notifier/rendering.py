"""Templates → subject, text and HTML that say the same: one file a template and language, two sets of parts."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, meta, nodes

FOLDER = Path(__file__).with_name("templates")
VARIABLES: Mapping[str, frozenset[str]] = {
    "statement-issued": frozenset(
        {"statement", "organisation", "name", "period", "subtotal", "gst", "qst", "total"},
    ),
}
"""The variables of each template, as the decisions that ask for it give them."""
ALWAYS = frozenset({"parts", "portal"})
MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


class Rendered(NamedTuple):
    """What an e-mail says."""

    subject: str
    text: str
    html: str


class TemplatesError(Exception):
    """A template is missing or names a variable that it is not given; the message says which."""


class Templates:
    """All templates, compiled; that nothing is missing is known before anything is sent.

    MJML becomes HTML once, with Jinja's expressions left in their places: for each e-mail it would take as long as to
    send it. So a template says the same words whatever its variables hold; what differs is another template.
    """

    def __init__(self, portal: str, folder: Path = FOLDER, variables: Mapping[str, frozenset[str]] = VARIABLES) -> None:
        """Compile the templates of `folder`; their links lead to `portal`.

        Raises:
            TemplatesError: one is missing, is broken, or names a variable that it is not given.
        """
        self._portal = portal
        self._text, self._html = _environment(folder, html=False), _environment(folder, html=True)
        self._left = _environment(folder, html=True)
        self._left.filters |= {name: _left_to(name) for name in FILTERS}
        self._templates = {
            (name, language): self._compile(folder, f"{language}/{name}.j2", given)
            for name, given in variables.items()
            for language in ("fr",)
        }

    def _compile(self, folder: Path, path: str, given: frozenset[str]) -> tuple[Template, Template]:
        try:
            tree = self._text.parse((folder / path).read_text("utf-8"))
            unknown = meta.find_undeclared_variables(tree) - given - ALWAYS
            if unknown:
                names = ", ".join(sorted(unknown))
                raise TemplatesError(f"{path}: names {names}, which it is not given; it has {', '.join(sorted(given))}")
            if next(tree.find_all((nodes.If, nodes.For, nodes.CondExpr)), None) is not None:
                raise TemplatesError(f"{path}: has if or for; make another template of what differs")
            return self._text.get_template(path), self._html.from_string(self._page(path, given))
        except FileNotFoundError:
            raise TemplatesError(f"{path}: is missing in {folder}") from None
        except TemplateError as error:
            raise TemplatesError(f"{path}: {error}") from None

    def _page(self, path: str, given: frozenset[str]) -> str:
        """Make the HTML of a template with its expressions left in it."""
        left = {name: f"{{{{ {name} }}}}" for name in given | ALWAYS}
        return str(mrml.to_html(self._left.get_template(path).render(left | {"parts": "html.j2"})).content)

    def render(self, name: str, language: str, variables: Mapping[str, Any]) -> Rendered:
        """Render an e-mail.

        Args:
            variables: those of the template, as JSON has them: dates and amounts as texts.
        """
        text, html = self._templates[name, language]
        given = {**variables, "portal": self._portal}
        made = text.make_module({**given, "parts": "text.j2"})
        return Rendered(str(made.subject), str(made).lstrip(), html.render(given))  # type: ignore[attr-defined]


def _environment(folder: Path, *, html: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=html,  # noqa: S701 -- escaped where it is HTML, as it is where it is text
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= FILTERS
    return made


def _left_to(name: str) -> Callable[[str], str]:
    """Give a filter that leaves its work to a later rendering."""
    return lambda expression: f"{expression.removesuffix(' }}')} | {name} }}}}"


def money(amount: str) -> str:
    """Write an amount in French: 1 234,56 $, its spaces unbreakable."""
    spaced = f"{Decimal(amount):,.2f}".replace(",", "\u202f").replace(".", ",").replace("-", "\u2212")
    return f"{spaced}\u00a0$"


def of_month(period: str) -> str:
    """Write of which month: `de novembre 2026` for `2026-11`, `d’octobre 2026` for `2026-10`."""
    first = date.fromisoformat(f"{period}-01")
    name = MONTHS[first.month - 1]
    return f"{'d’' if name[0] in 'ao' else 'de '}{name} {first.year}"


FILTERS: dict[str, Callable[[str], str]] = {"money": money, "of_month": of_month}
