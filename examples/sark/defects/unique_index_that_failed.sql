-- Names of servers are not unique, and somebody tried.
-- finds: schema.invalid_index error public.uq_resources_protocol_name
-- finds: data.duplicate_keys error public.resources(protocol, name)
-- exit: 1
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY uq_resources_protocol_name ON resources (protocol, name);
\set ON_ERROR_STOP on
