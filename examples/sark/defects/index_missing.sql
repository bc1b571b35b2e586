-- finds: schema.index_missing warning public.resources
-- exit: 0
DROP INDEX ix_resources_metadata_gin;
