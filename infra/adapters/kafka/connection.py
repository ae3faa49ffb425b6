"""One set of settings, in the words of each Kafka client."""

import ssl
from typing import TYPE_CHECKING, Any

from infra.adapters.settings import Settings, SettingsError

if TYPE_CHECKING:
    from faststream.security import BaseSecurity


def for_librdkafka(settings: Settings) -> dict[str, Any]:
    """Give confluent-kafka's connection settings."""
    words: dict[str, Any] = {
        "bootstrap.servers": settings.kafka,
        "security.protocol": settings.kafka_security,
    }
    optional = {
        "sasl.mechanism": settings.kafka_mechanism,
        "sasl.username": settings.kafka_username,
        "sasl.password": settings.kafka_password,
        "ssl.ca.location": settings.kafka_ca,
        "ssl.certificate.location": settings.kafka_cert,
        "ssl.key.location": settings.kafka_key,
    }
    return words | {name: value for name, value in optional.items() if value}


def for_aiokafka(settings: Settings) -> dict[str, Any]:
    """Give aiokafka's connection settings.

    Raises:
        SettingsError: a certificate or a key is none.
    """
    words: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_security != "PLAINTEXT":
        words["ssl_context"] = _ssl_context(settings)
    if settings.kafka_security == "SASL_SSL":
        words |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password,
        }
    return words


def for_faststream(settings: Settings) -> dict[str, Any]:
    """Give FastStream's connection settings."""
    return {"bootstrap_servers": settings.kafka, "security": _security(settings)}


def _security(settings: Settings) -> "BaseSecurity | None":
    from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

    if settings.kafka_security == "PLAINTEXT":
        return None
    context = _ssl_context(settings)
    if settings.kafka_security == "SSL":
        return BaseSecurity(ssl_context=context)
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    return kinds[settings.kafka_mechanism](
        username=settings.kafka_username or "", password=settings.kafka_password or "", ssl_context=context
    )


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    name = "KAFKA_CA"
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca or None)
        name = "KAFKA_CERT"
        if settings.kafka_cert:
            context.load_cert_chain(settings.kafka_cert, settings.kafka_key or None)
    except ssl.SSLError:
        raise SettingsError(f"GUICHET_{name}: holds nothing that TLS can use; name a PEM file") from None
    return context
