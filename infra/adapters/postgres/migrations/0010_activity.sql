-- Activity: what organisations asked and owe, by day and service, counted from facts by the projections consumer.

create table core.activity_contributions (
    event_id uuid primary key,
    version  int not null,
    org_no   int not null,
    day      date not null,
    service  text not null,
    accepted int not null,
    refused  int not null,
    rejected int not null,
    amount   numeric(12, 2) not null
);
comment on table core.activity_contributions is
    'What each event has contributed to core.activity, by the newest version of its fact: one that comes again, or was rebuilt before it came, counts once.';

create table core.activity (
    org_no   int not null,
    day      date not null,
    service  text not null,
    accepted int not null,
    refused  int not null,
    rejected int not null,
    amount   numeric(12, 2) not null,
    primary key (org_no, day, service)
) with (fillfactor = 50);
comment on table core.activity is
    'The sums of core.activity_contributions by organisation, day in Toronto and service; `guichet rebuild activity` makes both from core.';

create view core.expected_contributions as
select inquiry_id as event_id, 1 as version, org_no, (received_at at time zone 'America/Toronto')::date as day,
       kind::text as service,
       case status when 'REFUSED' then 0 else items end as accepted,
       case status when 'REFUSED' then 1 else 0 end as refused,
       0 as rejected,
       coalesce((select sum(amount) from core.charges c where c.inquiry_id = i.inquiry_id), 0) as amount
from core.inquiries i
where status <> 'FOLLOW_UP' and environment = 'P' and org_no <> 0
union all
select a.adjustment_id, a.version, c.org_no, (a.posted_at at time zone 'America/Toronto')::date, t.service,
       0, 0, 0, a.amount
from core.adjustments a join core.charges c using (inquiry_id, item) join core.tariffs t using (tariff_no);
comment on view core.expected_contributions is 'What core.activity_contributions holds once every fact has come, from core.';

grant select on core.activity to guichet_views;
alter table core.activity enable row level security;
create policy readers on core.activity for select to guichet_views
    using (org_no >= (select first from read.reader_range) and org_no <= (select last from read.reader_range));

create view read.activity with (security_barrier) as
select p.neq as organisation, a.day, a.service, a.accepted, a.refused, a.rejected, a.amount
from core.activity a join core.parties p using (org_no)
where (a.accepted, a.refused, a.rejected, a.amount) <> (0, 0, 0, 0);
comment on view read.activity is
    'Accepted items, refused inquiries, rejected lines and charges by day in Toronto: of reception, for an adjustment of posting.';
alter view read.activity owner to guichet_views;
grant select on read.activity to guichet_reader, guichet_operator, guichet_portal, current_user;
