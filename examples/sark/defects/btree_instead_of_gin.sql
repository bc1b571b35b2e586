-- CREATE INDEX without USING: the name is right, no search by content will use it.
-- finds: schema.index_missing warning public.capabilities
-- also: schema.jsonb_btree warning public.ix_capabilities_metadata_gin
-- exit: 0
DROP INDEX ix_capabilities_metadata_gin;
CREATE INDEX ix_capabilities_metadata_gin ON capabilities (metadata);
