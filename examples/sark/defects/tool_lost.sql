-- The validator of the original compares servers only.
-- finds: business.count error public.capabilities
-- also: business.nothing_was_lost warning nothing_was_lost
-- exit: 1
DELETE FROM capabilities AS c WHERE id = (SELECT t.id::text FROM mcp_tools AS t
    WHERE NOT EXISTS (SELECT FROM cost_tracking AS k WHERE k.capability_id = t.id::text) ORDER BY t.id LIMIT 1);
