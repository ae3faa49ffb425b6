-- What portals and operators read (contract §5): views over core, owned by a role that owns no table,
-- so that row security applies to them; its policies test the reader's own role.

do $$
declare
    name text;
begin
    foreach name in array array['guichet_views', 'guichet_reader', 'guichet_operator', 'guichet_portal'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
        if not pg_has_role(current_user, name, 'set') or not pg_has_role(current_user, name, 'usage') then
            execute format('grant %I to current_user with set true, inherit true', name);
        end if;
    end loop;
end
$$;

create table core.reader_scopes (
    role_name name primary key,
    org_no    int not null references core.parties
);
comment on table core.reader_scopes is 'The one organisation that a database role reads; core.reader_scope binds it.';

grant usage on schema core to guichet_views;
grant usage, create on schema read to guichet_views;
grant usage on schema read to guichet_reader, guichet_operator, guichet_portal;
grant select on core.inquiries, core.results, core.charges, core.adjustments, core.consultations,
    core.parties, core.tariffs, core.periods, core.reader_scopes to guichet_views;
grant select (dead_letter_id, consumer_group, topic, partition, "offset", event_id, event_type, cause, detail, at, state)
    on core.dead_letters to guichet_views;

-- A reader sees one organisation, the portal the one that it names, operators and the owner all of them.
-- As a range of organisation numbers, so that the index on (org_no, received_at) serves each of them.
create view read.reader_range with (security_barrier) as
select case when all_of_them then -1 else one end as first, case when all_of_them then 2147483647 else one end as last
from (
    select current_user = 'guichet_operator'
               or current_user = (select rolname from pg_namespace n join pg_roles r on r.oid = n.nspowner
                                  where nspname = 'core') as all_of_them,
           case when current_user = 'guichet_portal'
               then (select org_no from core.parties where neq = current_setting('guichet.organisation', true))
               else (select org_no from core.reader_scopes where role_name = current_user)
           end as one
) reader;
comment on view read.reader_range is 'The range of organisation numbers that the present role may see; empty for an unknown role.';
alter view read.reader_range owner to guichet_views;

alter table core.inquiries enable row level security;
create policy readers on core.inquiries for select to guichet_views
    using (org_no >= (select first from read.reader_range) and org_no <= (select last from read.reader_range));
alter table core.charges enable row level security;
create policy readers on core.charges for select to guichet_views
    using (org_no >= (select first from read.reader_range) and org_no <= (select last from read.reader_range));

create view read.inquiries with (security_barrier) as
select i.inquiry_id, p.neq as organisation, i.employee, i.kind::text, i.channel::text,
       case when current_user = 'guichet_operator' and i.reference is not null then '•••' else i.reference end as reference,
       i.status::text, i.code::text, i.items::int, i.requested_at, i.received_at, i.answered_at,
       i.environment::text
from core.inquiries i left join core.parties p using (org_no)
where i.status <> 'FOLLOW_UP';
comment on view read.inquiries is 'Inquiries, refused ones included; an organisation whose name is no NEQ is null.';

create view read.results with (security_barrier) as
select r.inquiry_id, r.item::int, p.neq as organisation, i.kind::text, r.outcome::text, r.published_at,
       encode(r.sha256, 'hex') as sha256, i.environment::text
from core.inquiries i join core.results r using (inquiry_id) join core.parties p using (org_no);
comment on view read.results is 'The index of results; read.result_content is the only way to a content (P-07, P-09).';

-- Each half is a barrier of its own: of a union alone the planner asks a reader's conditions before the policies.
create view read.charge_lines with (security_barrier) as
select c.inquiry_id, c.item::int, p.neq as organisation, t.service, t.event_id as tariff_id, c.amount, t.taxable,
       c.posted_at, to_char(d.month, 'YYYY-MM') as period, 'CHARGE' as kind, null::uuid as adjustment_id
from core.charges c
join core.parties p using (org_no) join core.tariffs t using (tariff_no) join core.periods d using (period_no);
comment on view read.charge_lines is 'The charges of read.charges, not for readers.';

create view read.adjustment_lines with (security_barrier) as
select a.inquiry_id, a.item::int, p.neq as organisation, t.service, t.event_id as tariff_id, a.amount, t.taxable,
       a.posted_at, to_char(d.month, 'YYYY-MM') as period, 'ADJUSTMENT' as kind, a.adjustment_id
from core.adjustments a join core.charges c using (inquiry_id, item)
join core.parties p on p.org_no = c.org_no join core.tariffs t on t.tariff_no = c.tariff_no
join core.periods d on d.period_no = a.period_no;
comment on view read.adjustment_lines is 'The adjustments of read.charges, not for readers.';

create view read.charges with (security_barrier) as
table read.charge_lines union all table read.adjustment_lines;
comment on view read.charges is 'What is billed: one CHARGE an accepted item (P-10), and adjustments of them.';

create view read.consultations with (security_barrier) as
select c.at, p.neq as organisation, c.employee, c.inquiry_id, c.item::int, c.action, c.by
from core.inquiries i join core.consultations c using (inquiry_id) join core.parties p using (org_no);
comment on view read.consultations is 'Who saw which result and when (P-09, X-05).';

create view read.dead_letters with (security_barrier) as
select dead_letter_id, consumer_group, topic, partition, "offset", event_id, event_type, cause, detail, at, state::text
from core.dead_letters;
comment on view read.dead_letters is 'Records that could not be taken, for operators; their originals are encrypted in core.';

alter view read.inquiries owner to guichet_views;
alter view read.results owner to guichet_views;
alter view read.charge_lines owner to guichet_views;
alter view read.adjustment_lines owner to guichet_views;
alter view read.charges owner to guichet_views;
alter view read.consultations owner to guichet_views;
alter view read.dead_letters owner to guichet_views;

grant select on read.inquiries, read.results, read.charges, read.consultations
    to guichet_reader, guichet_operator, guichet_portal, current_user;
grant select on read.dead_letters to guichet_operator, current_user;
grant select on read.reader_range, read.charge_lines, read.adjustment_lines to current_user;

-- pg_temp stands last in both functions' path: left out, it would come first, and what a reader makes there would be
-- taken for the tables and types of the system.
create function core.reader_scope(role_name text, organisation text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    number int := (select p.org_no from core.parties p where p.neq = organisation);
begin
    if not exists (select from pg_roles where rolname = role_name) then
        raise exception 'reader_scope: there is no role of this name; create it first';
    end if;
    if role_name in ('guichet_views', 'guichet_reader', 'guichet_operator', 'guichet_portal') then
        raise exception 'reader_scope: this role is Guichet''s own; create another for the organisation';
    end if;
    if number is null then
        raise exception 'reader_scope: this organisation is not known; declare it first';
    end if;
    insert into core.reader_scopes as s (role_name, org_no) values (reader_scope.role_name::name, number)
    on conflict on constraint reader_scopes_pkey do update set org_no = excluded.org_no;
    execute format('grant guichet_reader to %I', role_name);
end
$$;
comment on function core.reader_scope is 'Binds a database role to one organisation; calling it again binds it to another.';
revoke execute on function core.reader_scope from public;

create function read.result_content(inquiry_id uuid, item int, employee text, action text default 'VIEW') returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    -- Inside a function of the owner's, only the setting `role` tells who called after SET ROLE.
    reader name := coalesce(nullif(current_setting('role', true), 'none'), session_user);
    shown bytea;
    allowed boolean;
begin
    select r.content,
           case
               when reader = (select o.rolname from pg_namespace n join pg_roles o on o.oid = n.nspowner where n.nspname = 'core')
                   then true
               when reader = 'guichet_portal' then p.neq = current_setting('guichet.organisation', true)
               else exists (select from core.reader_scopes s where s.role_name = reader and s.org_no = i.org_no)
           end
    into shown, allowed
    from core.results r join core.inquiries i using (inquiry_id) join core.parties p using (org_no)
    where r.inquiry_id = result_content.inquiry_id and r.item = result_content.item;
    if shown is null or not coalesce(allowed, false) then
        return null;
    end if;
    insert into core.consultations (at, inquiry_id, item, employee, action, by)
    values (clock_timestamp(), result_content.inquiry_id, result_content.item, result_content.employee,
            result_content.action, reader);
    return convert_from(shown, 'UTF8')::json;
end
$$;
comment on function read.result_content is 'The frozen content of a result; the same call logs the consultation (P-09, M-25). Null when there is none to show.';
revoke execute on function read.result_content from public;
grant execute on function read.result_content to guichet_reader, guichet_portal;
