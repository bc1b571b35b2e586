-- What such a CHECK let in stays when the CHECK goes.
-- finds: data.allowed_values error public.wip_items(quality_status)
-- exit: 1
ALTER TABLE wip_items DROP CONSTRAINT chk_wip_items_quality;
UPDATE wip_items SET quality_status = 'garbage' WHERE id = 31;
