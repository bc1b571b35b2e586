-- A user with preferences can no longer be deleted.
-- finds: relationships.foreign_key_actions error public.alert_preferences(user_id)
-- exit: 1
ALTER TABLE alert_preferences DROP CONSTRAINT alert_preferences_user_id_fkey;
ALTER TABLE alert_preferences ADD CONSTRAINT alert_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id);
