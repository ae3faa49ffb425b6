-- Dead letters: added by the road, listed and settled by operators.

-- name: add
-- Two groups may read one topic; the id says which, so a conflict is the same record seen again.
insert into core.dead_letters
    (dead_letter_id, consumer_group, topic, partition, "offset", received_at, original,
     event_id, event_type, aggregate, cause, detail, at, state)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::timestamptz[], $7::bytea[],
    $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::core.dead_letter_state[])
on conflict (dead_letter_id) do nothing;

-- name: list
select dead_letter_id, consumer_group, topic, partition, "offset", event_id, event_type, cause, detail, at, state, reason
from core.dead_letters
where ($1::text is null or cause = $1) and ($2::boolean or state in ('OPEN', 'BLOCKED'))
order by received_at, partition, "offset" limit $3;

-- name: show
select * from core.dead_letters where dead_letter_id = $1;

-- name: unsettled
-- In the order in which a redrive takes them; what waits behind a chosen one comes along. The records of one batch
-- of a producer have one instant, so that the offset decides.
select dead_letter_id, consumer_group, aggregate, received_at from core.dead_letters d
where state in ('OPEN', 'BLOCKED')
  and (dead_letter_id = any($1::uuid[]) or cause = $2
       or (state = 'BLOCKED' and aggregate in
           (select aggregate from core.dead_letters where dead_letter_id = any($1::uuid[]) or cause = $2)))
order by received_at, partition, "offset";

-- name: take
-- Locks one for a redrive, unless another took it first or an earlier one of its aggregate is unsettled.
select d.consumer_group, d.original,
       exists (select from core.dead_letters e
               where e.aggregate = d.aggregate and e.state in ('OPEN', 'BLOCKED') and e.cause in ('BUG', 'BLOCKED')
                 and (e.received_at, e.partition, e."offset") < (d.received_at, d.partition, d."offset")) as waits,
       d.cause in ('BUG', 'BLOCKED') as blocks
from core.dead_letters d
where dead_letter_id = $1 and state in ('OPEN', 'BLOCKED') for update of d skip locked;

-- name: still_dead
update core.dead_letters set cause = $2, detail = $3, state = $4, aggregate = coalesce($5, aggregate)
where dead_letter_id = $1;

-- name: settle
update core.dead_letters set state = $2, settled_at = $3, reason = $4
where dead_letter_id = any($1::uuid[]) and state in ('OPEN', 'BLOCKED')
returning dead_letter_id;

-- name: count_open
select consumer_group, cause, count(*)::int as count from core.dead_letters
where state in ('OPEN', 'BLOCKED') group by 1, 2 order by 1, 2;
