-- Tables of one baseline, in the schema that is first on the search path.
create table inquiries (
    inquiry_id   uuid primary key,
    received_at  timestamptz not null,
    requested_at timestamptz not null,
    org_no       int not null,
    kind         text not null,
    digest       bytea not null,
    reference    text,
    status       text not null
);
create table results (
    inquiry_id   uuid not null,
    item         smallint not null,
    outcome      text not null,
    published_at timestamptz not null,
    sha256       bytea not null,
    content      bytea not null,
    primary key (inquiry_id, item)
);
create table charges (
    inquiry_id uuid not null,
    item       smallint not null,
    org_no     int not null,
    tariff_no  smallint not null,
    amount     numeric(12, 2) not null,
    posted_at  timestamptz not null,
    primary key (inquiry_id, item)
);
