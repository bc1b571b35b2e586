CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.placed_at := coalesce(NEW.placed_at, now()); -- a semicolon; and a comment
    RETURN NEW;
END;
$body$;
