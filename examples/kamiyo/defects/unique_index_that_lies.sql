-- An upgrade of the system's collations: the index is sorted by the old one, misses what it holds, and let the same
-- address in a second time. It is valid all the while; only a look at the rows can tell.
-- finds: data.duplicate_keys error public.users(email)
-- exit: 1
CREATE COLLATION words (provider = icu, locale = 'und');
ALTER TABLE users ALTER COLUMN email TYPE varchar(255) COLLATE words;
UPDATE pg_catalog.pg_index SET indisready = false WHERE indexrelid = 'users_email_key'::regclass;
INSERT INTO users (email, password_hash) SELECT email, password_hash FROM users WHERE id = 17;
UPDATE pg_catalog.pg_index SET indisready = true WHERE indexrelid = 'users_email_key'::regclass;
UPDATE pg_catalog.pg_collation SET collversion = '0' WHERE collname = 'words';
