-- Bills: a month's lines, and what each should be by its tariff.

-- name: organisation
-- Known when declared, or when it once was and has asked something.
select exists (select from core.organisations where org_no = p.org_no)
    or exists (select from core.inquiries i where i.org_no = p.org_no and i.status <> 'REFUSED')
from core.parties p where neq = $1;

-- name: period
-- The month asked, else the open one.
select month, closed_at is null as open from core.periods
where case when $1::date is null then closed_at is null else month = $1 end;

-- name: statements
select count(*)::int as statements, coalesce(sum(total), 0) as total from read.statements where period = $1;

-- name: statement
select s.statement_id, p.neq as organisation, s.name, d.month, s.subtotal, s.taxable_subtotal, s.gst, s.qst, s.total,
       s.issued_at, s.document
from core.statements s join core.parties p using (org_no) join core.periods d using (period_no)
where p.neq = $1 and d.month = $2;

-- name: name_document
update core.statements set document = $2 where statement_id = $1 and document is null;

-- name: lines
select * from read.charges where organisation = $1 and period = $2
order by posted_at, inquiry_id, item, kind desc, adjustment_id;

-- name: expected
-- Computed anew from the tariffs by the received date in Toronto; an adjustment is its own amount.
with terms as (
    select service, amount, effective_from,
           lead(effective_from) over (partition by service order by effective_from) as until
    from core.tariffs
), lines as (
    select c.*, case i.channel when 'EVENT' then i.kind::text else c.service end as asked,
           (i.received_at at time zone 'America/Toronto')::date as received_on
    from read.charges c join core.inquiries i using (inquiry_id)
    where c.organisation = $1 and c.period = $2
)
select l.inquiry_id, l.item, l.adjustment_id,
       case l.kind when 'ADJUSTMENT' then l.amount else t.amount end as expected
from lines l
left join terms t on t.service = l.asked and l.received_on >= t.effective_from
    and (t.until is null or l.received_on < t.until);
