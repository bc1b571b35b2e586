-- Installed in another database of the server, which does not help this one.
-- finds: schema.extension_missing error pgcrypto
-- exit: 1
DROP EXTENSION pgcrypto;
