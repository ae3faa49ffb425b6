-- The clock process.

-- name: due
-- Any number of clocks share the work.
select key, due_at, generation, type, aggregate, data from core.timers
where due_at <= $1 order by due_at, key limit $2 for update skip locked;

-- name: fired
delete from core.timers where key = any($1::text[]);

-- name: overdue
select count(*) from core.timers where due_at <= $1;

-- name: waiting
select kind, count(*) as waiting, count(*) filter (where due_at <= core.clock_now()) as overdue, min(due_at) as next_due_at
from read.timers group by kind order by kind;

-- name: to_send
-- Due or in the outbox: one statement, so that none is missed on its way from the one to the other.
select (select count(*) from core.timers where due_at <= $2)
     + (select coalesce(sum(records), 0)::bigint from core.outbox where topic = $1);

-- name: taken
select partition, next_offset from core.progress where group_id = $1 and topic = $2;
