-- The road: what every topic shares, whatever its events say (progress, outbox, dead letters, locks).

create schema core;
comment on schema core is 'The truth. Owned by the role that the consumers use; nobody else reads it.';
create schema read;
comment on schema read is 'What portals and operators read: views over core, filtered by row security.';

create table core.progress (
    group_id     text not null,
    topic        text not null,
    partition    int not null,
    next_offset  bigint not null default 0,
    records      bigint not null default 0,
    effects      bigint not null default 0,
    duplicates   bigint not null default 0,
    refusals     bigint not null default 0,
    dead_letters bigint not null default 0,
    ignored      bigint not null default 0,
    moved_at     timestamptz,
    primary key (group_id, topic, partition),
    check (records = effects + duplicates + refusals + dead_letters + ignored)
) with (fillfactor = 50);
comment on table core.progress is
    'How far a group has come on a partition, moved in the batch''s own transaction: it skips what was done, fences a member that is no longer one, and counts (audit law 7).';

create table core.outbox (
    seq        bigint generated always as identity primary key,
    topic      text not null,
    records    int not null,
    payload    bytea not null,
    created_at timestamptz not null
);
alter table core.outbox alter column payload set storage external; -- it comes compressed
comment on table core.outbox is
    'Records to publish, packed and compressed: one row per transaction and topic, deleted once Kafka has acknowledged all of it.';

create table core.outbox_parked (
    seq       bigint not null,
    position  int not null,
    topic     text not null,
    payload   bytea not null,
    reason    text not null,
    parked_at timestamptz not null,
    primary key (seq, position)
);
comment on table core.outbox_parked is 'Records that Kafka refused for good; the rest of the outbox went on.';

create type core.dead_letter_state as enum ('OPEN', 'BLOCKED', 'REDRIVEN', 'DISCARDED');
create table core.dead_letters (
    dead_letter_id uuid primary key,
    consumer_group text not null,
    topic          text not null,
    partition      int not null,
    "offset"       bigint not null,
    received_at    timestamptz not null,
    original       bytea not null,
    event_id       uuid,
    event_type     text,
    aggregate      text,
    cause          text not null,
    detail         text not null,
    at             timestamptz not null,
    state          core.dead_letter_state not null,
    settled_at     timestamptz,
    reason         text
);
comment on table core.dead_letters is
    'Records that could not be taken, with their cause; the original key, value and headers are encrypted.';
create index dead_letters_unsettled on core.dead_letters (received_at) where state in ('OPEN', 'BLOCKED');
create index dead_letters_blocking on core.dead_letters (aggregate)
    where state in ('OPEN', 'BLOCKED') and cause in ('BUG', 'BLOCKED');

create table core.locks (
    key text primary key
);
comment on table core.locks is
    'One row to lock for each aggregate that several partitions can touch; advisory locks run out of shared memory.';

create table core.local_stack (
    only_row boolean primary key default true check (only_row)
);
comment on table core.local_stack is 'Has its row on the local stack only: there urn:guichet:local may speak.';
