CREATE TABLE orders (
    id int PRIMARY KEY,
    account int NOT NULL REFERENCES accounts,
    placed_at timestamptz NOT NULL DEFAULT now(),
    note text
);
