-- The index has the name, but not the rows.
-- finds: schema.index_missing error public.users
-- exit: 1
DROP INDEX idx_users_stripe_customer_active;
CREATE INDEX idx_users_stripe_customer_active ON users (stripe_customer_id) WHERE stripe_customer_id IS NOT NULL;
