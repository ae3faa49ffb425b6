"""The events that are served, by type; one module a family."""

from pydantic import BaseModel, TypeAdapter

from schemas.events import inquiries, internal, mail, outcomes, reference

IN: dict[str, type[BaseModel]] = reference.EVENTS | inquiries.EVENTS
OUT: dict[str, type[BaseModel]] = outcomes.EVENTS
INSIDE: dict[str, type[BaseModel]] = internal.EVENTS | mail.EVENTS
MODELS: dict[str, TypeAdapter[BaseModel]] = {name: TypeAdapter(model) for name, model in (IN | INSIDE).items()}
