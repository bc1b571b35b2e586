CREATE TABLE orders (
    id int PRIMARY KEY,
    account int NOT NULL REFERENCES accounts,
    placed_at timestamptz NOT NULL DEFAULT now(),
    note text
);
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.placed_at := coalesce(NEW.placed_at, now()); -- a semicolon; and a comment
    RETURN NEW;
END;
$body$;
CREATE TRIGGER orders_touched BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touched();
INSERT INTO accounts (id, email) VALUES (1, 'a;b@example.org'), (2, E'it\'s@example.org');
