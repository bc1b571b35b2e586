-- A rollback deleted the capability; nothing ever tied the costs to it.
-- finds: relationships.orphans error public.cost_tracking(capability_id)
-- exit: 1
INSERT INTO cost_tracking (timestamp, principal_id, resource_id, capability_id, actual_cost)
SELECT '2025-11-20 12:00Z', 'service-1', min(id), 'gone', 0.047 FROM resources;
