-- The alerts of one channel were read in the wrong time zone: they were sent before anybody knew.
-- finds: business.alerts_follow_their_exploit error alerts_follow_their_exploit
-- exit: 1
UPDATE alerts_sent SET sent_at = sent_at - interval '2 hours' WHERE channel = 'webhook' AND id % 20 = 0;
