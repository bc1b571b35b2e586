-- pgkeel:up
-- pgkeel: lock_timeout=2s retries=5 phase=expand
CREATE TABLE orders (
    id int PRIMARY KEY,
    account int NOT NULL REFERENCES accounts,
    placed_at timestamptz NOT NULL DEFAULT now(),
    note text
);

-- pgkeel:step
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.placed_at := coalesce(NEW.placed_at, now()); -- a semicolon; and a comment
    RETURN NEW;
END;
$body$;
CREATE TRIGGER orders_touched BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touched();

-- pgkeel:down
DROP TRIGGER orders_touched ON orders;
DROP FUNCTION touched();
-- pgkeel:step
DROP TABLE orders;
