-- finds: business.count error public.version_history
-- exit: 1
DELETE FROM version_history WHERE version_id = (SELECT max(version_id) FROM version_history);
