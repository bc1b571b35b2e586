-- The server still stores legacy messages by version; without the unique index every one of its upserts fails. PREPARE
-- does not notice, since the index is looked for when the statement is planned.
-- finds: schema.statement error store_legacy_message
-- exit: 1
DROP INDEX idx_messages_version;
