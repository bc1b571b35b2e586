-- finds: relationships.foreign_key_actions error public.serials(lot_id)
-- exit: 1
ALTER TABLE serials DROP CONSTRAINT serials_lot_id_fkey;
ALTER TABLE serials ADD CONSTRAINT serials_lot_id_fkey FOREIGN KEY (lot_id) REFERENCES lots (id) ON DELETE CASCADE ON UPDATE CASCADE;
