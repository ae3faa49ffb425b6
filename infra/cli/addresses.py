"""Settings as commands need them: addresses that can be read, before a client trips over them."""

from urllib.parse import urlsplit

from infra.adapters.settings import Settings, SettingsError, load_settings

SCHEMES = frozenset({"postgresql", "postgres"})


def reachable_settings(*needed: str) -> Settings:
    """Read the settings and make sure that those needed are there and that addresses have their form.

    Raises:
        SettingsError: one is missing or wrong; never repeats it, since an address may hold a password.
    """
    settings = load_settings(*needed)
    if settings.database and not _is_database(settings.database):
        raise SettingsError(
            "GUICHET_DATABASE: is no address; write postgresql://user:password@host:port/name, "
            "with %2F for a slash in the password"
        )
    if settings.kafka and not all(_is_broker(broker.strip()) for broker in settings.kafka.split(",")):
        raise SettingsError("GUICHET_KAFKA: is no address; write host:port, several with a comma")
    return settings


def _is_database(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in SCHEMES and parts.port != 0
    except ValueError:
        return False


def _is_broker(broker: str) -> bool:
    try:
        parts = urlsplit(f"//{broker}")
        return bool(parts.hostname) and bool(parts.port) and parts.netloc == broker
    except ValueError:
        return False
