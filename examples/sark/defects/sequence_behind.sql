-- finds: schema.sequence_behind error public.cost_tracking(id)
-- exit: 1
SELECT setval('cost_tracking_id_seq', 1, false) \g /dev/null
