-- finds: schema.sequence_near_end warning public.alerts_sent(id)
-- exit: 0
SELECT setval('alerts_sent_id_seq', 1800000000) \g /dev/null
