-- The configuration as it was written: jsonb writes 1e21 as a whole number of 22 digits and forgets the
-- sign of zero. configuration_version says which version of the bot the text is of, so that a program
-- of before, which writes configuration alone, is believed. Once no such program runs, configuration
-- can be filled from here and dropped.
alter table bots add column configuration_json json, add column configuration_version bigint;
