-- The address of a document that is a web page, which answers cite. It comes with the document's name, tags and metadata.
alter table documents add column url text; -- null: it was uploaded
