-- Inquiries: what a batch must know, and its rows that COPY does not write.

-- name: load_inbox
-- Every id ever used on guichet.inquiries, with what it stood for.
select inquiry_id, source_no, digest from core.inquiries where inquiry_id = any($1::uuid[]);

-- name: load_organisations
select p.neq, p.org_no, o.in_service_from, o.billing_account_open, o.services
from core.parties p left join core.organisations o using (org_no)
where p.neq = any($1::text[]);

-- name: add_parties
-- An organisation that nobody declared gets its number when it first asks.
insert into core.parties (neq) select neq from unnest($1::text[]) neq order by neq on conflict do nothing;

-- name: load_tariffs
select service, tariff_no, effective_from, amount from core.tariffs order by service, effective_from desc;

-- name: load_drivers
select licence, family_name, first_name, birth_date, licence_kind, status,
       classes, conditions, mentions, prohibitions, valid_until
from core.drivers where licence = any($1::text[]);

-- name: load_vehicles_by_vin
select plate, vin, make, model, model_year, cylinders, fuel, colour, status, owners, uses
from core.vehicles where vehicle = any($1::text[]) and vin is not null;

-- name: load_vehicles_by_plate
-- A plate that has moved belongs to the vehicle declared last.
select distinct on (plate)
       plate, vin, make, model, model_year, cylinders, fuel, colour, status, owners, uses
from core.vehicles where plate = any($1::text[]) order by plate, declared_at desc, vehicle;

-- name: load_results
-- Results that can be looked at: those of environment T have no content.
select r.inquiry_id, r.item, p.neq
from unnest($1::uuid[], $2::int[]) asked (inquiry_id, item)
join core.results r using (inquiry_id, item)
join core.inquiries i using (inquiry_id)
join core.parties p using (org_no)
where r.sha256 is not null;

-- name: load_charges
select c.inquiry_id, c.item, p.neq, t.service,
       (select count(*)::int from core.adjustments a where a.inquiry_id = c.inquiry_id and a.item = c.item) as adjustments
from unnest($1::uuid[], $2::int[]) asked (inquiry_id, item)
join core.charges c using (inquiry_id, item)
join core.parties p using (org_no)
join core.tariffs t using (tariff_no);

-- name: charging_period
select core.charging_period();

-- name: insert_adjustments
insert into core.adjustments
    (adjustment_id, inquiry_id, item, version, amount, reason, posted_at, period_no)
select a.*, $8::smallint
from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::numeric[], $6::text[], $7::timestamptz[]) a;

-- name: insert_consultations
insert into core.consultations (at, inquiry_id, item, employee, action, by)
select * from unnest($1::timestamptz[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[]);
