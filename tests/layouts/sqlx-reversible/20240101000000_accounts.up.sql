CREATE TYPE account_state AS ENUM ('active', 'closed');
CREATE TABLE accounts (
    id int PRIMARY KEY,
    email text NOT NULL,
    state account_state NOT NULL DEFAULT 'active'
);
