"""Topics, consumer groups, and the one topic that each event type is sent to (contract §1, §3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

REFERENCE = "guichet.reference"
SUBMISSIONS = "guichet.submissions"
NOTICES = "guichet.notices"
INQUIRIES = "guichet.inquiries"
SUBSCRIPTIONS = "guichet.subscriptions"
OUTCOMES = "guichet.outcomes"
MAIL = "guichet.mail"
INTERNAL = "guichet.internal"

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "guichet.reference": REFERENCE,
        "guichet.reception": SUBMISSIONS,
        "guichet.files": SUBMISSIONS,
        "guichet.notices": NOTICES,
        "guichet.inquiries": INQUIRIES,
        "guichet.subscriptions": SUBSCRIPTIONS,
        "guichet.internal": INTERNAL,
        "guichet.projections": OUTCOMES,
        "guichet.notifier": MAIL,
    }
)
"""The input topic of each consumer group."""


def dlq(group: str) -> str:
    """Name the topic of a consumer group's dead letters."""
    return f"{group}.dlq"


MIB = 1_048_576
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
FOR_EVER_MS = -1
FRAME_BYTES = 16_384
"""Room for key, headers and framing, which Kafka counts too, beside a record's value."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic is made with; every topic stamps records with their log-append time.

    Attributes:
        retention_ms: how long records are kept, or the tombstones of a compacted topic; -1 for ever.
        max_message_bytes: the largest batch that the broker takes, framing included.
        compacted: keeps the newest record of each key instead of a span of time.
    """

    name: str
    retention_ms: int = WEEK_MS
    max_message_bytes: int = MIB + FRAME_BYTES
    compacted: bool = False

    def config(self) -> dict[str, str]:
        """Give the settings under Kafka's own names."""
        kept = (
            {"cleanup.policy": "compact", "delete.retention.ms": str(self.retention_ms)}
            if self.compacted
            else {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms), "retention.bytes": "-1"}
        )
        return kept | {
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime",
        }


TOPICS: tuple[TopicSpec, ...] = (
    TopicSpec(REFERENCE, retention_ms=30 * DAY_MS, compacted=True),
    TopicSpec(SUBMISSIONS),
    TopicSpec(NOTICES),
    TopicSpec(INQUIRIES),
    TopicSpec(SUBSCRIPTIONS),
    TopicSpec(OUTCOMES, FOR_EVER_MS, 2 * MIB + FRAME_BYTES),
    TopicSpec(MAIL),
    TopicSpec(INTERNAL),
    *(TopicSpec(dlq(group), WEEK_MS, 2 * MIB + FRAME_BYTES) for group in GROUPS),
)
"""Every topic that `guichet migrate` makes."""

THINGS: Mapping[str, str] = MappingProxyType(
    {
        REFERENCE: """
            organisation.declared driver.declared vehicle.declared tariff.declared provision.declared
            source.declared partner-agreement.declared identity.declared municipality.declared program.declared
            parking-service.declared""",
        SUBMISSIONS: "file.submitted",
        NOTICES: "notice.submitted",
        INQUIRIES: """
            inquiry.requested attestation.analysed attestation.posted attestation.corrected result.viewed
            charge.adjusted""",
        SUBSCRIPTIONS: """
            membership.requested membership.decided resource-person.assigned agreement.documents-acknowledged
            agreement.grid-submitted agreement.resolution-received agreement.originals-sent
            agreement.original-returned agreement.amended onboarding.contact-made billing-account.opened
            employee.profile-defined employee.authorised employee.withdrawn portal-account.created
            technical-fit.confirmed training.completed training.declared start-date.set review.done
            portal-content.published portal-session.closed
            access.requested access.original-received access.approved access.declined
            access.activation-requested access.activated access.extended access.deactivated
            security-file.changed individual-information.transmitted reimbursement.claimed record.consulted
            data.extracted personal-information.requested personal-information.rectified support.requested
            local-manager.designated local-manager.replacement-requested deputy.appointed deputy.removed
            deputy.confirmed employment.ended right.granted right.changed right.revoked mandate.given
            mandate.ended service-point.registered mandataries-manager.designated
            mandataries-manager.replacement-requested person.associated person.dissociated application.acted
            parking-account.created parking-account.verified parking-account.verification-requested
            parking-profile.completed parking-profile.edited vehicle.added vehicle.edited vehicle.removed
            parking-subscription.requested parking-subscription.withdrawn parking-subscription.approved
            parking-subscription.declined payment-method.tokenised payment.confirmed payment.failed
            card.updated cancellation.requested category-change.requested change.requested
            cancellation.decided category-change.decided patrol.checked""",
        INTERNAL: "month.ended statements.due mail.retry-due",
        MAIL: "mail.requested",
        OUTCOMES: """
            file.received file.refused file.acknowledged file.failed notice.accepted notice.rejected
            sanction.raised sanction.lifted inquiry.answered inquiry.refused inquiry.late attestation.pending
            attestation.issued attestation.overdue attestation.refused statement.issued tariff.refused
            charge.adjustment-refused result.view-refused mail.sent mail.failed mail.unknown
            agreement.signed originals.overdue service.started access.granted access.expired
            access.deactivation-proposed sessions.revoked partner.without-officer""",
    }
)
"""The events sent to each topic, by short name; a fact that bears an input's name stands there only."""

ENDS = ("done", "refused", "parked")


def _types() -> Iterator[tuple[str, str]]:
    for topic, things in THINGS.items():
        for thing in things.split():
            yield f"guichet.{thing}.v1", topic
            if topic == SUBSCRIPTIONS:
                yield from ((f"guichet.{thing}.{end}.v1", OUTCOMES) for end in ENDS)


TYPE_TOPIC: Mapping[str, str] = MappingProxyType(dict(_types()))
"""The one topic to which each event type is sent, types not served yet included."""
