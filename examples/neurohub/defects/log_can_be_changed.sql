-- finds: schema.trigger_missing error public.audit_logs
-- exit: 1
ALTER TABLE audit_logs DISABLE TRIGGER trg_audit_logs_immutable;
