-- The audit: where its reading of guichet.outcomes goes on.

create table core.audit_checkpoints (
    topic         text not null,
    partition     int not null,
    next_offset   bigint not null,
    settled_until timestamptz not null,
    primary key (topic, partition)
);
comment on table core.audit_checkpoints is
    'Every inquiry answered up to settled_until has its fact on the topic; the facts of later ones stand at next_offset or after it (audit law 6).';

create table core.audit_verdicts (
    law        text primary key,
    broken     boolean not null,
    audited_at timestamptz not null
);
comment on table core.audit_verdicts is 'What the last audit said of each law, for the metric guichet_audit_broken.';
