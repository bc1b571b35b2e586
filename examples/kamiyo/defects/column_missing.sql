-- finds: schema.column_missing critical public.alerts_sent(recipient)
-- exit: 2
ALTER TABLE alerts_sent DROP COLUMN recipient;
