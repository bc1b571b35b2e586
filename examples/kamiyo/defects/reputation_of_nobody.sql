-- finds: business.count error public.user_reputation
-- exit: 1
INSERT INTO user_reputation (wallet_address) VALUES ('0xwallet9999');
