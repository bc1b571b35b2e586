BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1a2b3c4d5e6f

CREATE TYPE account_state AS ENUM ('active', 'closed');
CREATE TABLE accounts (
    id int PRIMARY KEY,
    email text NOT NULL,
    state account_state NOT NULL DEFAULT 'active'
);

INSERT INTO alembic_version (version_num) VALUES ('1a2b3c4d5e6f') RETURNING alembic_version.version_num;

-- Running upgrade 1a2b3c4d5e6f -> 2b3c4d5e6f70

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

UPDATE alembic_version SET version_num='2b3c4d5e6f70' WHERE alembic_version.version_num = '1a2b3c4d5e6f';

-- Running upgrade 2b3c4d5e6f70 -> 3c4d5e6f7081

INSERT INTO accounts (id, email) VALUES (1, 'a;b@example.org'), (2, E'it\'s@example.org');

COMMIT;

CREATE INDEX CONCURRENTLY orders_by_account ON orders (account);

BEGIN;

UPDATE alembic_version SET version_num='3c4d5e6f7081' WHERE alembic_version.version_num = '2b3c4d5e6f70';

-- Running upgrade 3c4d5e6f7081 -> 4d5e6f708192

CREATE VIEW open_orders AS SELECT o.id, a.email FROM orders o JOIN accounts a ON a.id = o.account WHERE a.state = 'active';

UPDATE alembic_version SET version_num='4d5e6f708192' WHERE alembic_version.version_num = '3c4d5e6f7081';

COMMIT;

