-- finds: schema.function_body error public.set_updated_at()
-- exit: 1
CREATE TRIGGER trg_processes_updated BEFORE UPDATE ON processes FOR EACH ROW EXECUTE FUNCTION set_updated_at();
