"""Made-up data, each a pure function of a number: no state, no clock, never a real identifier (facts §2).

Shares follow facts §3 where it has figures; the rest is invented.
"""

from producers.made_up.drivers import driver, licence
from producers.made_up.organisations import organisation, sources
from producers.made_up.prices import provisions, tariffs
from producers.made_up.vehicles import vehicle

__all__ = ["driver", "licence", "organisation", "provisions", "sources", "tariffs", "vehicle"]
