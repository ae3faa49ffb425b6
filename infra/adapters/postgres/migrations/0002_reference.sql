-- Reference data: snapshots of what other systems own; core.snapshots decides which of them is held.

create table core.snapshots (
    key_hash    bytea primary key,
    declared_at timestamptz not null,
    event_id    uuid not null,
    withdrawn   boolean not null
);
comment on table core.snapshots is
    'Time and id of the snapshot held for each key, as a keyed hash: an older one changes nothing, also after a tombstone.';

create table core.sources (
    source_no     int generated always as identity primary key,
    uri           text not null unique,
    types         text[] not null,
    organisations text[] not null,
    roles         text[] not null,
    key_ref       text,
    withdrawn     boolean not null default false
);
comment on table core.sources is
    'Who may publish what. A withdrawn source keeps its row: events that it sent bear its number.';

create table core.parties (
    org_no int generated always as identity primary key,
    neq    text not null unique
);
comment on table core.parties is 'A small number for each organisation ever named, declared or not.';

create table core.organisations (
    org_no               int primary key references core.parties,
    name                 text not null,
    kind                 text not null,
    geographic_code      text,
    email                text not null,
    billing_email        text not null,
    in_service_from      date,
    billing_account_open boolean not null,
    services             jsonb not null
);
comment on table core.organisations is 'Organisations as declared: services maps a service to its channels and blocks.';

create table core.drivers (
    licence      text primary key,
    family_name  text not null,
    first_name   text not null,
    birth_date   date not null,
    sex          text not null,
    licence_kind text not null,
    status       text not null,
    classes      text[] not null,
    conditions   text[] not null,
    mentions     text[] not null,
    prohibitions text[] not null,
    valid_until  date
);
comment on table core.drivers is 'Drivers as declared; sanctions of our own are kept apart and never touched by a snapshot.';

create table core.vehicles (
    vehicle       text primary key,
    vin           text,
    plate         text not null,
    make          text not null,
    model         text not null,
    model_year    int not null,
    cylinders     int,
    fuel          text,
    colour        text,
    status        text not null,
    owners        int not null,
    owner_licence text,
    uses          jsonb not null,
    declared_at   timestamptz not null
);
comment on table core.vehicles is 'Vehicles as declared, keyed by VIN, or by plate where there is none; a plate may move between vehicles.';
create index vehicles_by_plate on core.vehicles (plate);

create table core.tariffs (
    tariff_no      smallint generated always as identity primary key,
    service        text not null,
    effective_from date not null,
    amount         numeric(12, 2) not null check (amount between 0 and 99999.99),
    taxable        boolean not null,
    event_id       uuid not null,
    unique (service, effective_from)
);
comment on table core.tariffs is 'Prices by service and first day; one in force is neither replaced nor withdrawn.';

create table core.provisions (
    law             text not null,
    article         text not null,
    attestable_from date not null,
    attestable_to   date,
    analysis        boolean not null,
    primary key (law, article, attestable_from)
);
comment on table core.provisions is 'Provisions for which an attestation may be asked, with their dates.';
