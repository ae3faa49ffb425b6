"""What all event data has in common."""

from pydantic import BaseModel, ConfigDict


class Data(BaseModel):
    """Event data: unknown members are ignored, numbers and truth values are never read from texts."""

    model_config = ConfigDict(frozen=True, extra="ignore")
