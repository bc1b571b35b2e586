-- The CHECK came NOT VALID over a row that breaks it.
-- finds: data.check_violated error public.subscription_tiers(requests_per_day)
-- also: schema.check_not_validated warning public.subscription_tiers.subscription_tiers_requests_per_day_check
-- exit: 1
ALTER TABLE subscription_tiers DROP CONSTRAINT subscription_tiers_requests_per_day_check;
UPDATE subscription_tiers SET requests_per_day = -1 WHERE name = 'enterprise';
ALTER TABLE subscription_tiers ADD CONSTRAINT subscription_tiers_requests_per_day_check CHECK (requests_per_day > 0) NOT VALID;
