-- IN (..., NULL) is true or unknown, and a CHECK refuses only what is false.
-- finds: schema.check_never_false warning public.wip_items.chk_wip_items_quality
-- exit: 0
ALTER TABLE wip_items DROP CONSTRAINT chk_wip_items_quality;
ALTER TABLE wip_items ADD CONSTRAINT chk_wip_items_quality CHECK (quality_status IN ('pass', 'fail', 'rework', NULL));
