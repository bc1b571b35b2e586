-- finds: business.count error public.subscription_tiers
-- exit: 1
INSERT INTO subscription_tiers (name, price, requests_per_day) VALUES ('platinum', 999, 5000000);
