-- The pool's default for sessions without a user is user 0, who does not exist: nothing of theirs is logged.
-- finds: business.audit_trail error public.process_data
-- exit: 1
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET app.current_user_id = ''0''', current_database());
END;
$$;
