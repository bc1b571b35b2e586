-- What such a CHECK lets in.
-- finds: data.allowed_values error public.wip_items(quality_status)
-- also: schema.check_never_false warning public.wip_items.chk_wip_items_quality
-- exit: 1
ALTER TABLE wip_items DROP CONSTRAINT chk_wip_items_quality;
ALTER TABLE wip_items ADD CONSTRAINT chk_wip_items_quality CHECK (quality_status IN ('pass', 'fail', 'rework', NULL));
UPDATE wip_items SET quality_status = 'garbage' WHERE id = 31;
