-- The statements of the road: progress, inbox, sources, dead letters, timers, outbox.

-- name: add_progress
insert into core.progress (group_id, topic, partition)
select $1, $2, partition from unnest($3::int[]) partition
on conflict do nothing;

-- name: lock_progress
-- Fences: of two members that hold the same records, the second waits here and then finds them done.
select partition, next_offset from core.progress
where group_id = $1 and topic = $2 and partition = any($3::int[])
order by partition for update;

-- name: move_progress
update core.progress p
set next_offset = m.next_offset,
    records = p.records + counted.records,
    effects = p.effects + m.effects,
    duplicates = p.duplicates + m.duplicates,
    refusals = p.refusals + m.refusals,
    dead_letters = p.dead_letters + m.dead_letters,
    ignored = p.ignored + m.ignored,
    moved_at = $10
from unnest($3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
    m (partition, next_offset, effects, duplicates, refusals, dead_letters, ignored)
cross join lateral (select m.effects + m.duplicates + m.refusals + m.dead_letters + m.ignored as records) counted
where p.group_id = $1 and p.topic = $2 and p.partition = m.partition;

-- name: load_sources
-- The local stack's own source speaks on the local stack only.
select source_no, uri, types, organisations, roles, key_ref from core.sources
where uri = any($1::text[]) and not withdrawn
  and (uri <> 'urn:guichet:local' or exists (select from core.local_stack));

-- name: load_blocks
-- Aggregates that wait for a dead letter to be settled, with the instant from which their events wait.
select aggregate, min(received_at) as since from core.dead_letters
where aggregate = any($1::text[]) and state in ('OPEN', 'BLOCKED') and cause in ('BUG', 'BLOCKED')
group by aggregate;

-- name: add_locks
insert into core.locks (key) select key from unnest($1::text[]) key order by key on conflict do nothing;

-- name: take_locks
select from core.locks where key = any($1::text[]) order by key for update;

-- name: load_inbox
select event_id, source_no, digest from core.inbox where topic = $1 and event_id = any($2::uuid[]);

-- name: add_inbox
insert into core.inbox (topic, event_id, source_no, digest)
select * from unnest($1::text[], $2::uuid[], $3::int[], $4::bytea[]);

-- name: set_timers
insert into core.timers (key, due_at, generation, type, aggregate, data)
select * from unnest($1::text[], $2::timestamptz[], $3::int[], $4::text[], $5::text[], $6::text[])
on conflict (key) do update
set due_at = excluded.due_at, generation = excluded.generation, type = excluded.type,
    aggregate = excluded.aggregate, data = excluded.data;

-- name: add_outbox
with added as (insert into core.outbox (topic, records, payload, created_at) values ($1, $2, $3, $4) returning seq)
select pg_notify('guichet_outbox', '') from added;
