-- The metadata as it was written: jsonb writes 1e21 as a whole number of 22 digits and forgets the sign
-- of zero. metadata_version says which version of the conversation the text is of, so that a program of
-- before, which writes metadata alone, is believed. Once no such program runs, metadata can be filled
-- from here and dropped.
alter table conversations add column if not exists metadata_json json, add column if not exists metadata_version bigint;
