-- finds: relationships.no_index info public.subscription_changes(user_id)
-- exit: 0
DROP INDEX idx_subscription_changes_user;
