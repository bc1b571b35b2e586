-- What is applied stands behind the first mark, the way back behind the second.
-- pgkeel:up
CREATE TYPE account_state AS ENUM ('active', 'closed');
CREATE TABLE accounts (
    id int PRIMARY KEY,
    email text NOT NULL,
    state account_state NOT NULL DEFAULT 'active'
);

-- pgkeel:down
DROP TABLE accounts;
DROP TYPE account_state;
