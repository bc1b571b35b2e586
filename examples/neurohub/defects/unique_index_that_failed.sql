-- The third migration of the original, on a table with reworked units.
-- finds: schema.invalid_index error public.uq_process_data_wip
-- finds: data.duplicate_keys error public.process_data(lot_id, process_id, wip_id)
-- exit: 1
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY uq_process_data_wip ON process_data (lot_id, process_id, wip_id) WHERE wip_id IS NOT NULL;
\set ON_ERROR_STOP on
