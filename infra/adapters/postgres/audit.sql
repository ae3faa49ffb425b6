-- The conservation laws of contract §8, as far as SQL alone can tell. A statement that looks for what breaks a
-- law gives at most $1 rows, with the count of all that break it in `broken`.

-- name: items
select coalesce(sum(items) filter (where status <> 'REFUSED' and environment = 'P'), 0)::bigint as accepted,
       (select count(*)::bigint from core.results r join core.inquiries p using (inquiry_id)
        where p.environment = 'P') as results,
       (select count(*)::bigint from core.charges) as charges
from core.inquiries;

-- name: unbalanced
-- Per inquiry, since totals may agree by chance. The keys are unique, so that many items up to that number are all of them.
with results as (
    select inquiry_id, count(*)::int as results, min(item) as first, max(item) as last, count(sha256)::int as hashed,
           count(coalesce(sha256, content))::int as shown
    from core.results group by inquiry_id
), charges as (
    select inquiry_id, count(*)::int as charges, min(item) as first, max(item) as last, min(org_no) as org_no, max(org_no) as other_org_no
    from core.charges group by inquiry_id
), counted as (
    select inquiry_id, i.org_no, i.environment, i.status, i.items,
           coalesce(r.results, 0) as results, r.first as first_result, r.last as last_result,
           coalesce(r.hashed, 0) as hashed, coalesce(r.shown, 0) as shown,
           coalesce(c.charges, 0) as charges, c.first as first_charge, c.last as last_charge,
           c.org_no as charged, c.other_org_no as also_charged,
           case when i.status in ('ANSWERED', 'PENDING') then i.items else 0 end as accepted
    from core.inquiries i full join results r using (inquiry_id) full join charges c using (inquiry_id)
)
select inquiry_id, environment, status, items, accepted, results, hashed, shown, charges,
       count(*) over () as broken
from counted
where status is null
   or results <> accepted or first_result <> 1 or last_result <> accepted
   or case environment
      when 'P' then hashed <> accepted or charges <> accepted or first_charge <> 1 or last_charge <> accepted
                    or charged <> org_no or also_charged <> org_no
      else shown > 0 or charges > 0 end
order by inquiry_id limit $1;

-- name: mispriced
-- A tariff holds from its first day until the next one of its service, by the date in Toronto of the reception.
with terms as (
    select tariff_no, service, amount, effective_from,
           lead(effective_from) over (partition by service order by effective_from) as until
    from core.tariffs
), charged as (
    select c.inquiry_id, c.item, c.amount, c.tariff_no, i.kind::text as kind, i.channel,
           (i.received_at at time zone 'America/Toronto')::date as received_on
    from core.charges c join core.inquiries i using (inquiry_id)
)
select c.inquiry_id, c.item, c.amount, c.received_on, t.amount as tariff, t.effective_from, t.until,
       (t.tariff_no is not null and (t.service = c.kind or c.channel = 'FILE')) as of_its_service,
       count(*) over () as broken
from charged c left join terms t using (tariff_no)
where t.tariff_no is null
   or c.amount <> t.amount
   or (t.service <> c.kind and c.channel = 'EVENT')
   or c.received_on < t.effective_from or c.received_on >= t.until
order by c.inquiry_id, c.item limit $1;

-- name: count_charges
select count(*)::bigint from core.charges;

-- name: stated
-- Closed months only: what each organisation's lines come to, beside its statement.
with lines as (
    select org_no, period_no, sum(amount) as lines, coalesce(sum(amount) filter (where taxable), 0) as taxable_lines
    from (
        select c.org_no, c.period_no, c.amount, t.taxable from core.charges c join core.tariffs t using (tariff_no)
        union all
        select c.org_no, a.period_no, a.amount, t.taxable
        from core.adjustments a join core.charges c using (inquiry_id, item) join core.tariffs t using (tariff_no)
    ) line
    group by org_no, period_no
)
select p.neq as organisation, d.month, l.lines, l.taxable_lines, s.subtotal, s.taxable_subtotal, s.gst, s.qst, s.total
from lines l full join core.statements s using (org_no, period_no)
join core.periods d using (period_no) join core.parties p using (org_no)
where d.closed_at is not null or s.total is not null
order by d.month, p.neq;

-- name: mails
select count(*) filter (where status in ('SENT', 'FAILED', 'SUPPRESSED', 'UNKNOWN'))::bigint as ended,
       count(*) filter (where status in ('REQUESTED', 'SENDING', 'RETRYING'))::bigint as on_their_way,
       count(*) filter (where status = 'UNKNOWN')::bigint as unknown
from core.mails;

-- name: mails_unlike_their_story
-- An e-mail that is being sent, or waits for its first attempt, has the state of no event.
with stories as (
    select mail_id, count(*)::int as events, count(*) filter (where status = 'SENT')::int as sent,
           (array_agg(status order by version desc))[1] as last
    from core.mail_events group by mail_id
)
select m.mail_id, m.status::text, s.last::text, coalesce(s.sent, 0) as sent, count(*) over () as broken
from core.mails m left join stories s using (mail_id)
where coalesce(s.events, 0) <> m.version
   or s.sent > 1 or (s.sent = 1 and s.last <> 'SENT')
   or (m.status not in ('REQUESTED', 'SENDING') and s.last is distinct from m.status)
order by m.mail_id limit $1;

-- name: altered
select inquiry_id, item, count(*) over () as broken from core.results
where content is not null and sha256 is distinct from sha256(content)
order by inquiry_id, item limit $1;

-- name: contents
select count(content)::bigint as held, count(*) filter (where content is null and sha256 is not null)::bigint as emptied
from core.results;

-- name: consultation_gaps
-- The sequence, too: a reading rolled back at the end leaves its gap there.
select greatest(n.last_value * n.is_called::int - coalesce(min(c.consultation_no), 1) + 1 - count(c.consultation_no), 0)::bigint
           as missing,
       count(c.consultation_no)::bigint as consultations
from core.consultation_numbers n left join core.consultations c on true
group by n.last_value, n.is_called;

-- name: outbox
select count(*)::bigint as rows, coalesce(sum(records), 0)::bigint as records, min(created_at) as oldest,
       (select count(*)::bigint from core.outbox_parked) as parked
from core.outbox;

-- name: waiting_facts
select payload from core.outbox where topic = $1;

-- name: checkpoint
select partition, next_offset, settled_until from core.audit_checkpoints where topic = $1;

-- name: settled_next
-- 10 minutes before the last answer, or before what still waits: no transaction under way is that old.
select least(max(answered_at), (select min(created_at) from core.outbox)) - interval '10 minutes' from core.inquiries;

-- name: make_told
create temp table told (inquiry_id uuid not null) on commit drop;

-- name: analyze_told
analyze told;

-- name: untold
select inquiry_id, answered_at, count(*) over () as broken from core.inquiries i
where status in ('ANSWERED', 'PENDING') and ($2::timestamptz is null or answered_at > $2)
  and not exists (select from told t where t.inquiry_id = i.inquiry_id)
order by answered_at, inquiry_id limit $1;

-- name: count_answered
select count(*)::bigint from core.inquiries
where status in ('ANSWERED', 'PENDING') and ($1::timestamptz is null or answered_at > $1);

-- name: save_checkpoint
insert into core.audit_checkpoints (topic, partition, next_offset, settled_until)
select $1, place.partition, place.next_offset, $4
from unnest($2::int[], $3::bigint[]) place (partition, next_offset)
on conflict (topic, partition) do update
set next_offset = excluded.next_offset, settled_until = excluded.settled_until
where excluded.settled_until > core.audit_checkpoints.settled_until;

-- name: progress
select group_id, partition, next_offset from core.progress;

-- name: miscounted
-- The table checks the first itself; no partition has had more records than offsets.
select group_id, topic, partition, next_offset, records, effects, duplicates, refusals, dead_letters, ignored
from core.progress
where records <> effects + duplicates + refusals + dead_letters + ignored or records > next_offset
order by group_id, topic, partition;

-- name: save_verdicts
insert into core.audit_verdicts (law, broken, audited_at)
select law, broken, $3 from unnest($1::text[], $2::boolean[]) verdict (law, broken)
on conflict (law) do update set broken = excluded.broken, audited_at = excluded.audited_at;

-- name: verdicts
select law, broken from core.audit_verdicts;
