-- The foreign key was added NOT VALID over rows that break it, and nobody came back to validate it.
-- finds: relationships.orphans error public.alert_preferences(user_id)
-- also: relationships.not_validated warning public.alert_preferences.alert_preferences_user_id_fkey
-- exit: 1
ALTER TABLE alert_preferences DROP CONSTRAINT alert_preferences_user_id_fkey;
INSERT INTO alert_preferences (user_id, channel, chains) SELECT 500000 + n, 'email', '[]' FROM generate_series(1, 7) AS n;
ALTER TABLE alert_preferences
    ADD CONSTRAINT alert_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
