-- Months and their statements.

-- name: open_month
select month from core.periods where closed_at is null;

-- name: close_month
-- Alone for an instant: charging waits, and charges that were under way are in the month (design §5).
select core.close_month($1, $2, $3);

-- name: billed
-- What each organisation's lines of a closed month add up to, where it has no statements yet.
select l.org_no, p.neq, l.subtotal, l.taxable_subtotal, o.name, o.billing_email
from (
    select org_no, sum(amount) as subtotal, coalesce(sum(amount) filter (where taxable), 0) as taxable_subtotal
    from (
        select c.org_no, c.amount, t.taxable
        from core.charges c join core.tariffs t using (tariff_no) join core.periods d using (period_no)
        where d.month = $1
        union all
        select c.org_no, a.amount, t.taxable
        from core.adjustments a join core.charges c using (inquiry_id, item) join core.tariffs t using (tariff_no)
        join core.periods d on d.period_no = a.period_no
        where d.month = $1
    ) lines
    group by org_no
) l join core.parties p using (org_no) left join core.organisations o using (org_no)
where not exists (select from core.statements s join core.periods d using (period_no) where d.month = $1)
order by p.neq;

-- name: add_statements
-- With the name that the organisation has now; one that was withdrawn has none.
insert into core.statements
    (statement_id, org_no, period_no, subtotal, taxable_subtotal, gst, qst, total, issued_at, name)
select s.statement_id, s.org_no, d.period_no, s.subtotal, s.taxable_subtotal, s.gst, s.qst, s.total, s.issued_at, o.name
from unnest($1::uuid[], $2::int[], $3::date[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
            $8::numeric[], $9::timestamptz[])
    s (statement_id, org_no, month, subtotal, taxable_subtotal, gst, qst, total, issued_at)
join core.periods d using (month)
left join core.organisations o using (org_no);
