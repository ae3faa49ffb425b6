-- Time: the local stack's clock, which can be turned.

create table core.clock_turns (
    turned_at timestamptz primary key,
    offset_s  bigint not null check (offset_s >= 0)
);
comment on table core.clock_turns is
    'From each real instant on, the clock of the local stack shows so many seconds more. Empty everywhere else.';

create function core.clock_now() returns timestamptz language sql as $$
    select clock_timestamp()
        + make_interval(secs => coalesce((select offset_s from core.clock_turns order by turned_at desc limit 1), 0))
$$;
comment on function core.clock_now is 'What Guichet''s clock shows: real time, but on the local stack, where it can be turned.';

create table core.timers (
    key        text primary key,
    due_at     timestamptz not null,
    generation int not null,
    type       text not null,
    aggregate  text not null,
    data       text not null
);
comment on table core.timers is
    'What falls due: the clock process turns each into an event on guichet.internal and removes it.';
create index timers_by_due on core.timers (due_at, key); -- in the order in which they are sent

create table core.inbox (
    topic     text not null,
    event_id  uuid not null,
    source_no int not null,
    digest    bytea not null,
    primary key (topic, event_id)
);
comment on table core.inbox is
    'Ids used for ever, of events that make no row of their own each time; inquiries have their own table for it.';

create table core.statements (
    statement_id     uuid primary key,
    org_no           int not null,
    period_no        smallint not null references core.periods,
    subtotal         numeric(12, 2) not null,
    taxable_subtotal numeric(12, 2) not null,
    gst              numeric(12, 2) not null,
    qst              numeric(12, 2) not null,
    total            numeric(12, 2) not null check (total = subtotal + gst + qst),
    issued_at        timestamptz not null,
    document         text,
    unique (org_no, period_no)
);
comment on table core.statements is 'What each organisation owes for a closed month (P-10); document is an object key, null until first asked.';

create function core.close_month(closing date, following date, at timestamptz) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(4155002);
    update core.periods set closed_at = at where month = closing and closed_at is null;
    if not found then
        raise exception 'close_month: % is not the open month', closing;
    end if;
    insert into core.periods (month) values (following);
end $$;
comment on function core.close_month is
    'Waits until nobody charges, then moves to the next month; whoever charges after that sees the new one (design §5).';
revoke execute on function core.close_month from public;

grant select on core.statements to guichet_views;
grant select (key, due_at) on core.timers to guichet_views;
alter table core.statements enable row level security;
create policy readers on core.statements for select to guichet_views
    using (org_no >= (select first from read.reader_range) and org_no <= (select last from read.reader_range));

create view read.statements with (security_barrier) as
select s.statement_id, p.neq as organisation, to_char(d.month, 'YYYY-MM') as period, s.subtotal, s.taxable_subtotal,
       s.gst, s.qst, s.total, s.issued_at, s.document
from core.statements s join core.parties p using (org_no) join core.periods d using (period_no);
comment on view read.statements is 'What each organisation owes for each closed month (P-10).';
alter view read.statements owner to guichet_views;
grant select on read.statements to guichet_reader, guichet_operator, guichet_portal, current_user;

create view read.timers with (security_barrier) as
select split_part(key, ':', 1) as kind, key, due_at from core.timers;
comment on view read.timers is 'What falls due, and when, for operators.';
alter view read.timers owner to guichet_views;
grant select on read.timers to guichet_operator, current_user;

-- As before, but a consultation bears the time that Guichet's clock shows.
create or replace function read.result_content(inquiry_id uuid, item int, employee text, action text default 'VIEW') returns json
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
    values (core.clock_now(), result_content.inquiry_id, result_content.item, result_content.employee,
            result_content.action, reader);
    return convert_from(shown, 'UTF8')::json;
end
$$;
