"""Synthetic partners: inquiries as real partners would send them, the wrong ones too, and what must come of each."""

from producers.partners.planning import plan, publish
from producers.partners.tally import Outcome, Planned, Tally, tally
from producers.partners.world import World

__all__ = ["Outcome", "Planned", "Tally", "World", "plan", "publish", "tally"]
