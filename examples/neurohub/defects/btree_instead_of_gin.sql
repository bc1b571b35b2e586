-- As in the original, which declares the index without saying USING gin.
-- finds: schema.index_missing error public.process_data
-- also: schema.jsonb_btree warning public.idx_process_data_defects
-- exit: 1
DROP INDEX idx_process_data_defects;
CREATE INDEX idx_process_data_defects ON process_data (defects);
