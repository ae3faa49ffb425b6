-- E-mails: what is to be sent, to whom, and what became of it (contract §10).

create type core.mail_status as enum ('REQUESTED', 'SENDING', 'SENT', 'RETRYING', 'FAILED', 'SUPPRESSED', 'UNKNOWN');

create table core.mails (
    mail_id          uuid primary key,
    template         text not null,
    once             text not null,
    language         text not null,
    about            uuid not null,
    occasion         date,
    org_no           int not null,
    recipient        text not null,
    recipient_masked text not null,
    domain           text not null,
    variables        text not null,
    caused_by        uuid not null,
    correlation_id   uuid not null,
    status           core.mail_status not null default 'REQUESTED',
    to_send          boolean not null default false,
    attempts         int not null default 0,
    version          int not null default 0,
    requested_at     timestamptz not null,
    sent_at          timestamptz,
    cause            text,
    claim            uuid,
    lease_until      timestamptz,
    unique (template, once),
    check ((status = 'SENDING') = (lease_until is not null)),
    check (not to_send or status in ('REQUESTED', 'RETRYING')),
    check ((status = 'SENT') = (sent_at is not null))
);
comment on table core.mails is
    'One row an e-mail: its recipient and variables, which never leave core, and its state. to_send: a notifier may claim it now; claim: who sends it, until lease_until.';
create index mails_to_send on core.mails (requested_at) where to_send;
create index mails_sending on core.mails (lease_until) where status = 'SENDING';
create index mails_by_organisation on core.mails (org_no, requested_at);

create table core.mail_events (
    mail_id uuid not null references core.mails,
    version int not null,
    status  core.mail_status not null,
    cause   text,
    at      timestamptz not null,
    primary key (mail_id, version)
);
comment on table core.mail_events is 'What became of each e-mail, attempt by attempt, and what a person said of it.';
create unique index mail_events_sent_once on core.mail_events (mail_id) where status = 'SENT';

create table core.suppressions (
    address       text primary key,
    suppressed_at timestamptz not null,
    mail_id       uuid not null,
    cause         text not null
);
comment on table core.suppressions is
    'Addresses, in small letters, that a server said do not exist (5.1.x): nothing is sent there until `guichet mail unsuppress`.';

grant select (mail_id, template, about, occasion, language, org_no, recipient_masked, status, attempts, requested_at,
              sent_at, cause) on core.mails to guichet_views;
alter table core.mails enable row level security;
create policy readers on core.mails for select to guichet_views
    using (org_no >= (select first from read.reader_range) and org_no <= (select last from read.reader_range));

create view read.mails with (security_barrier) as
select m.mail_id, m.template, m.about, m.occasion, m.language, p.neq as organisation, m.recipient_masked,
       m.status::text, m.attempts, m.requested_at, m.sent_at, m.cause
from core.mails m left join core.parties p using (org_no);
comment on view read.mails is 'E-mails and what became of them; of the recipient only a mask (contract §10).';
alter view read.mails owner to guichet_views;
grant select on read.mails to guichet_reader, guichet_operator, guichet_portal, current_user;
