-- Inquiries, their frozen results and their charges. An inquiry's row is its inbox entry.

create type core.environment as enum ('P', 'T');
create type core.channel as enum ('EVENT', 'FILE');
create type core.inquiry_kind as enum
    ('DRIVER_RECORD', 'VEHICLE_RECORD', 'OWNERSHIP_HISTORY', 'LICENCE_VALIDITY', 'ATTESTATION', 'FILE_ATT', 'FILE_REN');
create type core.inquiry_status as enum ('ANSWERED', 'PENDING', 'REFUSED', 'FOLLOW_UP');
create type core.outcome as enum ('FOUND', 'NOT_FOUND');
create type core.refusal_code as enum
    ('ORGANISATION', 'NOT_IN_SERVICE', 'NO_BILLING_ACCOUNT', 'NOT_ENTITLED', 'SESSION', 'NO_TARIFF', 'ITEM_FORM', 'NOT_ATTESTABLE');

create table core.inquiries (
    inquiry_id   uuid primary key,
    received_at  timestamptz not null,
    requested_at timestamptz not null,
    answered_at  timestamptz,
    org_no       int not null,
    source_no    int not null,
    kind         core.inquiry_kind,
    status       core.inquiry_status not null,
    code         core.refusal_code,
    environment  core.environment not null,
    channel      core.channel not null,
    items        int not null,
    digest       bytea not null,
    employee     text,
    reference    text
);
comment on table core.inquiries is
    'One row for each event id ever used on guichet.inquiries: inquiries, and follow-ups (status FOLLOW_UP), which read.inquiries leaves out. org_no 0 stands for none.';
create index inquiries_by_organisation on core.inquiries (org_no, received_at);

create table core.results (
    inquiry_id   uuid not null,
    item         int not null,
    outcome      core.outcome not null,
    published_at timestamptz not null,
    sha256       bytea,
    content      bytea,
    primary key (inquiry_id, item)
);
comment on table core.results is
    'Answers as frozen when given, as JSON. Only read.result_content shows one. Environment T has neither content nor hash.';

create table core.periods (
    period_no smallint generated always as identity primary key,
    month     date not null unique check (extract(day from month) = 1),
    closed_at timestamptz
);
comment on table core.periods is 'Billing months; exactly one is open.';
create unique index periods_one_open on core.periods ((true)) where closed_at is null;

create table core.charges (
    inquiry_id uuid not null,
    item       int not null,
    org_no     int not null,
    tariff_no  smallint not null,
    period_no  smallint not null,
    amount     numeric(12, 2) not null,
    posted_at  timestamptz not null,
    primary key (inquiry_id, item)
);
comment on table core.charges is
    'One charge for each accepted item, found or not (P-10, X-03). A row is never updated; corrections are adjustments.';

create table core.adjustments (
    adjustment_id uuid primary key,
    inquiry_id    uuid not null,
    item          int not null,
    version       int not null,
    period_no     smallint not null references core.periods,
    amount        numeric(12, 2) not null check (amount <> 0),
    reason        text not null,
    posted_at     timestamptz not null,
    foreign key (inquiry_id, item) references core.charges,
    unique (inquiry_id, item, version)
);
comment on table core.adjustments is 'New lines on a charge: signed amounts in the period open when they were posted.';

create sequence core.consultation_numbers;
create table core.consultations (
    consultation_no bigint primary key default nextval('core.consultation_numbers'),
    at              timestamptz not null,
    inquiry_id      uuid not null,
    item            int not null,
    employee        text,
    action          text not null check (action in ('VIEW', 'DOWNLOAD')),
    by              text not null
);
comment on table core.consultations is
    'Who saw which answer and when (P-09, X-05). Numbered by a sequence: a reading rolled back leaves a gap that audit mentions.';
create index consultations_by_result on core.consultations (inquiry_id, item);
