-- finds: schema.column_nullable error public.exploits(chain)
-- exit: 1
ALTER TABLE exploits ALTER COLUMN chain DROP NOT NULL;
