-- extra_metadata came last and its own "status" won.
-- finds: business.metadata_says_what_the_server_says error metadata_says_what_the_server_says
-- exit: 1
UPDATE resources SET metadata = metadata || '{"status": "gold"}' WHERE id = md5('server14')::uuid::text;
