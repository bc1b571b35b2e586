-- finds: business.audit_trail error public.process_data
-- exit: 1
ALTER TABLE process_data DISABLE TRIGGER trg_process_data_audit;
