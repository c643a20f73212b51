-- A document that fails or is cancelled leaves the chunks of its last try in retrieve: a note with a version says that
-- these are to be forgotten, and no more. Without a version it is the whole document.
alter table erasures add column version bigint;
