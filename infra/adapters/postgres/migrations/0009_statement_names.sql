-- Statements keep what their document shows.

alter table core.statements add column name text;
update core.statements s set name = o.name from core.organisations o where o.org_no = s.org_no;
comment on column core.statements.name is
    'What the organisation was called when the statement was issued: made again later, the document is the same.';
