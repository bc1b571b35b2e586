-- finds: business.reputation_is_the_sum_of_submissions error reputation_is_the_sum_of_submissions
-- exit: 1
UPDATE user_reputation SET total_bounties = total_bounties + 0.01 WHERE wallet_address = '0xwallet0007';
