-- As in the original: processes.allow_skip does not exist, and plpgsql notices when the first row of a serial comes.
-- finds: schema.function_body error public.validate_process_sequence()
-- exit: 1
CREATE OR REPLACE FUNCTION validate_process_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    skips boolean;
BEGIN
    SELECT allow_skip INTO skips FROM public.processes WHERE id = NEW.process_id;
    IF NOT skips AND NEW.data_level = 'SERIAL' THEN
        RAISE 'not due';
    END IF;
    RETURN NEW;
END;
$$;
