-- A server without tools did not arrive.
-- finds: business.count error public.resources
-- also: business.nothing_was_lost warning nothing_was_lost
-- exit: 1
DELETE FROM resources WHERE id = md5('server1220')::uuid::text;
