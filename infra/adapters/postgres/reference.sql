-- Reference data: which snapshot of each key is held, and the snapshots themselves.

-- name: load_held
select key_hash, declared_at, event_id from core.snapshots where key_hash = any($1::bytea[]);

-- name: load_tariff_days
select service, effective_from from core.tariffs where service = any($1::text[]);

-- name: hold
-- The newest wins, also against a transaction of another partition that held this key meanwhile.
insert into core.snapshots as held (key_hash, declared_at, event_id, withdrawn)
select * from unnest($1::bytea[], $2::timestamptz[], $3::uuid[], $4::boolean[]) snapshot (hash) order by hash
on conflict (key_hash) do update
set declared_at = excluded.declared_at, event_id = excluded.event_id, withdrawn = excluded.withdrawn
where (held.declared_at, held.event_id) < (excluded.declared_at, excluded.event_id)
returning key_hash;

-- name: add_parties
insert into core.parties (neq)
select neq from json_to_recordset($1::json) s (neq text) order by neq on conflict do nothing;

-- name: put_organisation
insert into core.organisations
select p.org_no, s.name, s.kind, s.geographic_code, s.email, s.billing_email,
       s.in_service_from, s.billing_account_open, s.services
from json_to_recordset($1::json) s
    (neq text, name text, kind text, geographic_code text, email text, billing_email text,
     in_service_from date, billing_account_open boolean, services jsonb)
join core.parties p using (neq)
on conflict (org_no) do update
set (name, kind, geographic_code, email, billing_email, in_service_from, billing_account_open, services)
  = (excluded.name, excluded.kind, excluded.geographic_code, excluded.email, excluded.billing_email,
     excluded.in_service_from, excluded.billing_account_open, excluded.services);

-- name: put_driver
insert into core.drivers
select s.* from json_populate_recordset(null::core.drivers, $1::json) s
on conflict (licence) do update
set (family_name, first_name, birth_date, sex, licence_kind, status, classes, conditions, mentions, prohibitions, valid_until)
  = (excluded.family_name, excluded.first_name, excluded.birth_date, excluded.sex, excluded.licence_kind, excluded.status,
     excluded.classes, excluded.conditions, excluded.mentions, excluded.prohibitions, excluded.valid_until);

-- name: put_vehicle
insert into core.vehicles
select s.* from json_populate_recordset(null::core.vehicles, $1::json) s
on conflict (vehicle) do update
set (vin, plate, make, model, model_year, cylinders, fuel, colour, status, owners, owner_licence, uses, declared_at)
  = (excluded.vin, excluded.plate, excluded.make, excluded.model, excluded.model_year, excluded.cylinders, excluded.fuel,
     excluded.colour, excluded.status, excluded.owners, excluded.owner_licence, excluded.uses, excluded.declared_at);

-- name: put_tariff
insert into core.tariffs (service, effective_from, amount, taxable, event_id)
select * from json_to_recordset($1::json)
    s (service text, effective_from date, amount numeric, taxable boolean, event_id uuid)
on conflict (service, effective_from) do update
set (amount, taxable, event_id) = (excluded.amount, excluded.taxable, excluded.event_id);

-- name: put_provision
insert into core.provisions
select s.* from json_populate_recordset(null::core.provisions, $1::json) s
on conflict (law, article, attestable_from) do update
set (attestable_to, analysis) = (excluded.attestable_to, excluded.analysis);

-- name: put_source
insert into core.sources (uri, types, organisations, roles, key_ref)
select * from json_to_recordset($1::json)
    s (uri text, types text[], organisations text[], roles text[], key_ref text)
on conflict (uri) do update
set (types, organisations, roles, key_ref, withdrawn)
  = (excluded.types, excluded.organisations, excluded.roles, excluded.key_ref, false);

-- name: withdraw_organisation
delete from core.organisations o using core.parties p where p.org_no = o.org_no and p.neq = any($1::text[]);

-- name: withdraw_driver
delete from core.drivers where licence = any($1::text[]);

-- name: withdraw_vehicle
delete from core.vehicles where vehicle = any($1::text[]);

-- name: withdraw_tariff
delete from core.tariffs where service || ':' || effective_from = any($1::text[]);

-- name: withdraw_provision
delete from core.provisions where law || ':' || article || ':' || attestable_from = any($1::text[]);

-- name: withdraw_source
update core.sources set withdrawn = true where uri = any($1::text[]);
