-- What the file says of itself, as an object of texts, and what its reading left out. Null: it was not read yet.
alter table documents add column properties json;
alter table documents add column warnings text[] not null default '{}';
