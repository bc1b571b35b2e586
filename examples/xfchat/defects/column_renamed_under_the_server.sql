-- finds: schema.statement error list_contacts
-- exit: 1
ALTER TABLE contacts RENAME COLUMN display_name TO username;
