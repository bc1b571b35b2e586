-- Everybody got the same hash, which matches no password.
-- finds: business.no_placeholder_passwords warning no_placeholder_passwords
-- exit: 0
UPDATE users SET password_hash = '!' WHERE id % 3 = 0;
