-- The open period, for those who charge.

create function core.charging_period() returns smallint language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(4155002);
    return (select period_no from core.periods where closed_at is null); -- a statement of its own sees what was closed
end $$;
comment on function core.charging_period is
    'Shares the lock that closing a month takes alone for an instant (design §5), then gives the one open period.';
revoke execute on function core.charging_period from public;
