-- finds: business.bounties_are_for_verified_submissions error bounties_are_for_verified_submissions
-- exit: 1
WITH paid AS (UPDATE community_submissions SET bounty_paid = 25 WHERE id = (SELECT min(id) FROM community_submissions WHERE status = 'rejected')
              RETURNING submitter_wallet)
UPDATE user_reputation AS r SET total_bounties = total_bounties + 25 FROM paid WHERE paid.submitter_wallet = r.wallet_address;
