-- finds: data.check_violated error public.lots(status, closed_at)
-- also: schema.check_not_validated warning public.lots.chk_lots_closed
-- exit: 1
ALTER TABLE lots DROP CONSTRAINT chk_lots_closed;
UPDATE lots SET closed_at = NULL WHERE id = 2;
ALTER TABLE lots ADD CONSTRAINT chk_lots_closed CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL)) NOT VALID;
