-- finds: schema.primary_key error public.user_reputation(wallet_address)
-- also: schema.no_primary_key warning public.user_reputation
-- exit: 1
ALTER TABLE user_reputation DROP CONSTRAINT user_reputation_pkey;
