-- Timers in the order in which they are sent: of many that are due at one instant, a look reads no more than it takes.

create index timers_in_order on core.timers (due_at, key);
drop index core.timers_by_due;
