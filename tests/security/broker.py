"""A real broker that asks who one is: SASL over TLS on one listener, certificates on another."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from infra.adapters.settings import Settings
from infra.local_stack.home import Home, free_ports
from infra.local_stack.kafka import kafka
from infra.local_stack.services import answers
from tests.security.certificates import HERE, Authority, Issued

USER, PASSWORD = "guichet", "made-up, with = and spaces"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
KINDS = (*MECHANISMS, "SSL")
MODULES = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Secured:
    """The broker: where each listener is, whom it trusts, and the certificate of one who may come."""

    plain: str
    sasl: str
    mutual: str
    authority: Authority
    ours: Issued

    def env(self, kind: str, **changes: str) -> dict[str, str]:
        """The settings with which Guichet comes: by a mechanism, or with its certificate."""
        trust = {"KAFKA_CA": str(self.authority.certificate), "KAFKA_REPLICATION": "1"}
        if kind == "SSL":
            who = {"KAFKA": self.mutual, "KAFKA_SECURITY": "SSL"}
            who |= {"KAFKA_CERT": str(self.ours.certificate), "KAFKA_KEY": str(self.ours.key)}
        else:
            who = {"KAFKA": self.sasl, "KAFKA_SECURITY": "SASL_SSL", "KAFKA_MECHANISM": kind}
            who |= {"KAFKA_USERNAME": USER, "KAFKA_PASSWORD": PASSWORD}
        return {f"GUICHET_{name}": value for name, value in (trust | who | changes).items()}

    def settings(self, kind: str, **changes: str) -> Settings:
        return Settings.of(self.env(kind, **changes))


@contextmanager
def secured_broker(home: Home) -> Iterator[Secured]:
    """Run the broker of a local stack with two listeners more, and a user that SCRAM knows."""
    authority = Authority(home.path, "authority")
    service = kafka(home, lambda _doing: None)
    plain, sasl, mutual = (f"{HERE}:{port}" for port in (service.port, *free_ports(2)))
    with (home.path / "kafka" / "server.properties").open("a", encoding="utf-8") as settings:
        settings.write(_listeners(plain, sasl, mutual, home) + _security(authority))
    with (home.logs / "kafka.log").open("wb") as log, subprocess.Popen(service.command, stdout=log, stderr=log) as run:
        try:
            while not answers(service):
                assert run.poll() is None, (home.logs / "kafka.log").read_text(encoding="utf-8")[-2000:]
            _add_user(plain)
            yield Secured(plain, sasl, mutual, authority, authority.issue("guichet"))
        finally:
            run.terminate()


def _listeners(plain: str, sasl: str, mutual: str, home: Home) -> str:
    """Properties that come later win over those of the local stack."""
    ours = f"PLAINTEXT://{plain},SASL://{sasl},MUTUAL://{mutual}"
    protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL"
    return f"""
listeners={ours},CONTROLLER://{HERE}:{home.ports()["kafka-controller"]}
advertised.listeners={ours}
listener.security.protocol.map={protocols}
"""


def _security(authority: Authority) -> str:
    scram, plain = f"{MODULES}.scram.ScramLoginModule", f"{MODULES}.plain.PlainLoginModule"
    return f"""
ssl.keystore.type=PEM
ssl.keystore.location={authority.issue("broker").both}
ssl.truststore.type=PEM
ssl.truststore.location={authority.certificate}
listener.name.mutual.ssl.client.auth=required
sasl.enabled.mechanisms={",".join(MECHANISMS)}
listener.name.sasl.scram-sha-256.sasl.jaas.config={scram} required;
listener.name.sasl.scram-sha-512.sasl.jaas.config={scram} required;
listener.name.sasl.plain.sasl.jaas.config={plain} required user_{USER}="{PASSWORD}";
"""


def _add_user(plain: str) -> None:
    """Let Kafka know the user's password, once for each mechanism that keeps it."""
    kept = (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)
    asked = [
        UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        for mechanism in kept
    ]
    admin = AdminClient({"bootstrap.servers": plain})
    for one in asked:  # one user may be named once in a request
        for future in admin.alter_user_scram_credentials([one]).values():
            future.result()
