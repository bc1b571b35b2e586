-- pgkeel:up
-- The table that the sixth index of 012 is for. user_id is what users.id is, so a foreign key can stand.
CREATE TABLE subscription_tiers (
    id serial PRIMARY KEY,
    name varchar(50) NOT NULL UNIQUE,
    price numeric(10, 2) NOT NULL DEFAULT 0,
    requests_per_day integer NOT NULL CHECK (requests_per_day > 0)
);
CREATE TABLE user_subscriptions (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tier varchar(50) NOT NULL REFERENCES subscription_tiers (name),
    status varchar(20) NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'cancelled', 'expired', 'past_due', 'trialing')),
    stripe_subscription_id varchar(255) UNIQUE,
    current_period_start timestamptz NOT NULL,
    current_period_end timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_subscriptions_period CHECK (current_period_end > current_period_start)
);
CREATE INDEX idx_subscriptions_user ON user_subscriptions (user_id);
CREATE INDEX idx_subscriptions_tier ON user_subscriptions (tier);

-- pgkeel:down
LOCK TABLE subscription_tiers, user_subscriptions IN SHARE ROW EXCLUSIVE MODE;
DO $$
BEGIN
    IF EXISTS (SELECT FROM subscription_tiers) OR EXISTS (SELECT FROM user_subscriptions) THEN
        RAISE 'there are subscriptions' USING HINT = 'Copy out what is worth keeping and empty the tables.';
    END IF;
END;
$$;
DROP TABLE user_subscriptions, subscription_tiers;
