-- The local stack's clock.

-- name: load_turns
select turned_at, offset_s from core.clock_turns order by turned_at;

-- name: turn
insert into core.clock_turns (turned_at, offset_s)
select $1, $2 + coalesce((select max(offset_s) from core.clock_turns), 0) where exists (select from core.local_stack);
