-- What became of one inquiry, from the read stores (contract §5).

-- name: inquiry
select * from read.inquiries where inquiry_id = $1;

-- name: results
select r.item, r.outcome, r.sha256, coalesce(c.amount, 0.00) as amount
from read.results r left join read.charges c on c.inquiry_id = r.inquiry_id and c.item = r.item and c.kind = 'CHARGE'
where r.inquiry_id = $1 order by r.item;

-- name: dead_letter
select cause, detail from read.dead_letters where event_id = $1 and state in ('OPEN', 'BLOCKED')
order by at desc limit 1;

-- name: items
select item from read.results where inquiry_id = $1 order by item;

-- name: content
-- Logs the consultation in the same call.
select read.result_content($1, $2, $3, 'VIEW');
