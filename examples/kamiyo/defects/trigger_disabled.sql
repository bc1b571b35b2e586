-- finds: schema.trigger_missing error public.exploits
-- exit: 1
ALTER TABLE exploits DISABLE TRIGGER update_exploits_updated_at;
