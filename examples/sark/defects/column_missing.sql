-- finds: schema.column_missing critical public.federation_nodes(trust_anchor_cert)
-- exit: 2
ALTER TABLE federation_nodes DROP COLUMN trust_anchor_cert;
