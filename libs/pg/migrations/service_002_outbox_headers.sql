-- Only carried: as json the text is checked and kept, as jsonb it was taken apart and put together again.
alter table outbox alter column headers type json;
