-- The relay's statements.

-- name: take_lead
select pg_try_advisory_lock(4155003);

-- name: waiting
-- All rows, not those after the last one seen: commits don't come in the order of seq.
select seq, topic, payload from core.outbox where seq <> all($2::bigint[]) order by seq limit $1;

-- name: delete
delete from core.outbox where seq = any($1::bigint[]);

-- name: park
insert into core.outbox_parked (seq, position, topic, payload, reason, parked_at)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing;

-- name: watch
select count(*)::bigint as rows, min(created_at) as oldest,
       (select count(*)::bigint from core.outbox_parked) as parked
from core.outbox;
