-- E-mails: what decisions ask for, and what the notifier makes of it.

-- name: add_mails
insert into core.mails (mail_id, template, once, language, about, occasion, org_no, recipient, recipient_masked, domain,
                        variables, caused_by, correlation_id, requested_at)
select m.mail_id, m.template, m.once, m.language, m.about, m.occasion, coalesce(p.org_no, 0), m.recipient,
       m.recipient_masked, m.domain, m.variables, m.caused_by, m.correlation_id, m.requested_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::date[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::uuid[], $13::uuid[], $14::timestamptz[])
    m (mail_id, template, once, language, about, occasion, organisation, recipient, recipient_masked, domain, variables,
       caused_by, correlation_id, requested_at)
left join core.parties p on p.neq = m.organisation;

-- name: load_mails
select mail_id, status::text, attempts, to_send from core.mails where mail_id = any($1::uuid[]) order by mail_id for update;

-- name: to_send
with marked as (update core.mails set to_send = true where mail_id = any($1::uuid[]) returning mail_id)
select pg_notify('guichet_mails', '') from (select from marked limit 1) any_of_them;

-- name: claim
-- The oldest first, a few to each domain; any number of notifiers share the work. What a server said does not exist
-- is claimed too, to be suppressed.
with waiting as (
    select mail_id, recipient, domain, requested_at from core.mails
    where to_send and domain <> all($4::text[])
    order by requested_at limit 10 * $3::int for update skip locked
), ranked as (
    select w.mail_id, w.requested_at, s.address is not null as suppressed,
           row_number() over (partition by w.domain order by w.requested_at) as place
    from waiting w left join core.suppressions s on s.address = lower(w.recipient)
), chosen as (
    select mail_id, suppressed from ranked where place <= $5 or suppressed order by requested_at limit $3
)
update core.mails m
set status = 'SENDING', to_send = false, claim = $1, lease_until = $2,
    attempts = attempts + (not chosen.suppressed)::int
from chosen where m.mail_id = chosen.mail_id
returning m.mail_id, m.template, m.language, m.recipient, m.domain, m.variables, m.attempts, m.requested_at,
          chosen.suppressed;

-- name: settle
-- A sender's own word wins, also over an UNKNOWN that another made of its silence; after a person's word it is too late.
with changed as (
    update core.mails m
    set status = s.status::core.mail_status, cause = s.cause, lease_until = null, version = version + 1,
        sent_at = case when s.status = 'SENT' then $6::timestamptz end
    from unnest($2::uuid[], $3::int[], $4::text[], $5::text[]) s (mail_id, attempts, status, cause)
    where m.mail_id = s.mail_id and m.claim = $1 and m.attempts = s.attempts and m.status in ('SENDING', 'UNKNOWN')
    returning m.mail_id, m.template, m.about, m.version, m.status, m.cause, m.caused_by, m.correlation_id
), noted as (
    insert into core.mail_events select mail_id, version, status, cause, $6 from changed
)
select mail_id, template, about, version, status::text, cause, caused_by, correlation_id from changed;

-- name: suppress
insert into core.suppressions (address, suppressed_at, mail_id, cause)
select lower(m.recipient), $2, m.mail_id, m.cause from core.mails m where mail_id = any($1::uuid[])
on conflict do nothing;

-- name: lapse
-- Whoever claimed these is gone: whether they were sent nobody knows.
with changed as (
    update core.mails set status = 'UNKNOWN', cause = 'SENDER_LOST', lease_until = null, version = version + 1
    where status = 'SENDING' and lease_until < $1 and claim <> $2
    returning mail_id, template, about, version, status, cause, caused_by, correlation_id
), noted as (
    insert into core.mail_events select mail_id, version, status, cause, $1 from changed
)
select mail_id, template, about, version, status::text, cause, caused_by, correlation_id from changed;

-- name: find
select mail_id, template, about, version, status::text, cause, caused_by, correlation_id from core.mails
where mail_id = $1 for update;

-- name: decide
-- A person's word; the claim goes, so that nobody speaks after it.
with changed as (
    update core.mails set status = $2::core.mail_status, cause = $3, to_send = $4, claim = null, version = version + 1,
        sent_at = case when $2 = 'SENT' then $5::timestamptz end
    where mail_id = $1
    returning mail_id, template, about, version, status, cause, caused_by, correlation_id
), noted as (
    insert into core.mail_events select mail_id, version, status, cause, $5 from changed
)
select mail_id, template, about, version, status::text, cause, caused_by, correlation_id from changed;

-- name: wake
select pg_notify('guichet_mails', '');

-- name: list
select * from read.mails where $1::text is null or status = $1 order by requested_at desc, mail_id limit $2;

-- name: show
select * from read.mails where mail_id = $1;

-- name: unsuppress
delete from core.suppressions where address = lower($1);

-- name: story
select version, status::text, cause, at from core.mail_events where mail_id = $1 order by version;

-- name: counts
select status::text, count(*) as mails from core.mails group by status order by status;
