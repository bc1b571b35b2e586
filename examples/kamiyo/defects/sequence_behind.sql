-- The rows were copied with their ids, and the sequence was left where it was: the next insert fails.
-- finds: schema.sequence_behind error public.exploits(id)
-- exit: 1
SELECT setval('exploits_id_seq', 12) \g /dev/null
