-- Activity: what was asked and charged, by organisation, day and service.

-- name: load_contributions
select event_id, version, org_no, day, service, accepted, refused, rejected, amount
from core.activity_contributions where event_id = any($1::uuid[]) order by event_id for update;

-- name: load_parties
select neq, org_no from core.parties where neq = any($1::text[]);

-- name: forget_contributions
delete from core.activity_contributions where event_id = any($1::uuid[]);

-- name: add_activity
-- In the order of the keys, so that copies of the consumer wait for one another and never in a circle.
insert into core.activity as a (org_no, day, service, accepted, refused, rejected, amount)
select * from unnest($1::int[], $2::date[], $3::text[], $4::int[], $5::int[], $6::int[], $7::numeric[])
    d (org_no, day, service, accepted, refused, rejected, amount)
order by org_no, day, service
on conflict (org_no, day, service) do update
set accepted = a.accepted + excluded.accepted,
    refused = a.refused + excluded.refused,
    rejected = a.rejected + excluded.rejected,
    amount = a.amount + excluded.amount;

-- name: make_shadow
create temporary table shadow_contributions (like core.activity_contributions including all) on commit drop;

-- name: fill_shadow
insert into shadow_contributions select * from core.expected_contributions;

-- name: analyze_shadow
analyze shadow_contributions;

-- name: lock_contributions
-- The consumer waits, before it reads; readers don't.
lock table core.activity_contributions in exclusive mode;

-- name: catch_up
-- What was counted while the shadow was filled: those facts do not come again.
insert into shadow_contributions
select * from core.expected_contributions
where event_id = any(array(
    select c.event_id from core.activity_contributions c
    where not exists (select from shadow_contributions s where s.event_id = c.event_id and s.version >= c.version)))
on conflict (event_id) do update
set version = excluded.version, org_no = excluded.org_no, day = excluded.day, service = excluded.service,
    accepted = excluded.accepted, refused = excluded.refused, rejected = excluded.rejected, amount = excluded.amount;

-- name: count_activity
select count(*)::int from core.activity;

-- name: swap_contributions
-- Only what differs is written, so that a rebuild that finds everything right holds nobody up.
merge into core.activity_contributions c using shadow_contributions s on c.event_id = s.event_id
when matched and c is distinct from s then update
set version = s.version, org_no = s.org_no, day = s.day, service = s.service,
    accepted = s.accepted, refused = s.refused, rejected = s.rejected, amount = s.amount
when not matched then
    insert values (s.event_id, s.version, s.org_no, s.day, s.service, s.accepted, s.refused, s.rejected, s.amount)
when not matched by source then delete;

-- name: swap_activity
merge into core.activity a
using (
    select org_no, day, service, sum(accepted)::int as accepted, sum(refused)::int as refused,
           sum(rejected)::int as rejected, sum(amount)::numeric(12, 2) as amount
    from shadow_contributions group by org_no, day, service
) s on a.org_no = s.org_no and a.day = s.day and a.service = s.service
when matched and (a.accepted, a.refused, a.rejected, a.amount) <> (s.accepted, s.refused, s.rejected, s.amount)
then update set accepted = s.accepted, refused = s.refused, rejected = s.rejected, amount = s.amount
when not matched then
    insert values (s.org_no, s.day, s.service, s.accepted, s.refused, s.rejected, s.amount)
when not matched by source then delete;
